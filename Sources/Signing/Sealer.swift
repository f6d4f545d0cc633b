import Synchronization

/// Seals what a person wrote, with AES-256-GCM, for exactly one place (the associated data: table, column, row, workspace).
///
/// The nonce is a counter from 0 that is never stored, and a data key has one sealer in its life, so no nonce is used twice.
/// Sealed bytes: version, data key id (8), counter (8), ciphertext, tag (16).
package final class Sealer: Sendable {
    private static let version: UInt8 = 1
    private static let headBytes = 1 + DataKey.idBytes + 8

    package let key: DataKey
    private let head: [UInt8]
    private let counter = Atomic<UInt64>(0)

    /// Takes a key that `DataKey.make` just made and that no other sealer has.
    package init(_ key: DataKey) throws(SealError) {
        guard let id = Hex.bytes(key.id.utf8), id.count == DataKey.idBytes else { throw .malformedKey }
        guard key.take() else { throw .keyNotFresh }
        self.key = key
        self.head = [Self.version] + id
    }

    package func seal(_ plain: [UInt8], aad: [UInt8]) throws(SealError) -> [UInt8] {
        let count = counter.wrappingAdd(1, ordering: .relaxed).oldValue
        let place = (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * UInt64($0))) }
        var sealed: [UInt8] = []
        sealed.reserveCapacity(Self.headBytes + plain.count + AES256GCM.tagBytes)
        sealed += head
        sealed += place
        guard key.cipher.seal(plain, nonce: Self.nonce(place), aad: aad, into: &sealed) else { throw .malformed }
        return sealed
    }

    /// The id of the data key that opens `sealed`; nil when it is not sealed bytes.
    package static func keyID(of sealed: [UInt8]) -> String? {
        guard sealed.count >= headBytes + AES256GCM.tagBytes, sealed[0] == version else { return nil }
        return Hex.text(sealed[1...DataKey.idBytes])
    }

    package static func open(_ sealed: [UInt8], aad: [UInt8], keys: (String) -> DataKey?) throws(SealError) -> [UInt8] {
        guard let id = keyID(of: sealed) else { throw .malformed }
        guard let key = keys(id) else { throw .unknownDataKey(id) }
        let place = sealed[(1 + DataKey.idBytes)..<headBytes]
        guard let plain = key.cipher.open(sealed[headBytes...], nonce: nonce(place), aad: aad) else { throw .refused }
        return plain
    }

    private static func nonce(_ place: some Collection<UInt8>) -> [UInt8] { [0, 0, 0, 0] + place }
}
