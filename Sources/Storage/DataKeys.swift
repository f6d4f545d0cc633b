import Signing
import Synchronization

/// The data keys of a database, unwrapped; shared by all threads of a store.
final class DataKeys: Sendable {
    private let masters: [MasterKey]
    private let known = Mutex<[String: DataKey]>([:])

    init(masters: [MasterKey]) { self.masters = masters }

    /// A new key under the first master key.
    func make() throws(StoreError) -> DataKey {
        guard let master = masters.first else { throw .wrongMasterKey }
        do throws(SealError) {
            let key = try DataKey.make(under: master)
            known.withLock { $0[key.id] = key }
            return key
        } catch {
            throw .sealed
        }
    }

    /// Opens every stored key: a wrong master key is found now and not in the middle of the work.
    ///
    /// False when there is none yet.
    func load(_ driver: any Driver) throws(StoreError) -> Bool {
        let rows = try driver.run("SELECT id, wrapped FROM data_keys")
        for row in rows { try add(row) }
        return !rows.isEmpty
    }

    /// What `seal` made; a key that another process has stored meanwhile is read.
    func open(_ sealed: [UInt8], aad: [UInt8], _ driver: any Driver) throws(StoreError) -> [UInt8] {
        guard let id = Sealer.keyID(of: sealed) else { throw .sealed }
        if known.withLock({ $0[id] }) == nil {
            for row in try driver.run("SELECT id, wrapped FROM data_keys WHERE id = \(id)") { try add(row) }
        }
        do throws(SealError) {
            return try Sealer.open(sealed, aad: aad) { id in known.withLock { $0[id] } }
        } catch {
            throw .sealed
        }
    }

    private func add(_ row: Row) throws(StoreError) {
        let (id, wrapped) = (try row.text("id"), try row.bytes("wrapped"))
        do throws(SealError) {
            let key = try DataKey.open(id: id, wrapped: wrapped, under: masters)
            known.withLock { $0[id] = key }
        } catch {
            throw .wrongMasterKey
        }
    }
}
