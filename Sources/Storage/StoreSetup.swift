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
        try Migration.migrate(driver, nowMs: settings.now())
        let hasKeys = try settings.keys.load(driver)
        _ = try driver.run("BEGIN IMMEDIATE")
        let firstKey = hasKeys ? nil : try settings.keys.make()
        if let firstKey {
            _ = try driver.run(
                "INSERT INTO data_keys (id, wrapped, created_at) VALUES (\(firstKey.id), \(firstKey.wrapped), \(settings.now()))")
        }
        try Transaction(driver, keys: settings.keys, memory: nil, bootID: settings.bootID).voidLeases(nowMs: settings.now())
        let start = StartState(
            lastSeq: try greatest(
                driver,
                "SELECT MAX(COALESCE(MAX(seq), 0), (SELECT COALESCE(MAX(id), 0) / 4096 FROM events)) AS id FROM deliveries"),
            lastID: try greatest(driver, lastIDQuery), firstKey: firstKey)
        _ = try driver.run("COMMIT")
        return start
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
            UNION ALL SELECT MAX(id) FROM action_history UNION ALL SELECT MAX(id) FROM api_logs)
        """

    private static func greatest(_ driver: any Driver, _ query: Statement) throws(StoreError) -> Int64 {
        try driver.run(query).first?.int64OrNil("id") ?? 0
    }
}
