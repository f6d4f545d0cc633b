/// A hash. Only Signing makes one from bytes, so a field of this type never holds what a person wrote.
package struct Digest: Sendable, Hashable {
    /// 32 bytes; 16 where the sender of a personal value had made an MD5.
    package let bytes: [UInt8]

    init(bytes: [UInt8]) { self.bytes = bytes }

    /// Two lower-case characters per byte.
    package var hex: String { Hex.text(bytes) }
}
