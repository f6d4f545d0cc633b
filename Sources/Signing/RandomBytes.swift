import COpenSSL

/// Bytes from the system's cryptographic generator.
package enum RandomBytes {
    package static func make(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        precondition(RAND_bytes(&bytes, Int32(count)) == 1, "The system gives no random bytes.")
        return bytes
    }

    /// `count` bytes as lower-case hex.
    package static func hex(_ count: Int) -> String { Hex.text(make(count)) }
}
