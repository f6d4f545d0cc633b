/// The key of keyed digests: what lets a person's rows be found again without a name in the index.
///
/// Random, one per database for its whole life, wrapped like a data key under the id `index`.
package struct IndexKey: Sendable {
    package static let id = "index"
    private static let digestCharacters = 40

    /// As stored in `data_keys`: nonce, wrapped key, tag.
    package let wrapped: [UInt8]
    private let key: HMACKey

    private init(wrapped: [UInt8], secret: [UInt8]) {
        self.wrapped = wrapped
        key = HMACKey(secret: secret, hash: .sha256)
    }

    package static func make(under master: MasterKey) throws(SealError) -> IndexKey {
        let secret = RandomBytes.make(32)
        let nonce = RandomBytes.make(AES256GCM.nonceBytes)
        var wrapped = nonce
        guard master.cipher.seal(secret, nonce: nonce, aad: aad, into: &wrapped) else { throw .malformed }
        return IndexKey(wrapped: wrapped, secret: secret)
    }

    /// The stored key, by whichever master key wrapped it.
    package static func open(wrapped: [UInt8], under masters: [MasterKey]) throws(SealError) -> IndexKey {
        let nonce = Array(wrapped.prefix(AES256GCM.nonceBytes))
        guard nonce.count == AES256GCM.nonceBytes else { throw .malformed }
        for master in masters {
            let secret = master.cipher.open(wrapped.dropFirst(AES256GCM.nonceBytes), nonce: nonce, aad: aad)
            if let secret, secret.count == 32 { return IndexKey(wrapped: wrapped, secret: secret) }
        }
        throw .noMasterKey(dataKey: id)
    }

    /// HMAC-SHA-256 of the text, the first 40 hexadecimal digits.
    package func digest(of text: String) -> String {
        Hex.text(Array(key.value(of: Array(text.utf8)).prefix(Self.digestCharacters / 2)))
    }

    private static let aad = Array("touchstone data key \(id)".utf8)
}
