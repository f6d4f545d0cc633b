/// How old the spend is that a figure of our own was computed with.
package struct SpendAge: Sendable, Hashable {
    /// In ms since 1970; nil: never read.
    package let readAtMs: Int64?
    /// `spend read 12 min ago`.
    package let text: String

    package init(readAtMs: Int64?, text: String) {
        self.readAtMs = readAtMs
        self.text = text
    }
}
