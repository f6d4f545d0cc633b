import COpenSSL

/// HMAC-SHA-256 of whole values. For a secret that is used often, keep an `HMACKey`.
package enum HMACSHA256 {
    package static func bytes(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var value = [UInt8](repeating: 0, count: 32)
        let done = HMAC(EVP_sha256(), key, Int32(key.count), bytes, bytes.count, &value, nil)
        precondition(done != nil, "OpenSSL can't compute HMAC-SHA-256.")
        return value
    }

    /// 64 lower-case characters.
    package static func hex(key: [UInt8], _ bytes: [UInt8]) -> String { Hex.text(self.bytes(key: key, bytes)) }
}
