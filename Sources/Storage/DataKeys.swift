import Signing
import Synchronization

/// The data keys of a database, unwrapped; shared by all threads of a store.
final class DataKeys: Sendable {
    private let masters: [MasterKey]
    private let known = Mutex<[String: DataKey]>([:])
    private let index = Mutex<IndexKey?>(nil)

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

    /// A new key of keyed digests under the first master key.
    func makeIndex() throws(StoreError) -> IndexKey {
        guard let master = masters.first else { throw .wrongMasterKey }
        do throws(SealError) {
            let key = try IndexKey.make(under: master)
            index.withLock { $0 = key }
            return key
        } catch {
            throw .sealed
        }
    }

    /// The keyed digest of a text: the same for the same text as long as the database lives.
    func conceal(_ text: String) throws(StoreError) -> String {
        guard let key = index.withLock({ $0 }) else { throw .sealed }
        return key.digest(of: text)
    }

    /// Opens every stored key: a wrong master key is found now and not in the middle of the work.
    ///
    /// Says which of the two kinds are there.
    func load(_ driver: any Driver) throws(StoreError) -> (data: Bool, index: Bool) {
        for row in try driver.run("SELECT id, wrapped FROM data_keys") { try add(row) }
        return (known.withLock { !$0.isEmpty }, index.withLock { $0 != nil })
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
            guard id != IndexKey.id else {
                let key = try IndexKey.open(wrapped: wrapped, under: masters)
                return index.withLock { $0 = key }
            }
            let key = try DataKey.open(id: id, wrapped: wrapped, under: masters)
            known.withLock { $0[id] = key }
        } catch {
            throw .wrongMasterKey
        }
    }
}
