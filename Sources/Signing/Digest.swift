/// A SHA-256 value. Only Signing makes one from bytes, so a field of this type never holds what a person wrote.
package struct Digest: Sendable, Hashable {
    /// 32 bytes.
    package let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// 64 lower-case characters.
    package var hex: String { Hex.text(bytes) }
}
