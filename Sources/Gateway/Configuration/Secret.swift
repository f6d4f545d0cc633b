/// A value that must not be printed: tokens, keys, secrets, and URLs that hold one.
///
/// Interpolating, describing or dumping it gives `<secret>`; only `reveal()` gives the value.
package struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let value: String

    package init(_ value: String) { self.value = value }

    package func reveal() -> String { value }

    package var description: String { "<secret>" }
    package var debugDescription: String { "<secret>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
