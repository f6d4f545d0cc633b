import Foundation
import Signing

/// What the threads of a store share.
struct StoreSettings: Sendable {
    let keys: DataKeys
    let bootID: String
    let groupJobsMax: Int
    let now: @Sendable () -> Int64
    let connect: @Sendable (DriverRole) throws(StoreError) -> any Driver
}

/// Where the writer goes on from.
struct StartState: Sendable {
    let lastSeq: Int64
    let lastID: Int64
    /// Of a new database, whose first key is stored with its schema: it shows a wrong master key before anything is sealed with another.
    let firstKey: DataKey?
}

/// What happens once, before the threads start.
enum StoreSetup {
    /// Readable by its owner only; SQLite gives the log the same rights.
    static func makeFile(_ path: String) throws(StoreError) {
        let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        } catch {
            throw .cannotOpen(code: errno)
        }
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(code: errno) }
        Glibc.close(descriptor)
    }

    static func prepare(_ settings: StoreSettings) throws(StoreError) -> StartState {
        let driver = try settings.connect(.setup)
        defer { driver.close() }
        // Gateways that start together prepare one after the other; the lock ends with the connection.
        if driver.engine == .postgresql { try driver.script("SELECT pg_advisory_lock(7310580)") }
        try Migration.migrate(driver, nowMs: settings.now())
        let found = try settings.keys.load(driver)
        _ = try driver.begin()
        let firstKey = found.data ? nil : try settings.keys.make()
        if let firstKey { try insertKey(firstKey.id, firstKey.wrapped, driver, settings) }
        if !found.index { try insertKey(IndexKey.id, settings.keys.makeIndex().wrapped, driver, settings) }
        let start =
            switch driver.engine {
            case .sqlite: try followOn(driver, settings, firstKey)
            case .postgresql: StartState(lastSeq: 0, lastID: 0, firstKey: firstKey)  // the server counts
            }
        try driver.commit(lastID: nil)
        return start
    }

    /// Frees what earlier processes had leased: they are all gone. Ids go on after theirs.
    private static func followOn(
        _ driver: any Driver, _ settings: StoreSettings, _ firstKey: DataKey?
    ) throws(StoreError) -> StartState {
        try Transaction(driver, keys: settings.keys, memory: nil, bootID: settings.bootID).voidLeases(nowMs: settings.now())
        return StartState(
            lastSeq: try greatest(
                driver,
                "SELECT MAX(seq) AS id FROM (SELECT MAX(seq) AS seq FROM deliveries UNION ALL SELECT (SELECT MAX(id) FROM events) / 4096) seqs"
            ),
            lastID: try greatest(driver, lastIDQuery), firstKey: firstKey)
    }

    private static func insertKey(
        _ id: String, _ wrapped: [UInt8], _ driver: any Driver, _ settings: StoreSettings
    ) throws(StoreError) {
        _ = try driver.run("INSERT INTO data_keys (id, wrapped, created_at) VALUES (\(id), \(wrapped), \(settings.now()))")
    }

    /// For a store that only reads.
    static func check(_ settings: StoreSettings) throws(StoreError) {
        let driver = try settings.connect(.reader)
        defer { driver.close() }
        guard try Migration.pending(driver).isEmpty else {
            throw .olderSchema(found: try Migration.version(driver), known: Migration.latest)
        }
        _ = try settings.keys.load(driver)
    }

    /// Every table whose ids `nextID` gives.
    private static let lastIDQuery: Statement = """
        SELECT MAX(id) AS id FROM (SELECT MAX(id) AS id FROM outbox UNION ALL SELECT MAX(id) FROM touched_entities
            UNION ALL SELECT MAX(id) FROM insight_reads UNION ALL SELECT MAX(id) FROM metric_facts UNION ALL SELECT MAX(id) FROM rule_executions
            UNION ALL SELECT MAX(id) FROM action_history UNION ALL SELECT MAX(id) FROM api_logs
            UNION ALL SELECT MAX(id) FROM social_engagements UNION ALL SELECT MAX(id) FROM send_attempts) ids
        """

    private static func greatest(_ driver: any Driver, _ query: Statement) throws(StoreError) -> Int64 {
        try driver.run(query).first?.int64OrNil("id") ?? 0
    }
}
