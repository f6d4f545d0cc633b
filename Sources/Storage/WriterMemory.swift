import Signing

/// What the writer's thread knows between two groups: the last ids and the key it seals with.
final class WriterMemory {
    private static let dayMs: Int64 = 86_400_000

    private let keys: DataKeys
    private let now: @Sendable () -> Int64
    private var lastSeq: Int64
    private(set) var lastID: Int64
    private var sealer: Sealer?
    private var sealerDay: Int64
    /// The key whose row is in the database, or will be with the group's commit. Set back by a rollback.
    var storedKeyID: String?

    init(start: StartState, keys: DataKeys, now: @escaping @Sendable () -> Int64) throws(StoreError) {
        self.keys = keys
        self.now = now
        self.lastSeq = start.lastSeq
        self.lastID = start.lastID
        self.sealerDay = now() / Self.dayMs
        self.storedKeyID = start.firstKey?.id
        if let key = start.firstKey { self.sealer = try Self.sealer(key) }
    }

    /// Of a thread that only seals: it makes a key of its own.
    init(keys: DataKeys, now: @escaping @Sendable () -> Int64) {
        self.keys = keys
        self.now = now
        lastSeq = 0
        lastID = 0
        sealerDay = now() / Self.dayMs
    }

    /// Gaps stay where an append failed; nothing needs them to be closed.
    func nextSeq() -> Int64 {
        lastSeq += 1
        return lastSeq
    }

    /// Ids go on after the last that any gateway gave.
    func follow(_ id: Int64) { lastID = max(lastID, id) }

    func nextID(_ nowMs: Int64) -> Int64 {
        lastID = max(lastID + 1, nowMs * 4096)
        return lastID
    }

    /// Seals with the key of the day, whose row goes in with its first use.
    func seal(_ plain: [UInt8], aad: [UInt8], _ driver: any Driver) throws(StoreError) -> [UInt8] {
        let sealer = try currentSealer()
        if storedKeyID != sealer.key.id {
            _ = try driver.run(
                "INSERT INTO data_keys (id, wrapped, created_at) VALUES (\(sealer.key.id), \(sealer.key.wrapped), \(now()))")
            storedKeyID = sealer.key.id
        }
        do throws(SealError) {
            return try sealer.seal(plain, aad: aad)
        } catch {
            throw .sealed
        }
    }

    private func currentSealer() throws(StoreError) -> Sealer {
        let day = now() / Self.dayMs
        if let sealer, sealerDay == day { return sealer }
        let made = try Self.sealer(try keys.make())
        sealer = made
        sealerDay = day
        return made
    }

    private static func sealer(_ key: DataKey) throws(StoreError) -> Sealer {
        do throws(SealError) {
            return try Sealer(key)
        } catch {
            throw .sealed
        }
    }
}
