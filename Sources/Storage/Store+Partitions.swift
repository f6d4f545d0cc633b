package import Core

extension RetentionPolicy {
    /// Conversions are built from raw bytes for up to 7 days.
    var deliveriesKeptMs: Int64 { max(deliveriesMs, 8 * 86_400_000) }
}

/// What was done about the partitions of PostgreSQL.
package struct PartitionReport: Sendable, Equatable {
    /// Tables made for days to come.
    package var made = 0
    /// Names of the tables dropped.
    package var dropped: [String] = []
    /// Older than kept, and something in them is still to be done.
    package var waiting: [String] = []

    package init() {}
}

/// Makes partitions ahead of time and drops whole days, on a connection of its own.
struct PartitionTender {
    private static let dayMs: Int64 = 86_400_000
    private static let daysAhead: Int64 = 2
    private static let rowsAtOnce: Int64 = 5_000

    let driver: any Driver
    let policy: RetentionPolicy
    let nowMs: Int64

    func tend() throws(StoreError) -> PartitionReport {
        var report = PartitionReport()
        let today = nowMs / Self.dayMs
        for day in today...today + Self.daysAhead {
            report.made += try driver.run("SELECT touchstone_make_day(\(day)) AS made").first?.int("made") ?? 0
        }
        try tend("deliveries", before: nowMs - policy.deliveriesKeptMs, &report)
        try tend("events", before: nowMs - policy.eventsMs, &report)
        return report
    }

    private func tend(_ parent: String, before cutoffMs: Int64, _ report: inout PartitionReport) throws(StoreError) {
        let parts = try driver.run(
            """
            SELECT c.relname::text AS name, (to_date(right(c.relname, 8), 'YYYYMMDD') - DATE '1970-01-01')::bigint AS day
            FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(\(parent)) ORDER BY day
            """)
        for part in parts {
            let (name, day) = (try part.text("name"), try part.int64("day"))
            guard (day + 1) * Self.dayMs <= cutoffMs else { return }
            guard try isFinished(day) else {
                report.waiting.append(name)
                continue
            }
            if parent == "events" { try emptyBeside(day) } else { try forgetPeople(day) }
            try drop(name, of: parent)
            report.dropped.append(name)
            if parent == "events" { try drop("event_refs" + name.dropFirst(parent.count), of: "event_refs") }
        }
    }

    private func isFinished(_ day: Int64) throws(StoreError) -> Bool {
        let (seq, event, job) = (day << 29, day << 41, day << 47)
        let (nextSeq, nextEvent, nextJob) = ((day + 1) << 29, (day + 1) << 41, (day + 1) << 47)
        return try driver.run(
            """
            SELECT 1 AS open WHERE EXISTS (SELECT 1 FROM deliveries WHERE seq >= \(seq) AND seq < \(nextSeq) AND decoded = 0)
                OR EXISTS (SELECT 1 FROM jobs WHERE id >= \(job) AND id < \(nextJob) AND state IN ('open', 'held'))
                OR EXISTS (SELECT 1 FROM outbox WHERE event_id >= \(event) AND event_id < \(nextEvent) AND state IN ('open', 'held'))
            """
        ).isEmpty
    }

    /// What belongs to the events and has no partitions.
    private func emptyBeside(_ day: Int64) throws(StoreError) {
        try deleteAll(
            """
            DELETE FROM jobs WHERE id IN (SELECT id FROM jobs WHERE id >= \(day << 47) AND id < \((day + 1) << 47)
                ORDER BY id LIMIT \(Self.rowsAtOnce)) RETURNING id
            """)
    }

    private func forgetPeople(_ day: Int64) throws(StoreError) {
        try deleteAll(
            """
            DELETE FROM person_keys WHERE (key, workspace_id, kind, row_id) IN (
                SELECT key, workspace_id, kind, row_id FROM person_keys WHERE kind = 'delivery' AND row_id >= \(day << 41)
                    AND row_id < \((day + 1) << 41) LIMIT \(Self.rowsAtOnce)) RETURNING row_id
            """)
    }

    private func deleteAll(_ statement: Statement) throws(StoreError) {
        while try Int64(driver.run(statement).count) >= Self.rowsAtOnce { continue }
    }

    /// Without a lock that would hold up anybody's insert. Begun and not ended before, it is ended now.
    private func drop(_ name: String, of parent: String) throws(StoreError) {
        let pending = try driver.run(
            "SELECT 1 AS pending FROM pg_inherits WHERE inhrelid = to_regclass(\(name)) AND inhdetachpending")
        try driver.script("ALTER TABLE \(parent) DETACH PARTITION \(name) \(pending.isEmpty ? "CONCURRENTLY" : "FINALIZE")")
        try driver.script("DROP TABLE \(name)")
    }
}

extension Store {
    /// On PostgreSQL: makes the partitions of the days to come and drops the days that are older than the policy keeps, when nothing in them is
    /// still to be done. A file has none.
    package func tendPartitions(_ policy: RetentionPolicy, nowMs: Int64) async throws -> PartitionReport {
        guard isShared, !options.readOnly else { return PartitionReport() }
        return try await onThread("store-tend") { driver throws(StoreError) in
            try PartitionTender(driver: driver, policy: policy, nowMs: nowMs).tend()
        }
    }
}
