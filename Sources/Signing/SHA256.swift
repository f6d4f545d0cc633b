import COpenSSL

/// SHA-256 of whole values.
package enum SHA256 {
    // The fetched digest lives as long as the process and is only read; an implicit fetch at each call costs more than hashing 300 bytes.
    nonisolated(unsafe) private static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    package static func digest(_ bytes: some Collection<UInt8>) -> Digest {
        var value = [UInt8](repeating: 0, count: 32)
        let done =
            bytes.withContiguousStorageIfAvailable { hash($0, into: &value) }
            ?? Array(bytes).withUnsafeBufferPointer { hash($0, into: &value) }
        precondition(done, "OpenSSL can't compute SHA-256.")
        return Digest(bytes: value)
    }

    /// 64 lower-case characters.
    package static func hex(_ bytes: [UInt8]) -> String { digest(bytes).hex }

    private static func hash(_ bytes: UnsafeBufferPointer<UInt8>, into value: inout [UInt8]) -> Bool {
        EVP_Digest(bytes.baseAddress, bytes.count, &value, nil, algorithm, nil) == 1
    }
}
