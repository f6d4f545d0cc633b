import Storage
import Synchronization
import TestSupport

/// Writes down every statement that a store's connections make.
final class StatementLog: Sendable {
    private let made = Mutex<[Statement]>([])

    func open(_ options: Store.Options) throws -> Store {
        let location = options.location
        return try Store.open(options) { role throws(StoreError) in
            WatchedDriver(try location.connect(role)) { call throws(StoreError) in self.note(call) }
        }
    }

    /// What was made since the last look.
    func taken() -> [Statement] {
        made.withLock { made in
            defer { made = [] }
            return made
        }
    }

    private func note(_ call: DriverCall) {
        let statements: [Statement] =
            switch call {
            case .run(let statement): [statement]
            case .script(let text): [Statement(stringLiteral: text)]
            case .together(let statements): statements
            case .begin: ["BEGIN"]
            case .commit: ["COMMIT"]
            }
        made.withLock { $0 += statements }
    }
}

extension TemporaryStore {
    /// Tables that grow, by their names and by those that statements give them.
    private static let growing = [
        "deliveries", "events", "event_refs", "event_keys", "jobs", "outbox", "touched_entities", "metric_facts", "insight_reads",
        "api_logs", "rule_executions", "action_history", "social_engagements", "send_attempts", "q", "b", "j", "e", "o",
    ]

    /// The steps of these statements that read a table that grows from end to end, as the engine would run them.
    ///
    /// The beginning of an index is none. PostgreSQL is told not to where it can: with few rows it would not care.
    func scans(of statements: [Statement]) throws -> [String] {
        let driver = try connect(.setup)
        defer { driver.close() }
        if Self.engine == .postgresql { try driver.script("SET enable_seqscan = off") }
        let words = ["SELECT", "WITH", "UPDATE", "DELETE", "INSERT"]
        var asked: Set<String> = []
        let wanted = statements.filter { statement in
            words.contains { statement.text.hasPrefix($0) } && asked.insert(statement.text).inserted
        }
        return try wanted.flatMap { statement in
            let plan: Statement = Self.engine == .sqlite ? "EXPLAIN QUERY PLAN " : "EXPLAIN "
            return try driver.run(plan + statement).map { try $0.text(Self.engine == .sqlite ? "detail" : "QUERY PLAN") }
                .filter { Self.isScan($0, isBounded: statement.text.contains("LIMIT")) }.map { "\($0) in \(statement.text)" }
        }
    }

    private static func isScan(_ step: String, isBounded: Bool) -> Bool {
        switch engine {
        case .sqlite:
            growing.contains { step == "SCAN \($0)" || step.hasPrefix("SCAN \($0) ") } && !(isBounded && step.contains(" INDEX "))
        case .postgresql: growing.contains { step.contains("Seq Scan on \($0) ") || step.contains("Seq Scan on \($0)_") }
        }
    }
}

extension Store {
    /// So many undecoded deliveries, and so many events with a job, a message and a touched entity each, all due at `now`; with an owner,
    /// its leases end at `now` + 60 s.
    ///
    /// The deliveries' bytes are those of another, and open nowhere else.
    func pileUp(_ count: Int64, owner: String? = nil, from first: Int64 = 1_000_000) async throws {
        let numbers: Statement =
            "WITH RECURSIVE n (i) AS (SELECT \(first) UNION ALL SELECT i + 1 FROM n WHERE i < \(first + count - 1))"
        let (due, attempt): (Int64, Int64) = owner == nil ? (now, 0) : (now + 60_000, 1)
        try await write { transaction throws in
            for statement: Statement in [
                """
                INSERT INTO deliveries (seq, received_at, app, kind, blob) \(numbers)
                    SELECT i, \(now), \("main"), \("webhook"),
                    COALESCE((SELECT blob FROM deliveries ORDER BY seq LIMIT 1), \([UInt8](repeating: 1, count: 64))) FROM n
                """,
                """
                INSERT INTO events (id, delivery_seq, position, workspace_id, object, field, kind, object_id, occurred_at, received_at, entities,
                    metric_moved, routes) \(numbers)
                    SELECT i * 4096, i, 0, \("w"), \("ad_account"), \("f"), \("k"), \("1"), \(now), \(now), \("[]"), 0, 1 FROM n
                """,
                """
                INSERT INTO jobs (id, event_id, workspace_id, route, state, due_at, attempt, owner) \(numbers)
                    SELECT i * 262144, i * 4096, \("w"), \("account"), \("open"), \(due), \(attempt), \(owner) FROM n
                """,
                """
                INSERT INTO outbox (id, workspace_id, kind, unique_key, reference, state, due_at, attempt, owner, created_at) \(numbers)
                    SELECT i, \("w"), \("notify"), \("pile:") || i, \("{}"), \("open"), \(due), \(attempt), \(owner), \(now) FROM n
                """,
                """
                INSERT INTO touched_entities (id, workspace_id, account_id, level, entity_id, state, due_at, attempt, owner, generation,
                    first_event_id, last_event_id, event_count, first_touched_at, last_touched_at) \(numbers)
                    SELECT i, \("w"), \("1"), \("ad"), \("pile:") || i, \("open"), \(due), \(attempt), \(owner), 1, i, i, 1, \(now), \(now) FROM n
                """,
            ] { try transaction.run(statement) }
        }
    }
}
