import Synchronization

/// A random key for what is sealed by one process on one day, stored wrapped under the master key.
package final class DataKey: Sendable {
    static let idBytes = 8

    /// 16 lower-case hex digits; also inside everything sealed with it.
    package let id: String
    /// As stored in `data_keys`: nonce, wrapped key, tag.
    package let wrapped: [UInt8]
    let cipher: AES256GCM
    private let secret: [UInt8]
    private let isTaken: Atomic<Bool>

    private init(id: String, wrapped: [UInt8], secret: [UInt8], isTaken: Bool) {
        self.id = id
        self.wrapped = wrapped
        self.secret = secret
        self.cipher = AES256GCM(key: secret)
        self.isTaken = Atomic(isTaken)
    }

    /// A new key, for one `Sealer`.
    package static func make(under master: MasterKey) throws(SealError) -> DataKey {
        let id = RandomBytes.hex(idBytes)
        let secret = RandomBytes.make(32)
        return DataKey(id: id, wrapped: try wrap(secret, id: id, under: master), secret: secret, isTaken: false)
    }

    /// A stored key, for opening only, by whichever master key wrapped it.
    package static func open(id: String, wrapped: [UInt8], under masters: [MasterKey]) throws(SealError) -> DataKey {
        let nonce = Array(wrapped.prefix(AES256GCM.nonceBytes))
        guard nonce.count == AES256GCM.nonceBytes else { throw .malformed }
        for master in masters {
            let secret = master.cipher.open(wrapped.dropFirst(AES256GCM.nonceBytes), nonce: nonce, aad: aad(id))
            if let secret, secret.count == 32 { return DataKey(id: id, wrapped: wrapped, secret: secret, isTaken: true) }
        }
        throw .noMasterKey(dataKey: id)
    }

    /// The same key wrapped under another master key, to be stored in the place of `wrapped`.
    package func rewrapped(under master: MasterKey) throws(SealError) -> [UInt8] { try Self.wrap(secret, id: id, under: master) }

    /// True for the first caller and a new key only.
    func take() -> Bool { isTaken.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged }

    private static func aad(_ id: String) -> [UInt8] { Array("touchstone data key \(id)".utf8) }

    private static func wrap(_ secret: [UInt8], id: String, under master: MasterKey) throws(SealError) -> [UInt8] {
        // Random nonces are safe here: a master key wraps a few keys a day.
        let nonce = RandomBytes.make(AES256GCM.nonceBytes)
        var wrapped = nonce
        guard master.cipher.seal(secret, nonce: nonce, aad: aad(id), into: &wrapped) else { throw .malformed }
        return wrapped
    }
}
