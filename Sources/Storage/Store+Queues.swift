package import Core

// The one claim of the three queues. To claim is to move `due_at` to the end of the lease, so an expired lease is due again by itself;
// whatever ends a lease says which claim it had, and is refused when a later one exists.
extension Transaction {
    /// Leases what is due and first of its order key, oldest due first; sorted by id. Of the outbox everything but conversions.
    package func claim(_ queue: Queue, nowMs: Int64, leaseMs: Int64, limit: Int, owner: String) throws(StoreError) -> [Claim] {
        try claim(queue, nowMs: nowMs, leaseMs: leaseMs, limit: limit, owner: owner, only: "")
    }

    func claim(
        _ queue: Queue, nowMs: Int64, leaseMs: Int64, limit: Int, owner: String, conversions: Bool = false, only filter: Statement
    ) throws(StoreError) -> [Claim] {
        let rows = try run(
            Self.claiming(
                queue, nowMs: nowMs, leaseMs: leaseMs, limit: limit, owner: owner, conversions: conversions, only: filter))
        return try rows.decoded { row throws(StoreError) in
            Claim(id: try row.int64("id"), attempt: try row.int64("attempt"), tries: try row.int64("tries"))
        }.sorted { $0.id < $1.id }
    }

    /// The statement of every claim; package, so that a test can ask the engine how it would run it.
    package static func claiming(
        _ queue: Queue, nowMs: Int64, leaseMs: Int64, limit: Int, owner: String, conversions: Bool = false,
        only filter: Statement = ""
    ) -> Statement {
        """
        WITH head AS MATERIALIZED (
            SELECT q.id FROM \(queue.table) q WHERE q.state = 'open' AND q.due_at <= \(nowMs)\(queue.share(conversions: conversions)) \(filter)
                AND (q.order_key IS NULL OR q.id =
                    (SELECT MIN(b.id) FROM \(queue.table) b WHERE b.order_key = q.order_key AND b.state IN ('open', 'held')))
            ORDER BY q.due_at, q.id LIMIT \(limit))
        UPDATE \(queue.table) SET due_at = \(nowMs + leaseMs), attempt = attempt + 1, owner = \(owner)
        WHERE id IN (SELECT id FROM head) RETURNING id, attempt, attempt - uncounted AS tries
        """
    }

    /// The work is done; `reason` says what there was to do, where that is not plain. False: the lease had run out and somebody else has the
    /// row; undo your effects by throwing.
    package func complete(
        _ queue: Queue, id: Int64, attempt: Int64, nowMs: Int64, reason: String? = nil
    ) throws(StoreError) -> Bool {
        try end(queue, id, attempt, set: "state = 'done', reason = \(reason)\(queue.ending(nowMs: nowMs))", nowMs)
    }

    package func complete(_ queue: Queue, _ claim: Claim, nowMs: Int64, reason: String? = nil) throws(StoreError) -> Bool {
        try complete(queue, id: claim.id, attempt: claim.attempt, nowMs: nowMs, reason: reason)
    }

    /// The same of many, in few statements: the ids of those whose claim still held.
    package func complete(_ queue: Queue, _ claims: [Claim], nowMs: Int64) throws(StoreError) -> Set<Int64> {
        var done: Set<Int64> = []
        var rest = claims[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.claimsPerStatement)
            rest = rest.dropFirst(part.count)
            var orderKeys: Set<String> = []
            for row in try run(
                """
                UPDATE \(queue.table) AS q SET state = 'done', reason = NULL\(queue.ending(nowMs: nowMs)), owner = NULL
                FROM (VALUES \(rows: part.map { ["\($0.id)", "\($0.attempt)"] })) AS held
                WHERE q.id = held.column1 AND CASE q.state WHEN 'open' THEN q.attempt END = held.column2 RETURNING id, order_key
                """)
            {
                done.insert(try row.int64("id"))
                if let orderKey = try row.textOrNil("order_key") { orderKeys.insert(orderKey) }
            }
            if !orderKeys.isEmpty { try wakeNext(queue, orderKeys.sorted(), nowMs) }
        }
        return done
    }

    private static let claimsPerStatement = 128

    /// The work will not succeed; listed as dead until somebody reopens it. Lets the next of its order key go.
    package func kill(_ queue: Queue, id: Int64, attempt: Int64, reason: String, nowMs: Int64) throws(StoreError) -> Bool {
        try end(queue, id, attempt, set: "state = 'dead', reason = \(reason)\(queue.ending(nowMs: nowMs))", nowMs)
    }

    /// To be tried again; counts. The order key stays held back.
    package func retry(_ queue: Queue, id: Int64, attempt: Int64, dueAtMs: Int64, reason: String) throws(StoreError) -> Bool {
        try leave(queue, id, attempt, set: "due_at = \(dueAtMs), reason = \(reason)") != nil
    }

    /// Not before `dueAtMs`; does not count.
    package func snooze(_ queue: Queue, id: Int64, attempt: Int64, dueAtMs: Int64, reason: String) throws(StoreError) -> Bool {
        try leave(queue, id, attempt, set: "due_at = \(dueAtMs), reason = \(reason), uncounted = uncounted + 1") != nil
    }

    /// Waits for a gate; does not count.
    ///
    /// Closes the gate if it is not closed yet: whatever is held is sure to be asked about again, from `probeAtMs` on.
    package func hold(
        _ queue: Queue, id: Int64, attempt: Int64, gate: Gate, reason: String, nowMs: Int64, probeAtMs: Int64? = nil
    ) throws(StoreError) -> Bool {
        let isOurs =
            try leave(
                queue, id, attempt, set: "state = 'held', gate = \(gate.text), reason = \(reason), uncounted = uncounted + 1")
            != nil
        if isOurs { try closeGate(gate, reason: reason, nowMs: nowMs, probeAtMs: probeAtMs ?? nowMs + 60_000) }
        return isOurs
    }

    /// Dead or held work goes on, because a person says so; its tries count from the beginning.
    package func reopen(_ queue: Queue, id: Int64, nowMs: Int64) throws(StoreError) -> Bool {
        try !open(queue, "id = \(id) AND state IN ('held', 'dead')", nowMs: nowMs, set: ", uncounted = attempt").isEmpty
    }

    /// The jobs of an event that are done are done once more, with a full set of tries: their effects are the same, or more is known by now.
    func redoJobs(of eventID: Int64, nowMs: Int64) throws(StoreError) {
        _ = try open(
            .jobs, "id >= \(eventID * 64) AND id < \(eventID * 64 + 64) AND state = 'done'", nowMs: nowMs,
            set: ", uncounted = attempt, reason = NULL")
    }

    /// The oldest row that waits for the gate goes ahead, to see whether it gets through.
    package func reopenOne(_ queue: Queue, gate: Gate, nowMs: Int64) throws(StoreError) -> Bool {
        try !open(
            queue, "id = (SELECT MIN(id) FROM \(queue.table) WHERE gate = \(gate.text) AND state = 'held') AND state = 'held'",
            nowMs: nowMs
        ).isEmpty
    }

    /// Opens the gate; all that waits for it is due. How many rows that were.
    package func release(_ gate: Gate, nowMs: Int64) throws(StoreError) -> Int {
        try run("DELETE FROM gates WHERE gate = \(gate.text)")
        var count = 0
        for queue in Queue.allCases { count += try open(queue, "gate = \(gate.text) AND state = 'held'", nowMs: nowMs).count }
        return count
    }

    /// Frees what other boots have leased; on SQLite there is one process, so they are all gone. How many rows that were.
    ///
    /// What is due already is free, and is passed over as what is parked: a backlog costs nothing here.
    @discardableResult
    package func voidLeases(nowMs: Int64) throws(StoreError) -> Int {
        var count = 0
        for queue in Queue.allCases {
            for share in queue.shares {
                count += try run(
                    """
                    UPDATE \(queue.table) SET due_at = \(nowMs), owner = NULL
                    WHERE state = 'open'\(share) AND due_at > \(nowMs) AND due_at < \(Queue.parkedDueAtMs) AND owner IS NOT NULL
                        AND owner <> \(bootID) RETURNING id
                    """
                ).count
            }
        }
        return count
    }

    /// When the earliest open row is due, leases included: when to look again. Nil: nothing is open, or all of it waits for earlier work.
    ///
    /// Of the outbox either conversions alone or everything else, as a claim takes them.
    package func nextDue(_ queue: Queue, conversions: Bool = false) throws(StoreError) -> Int64? {
        let due =
            try run(
                "SELECT MIN(due_at) AS due FROM \(queue.table) WHERE state = 'open'\(queue.share(conversions: conversions))"
            ).first?.int64OrNil("due") ?? nil
        return due == Queue.parkedDueAtMs ? nil : due
    }

    package func depth(_ queue: Queue) throws(StoreError) -> QueueDepth {
        var open: Int64 = 0
        for share in queue.shares {
            open += try run("SELECT COUNT(*) AS open FROM \(queue.table) WHERE state = 'open'\(share)")[0].int64("open")
        }
        let row = try run(
            """
            SELECT (SELECT COUNT(*) FROM \(queue.table) WHERE state = 'held') AS held,
                (SELECT COUNT(*) FROM \(queue.table) WHERE state = 'dead') AS dead
            """)[0]
        return QueueDepth(open: open, held: try row.int64("held"), dead: try row.int64("dead"))
    }

    /// The due time of a new row: parked when an earlier one of its key is still to be done.
    static func dueAt(_ queue: Queue, newID: Int64, orderKey: String?, _ dueAtMs: Int64) -> Statement {
        guard let orderKey else { return "\(dueAtMs)" }
        return """
            CASE WHEN EXISTS (SELECT 1 FROM \(queue.table) WHERE order_key = \(orderKey) AND state IN ('open', 'held') AND id < \(newID))
                THEN \(Queue.parkedDueAtMs) ELSE \(dueAtMs) END
            """
    }

    private func end(_ queue: Queue, _ id: Int64, _ attempt: Int64, set changes: Statement, _ nowMs: Int64) throws(StoreError)
        -> Bool
    {
        guard let row = try leave(queue, id, attempt, set: changes) else { return false }
        if let orderKey = try row.textOrNil("order_key") { try wakeNext(queue, [orderKey], nowMs) }
        return true
    }

    /// Gives a lease back, if it is still ours.
    private func leave(_ queue: Queue, _ id: Int64, _ attempt: Int64, set changes: Statement) throws(StoreError) -> Row? {
        try run(
            """
            UPDATE \(queue.table) SET \(changes), owner = NULL WHERE id = \(id) AND attempt = \(attempt) AND state = 'open'
            RETURNING order_key
            """
        ).first
    }

    /// The next of each order key goes, now that the one before it has ended.
    ///
    /// By `CASE`, so that the few rows are looked up by their ids: planners are drawn to the index of all that is open.
    func wakeNext(_ queue: Queue, _ orderKeys: [String], _ nowMs: Int64) throws(StoreError) {
        try later(
            """
            UPDATE \(queue.table) SET due_at = \(nowMs) WHERE id IN (
                SELECT (SELECT MIN(id) FROM \(queue.table) WHERE order_key = ended.column1 AND state IN ('open', 'held'))
                FROM (VALUES \(rows: orderKeys.map { ["\($0)"] })) AS ended)
                AND CASE state WHEN 'open' THEN due_at END = \(Queue.parkedDueAtMs)
            """)
        ring(queue.bell)  // perhaps for nothing: who looks is quick
    }

    private func open(_ queue: Queue, _ filter: Statement, nowMs: Int64, set changes: Statement = "") throws(StoreError) -> [Row]
    {
        let rows = try run(
            """
            UPDATE \(queue.table) SET state = 'open', due_at = \(nowMs), gate = NULL, owner = NULL\(changes) WHERE \(filter) RETURNING id
            """)
        if !rows.isEmpty { ring(queue.bell) }
        return rows
    }
}
