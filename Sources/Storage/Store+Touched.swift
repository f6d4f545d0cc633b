package import Core

extension Transaction {
    /// Notes that an event named an entity; `dueAtMs` says when to read it, from the row as it is (nil: the first touch ever).
    ///
    /// A leased row keeps its lease and remembers the wish; a held row stays held until its gate opens; any other is open from now on.
    package func touch(
        workspace: String, accountID: String, ref: EntityRef, eventID: Int64, nowMs: Int64, dueAtMs: (TouchedRow?) -> Int64
    ) throws(StoreError) {
        ring(.touched)
        guard let row = try touched(workspace: workspace, ref: ref, nowMs: nowMs) else {
            return try insertTouched(workspace, accountID, ref, eventID, nowMs, dueAtMs(nil))
        }
        let due = dueAtMs(row)
        if row.isLeased {
            try touchLeased(row, eventID, nowMs, due)
        } else {
            try touchWaiting(row, eventID, nowMs, due)
        }
        try later(
            """
            UPDATE touched_entities SET generation = generation + 1, last_event_id = \(eventID), last_touched_at = \(nowMs),
                account_id = CASE WHEN \(accountID) = '' THEN account_id ELSE \(accountID) END
            WHERE id = \(row.id)
            """)
    }

    private func insertTouched(
        _ workspace: String, _ accountID: String, _ ref: EntityRef, _ eventID: Int64, _ nowMs: Int64, _ dueAtMs: Int64
    ) throws(StoreError) {
        try later(
            """
            INSERT INTO touched_entities (id, workspace_id, account_id, level, entity_id, state, due_at, generation, first_event_id,
                last_event_id, event_count, first_touched_at, last_touched_at)
            VALUES (\(try nextID(nowMs)), \(workspace), \(accountID), \(ref.level.rawValue), \(ref.id), 'open', \(dueAtMs), 1, \(eventID),
                \(eventID), 1, \(nowMs), \(nowMs))
            """)
    }

    private func touchLeased(_ row: TouchedRow, _ eventID: Int64, _ nowMs: Int64, _ dueAtMs: Int64) throws(StoreError) {
        try later(
            """
            UPDATE touched_entities SET pending_due_at = CASE WHEN pending_due_at < \(dueAtMs) THEN pending_due_at ELSE \(dueAtMs) END,
                pending_first_event_id = COALESCE(pending_first_event_id, \(eventID)), pending_count = COALESCE(pending_count, 0) + 1,
                pending_touched_at = COALESCE(pending_touched_at, \(nowMs))
            WHERE id = \(row.id)
            """)
    }

    private func touchWaiting(_ row: TouchedRow, _ eventID: Int64, _ nowMs: Int64, _ dueAtMs: Int64) throws(StoreError) {
        let series: Statement =
            row.isUnread
            ? "event_count = event_count + 1"
            : "first_event_id = \(eventID), event_count = 1, first_touched_at = \(nowMs), follow_up = 0, uncounted = attempt, reason = NULL"
        let due: Statement = row.state == .held ? "" : ", state = 'open', due_at = \(dueAtMs), owner = NULL"
        try later("UPDATE touched_entities SET \(series)\(due) WHERE id = \(row.id)")
    }

    /// Leases touched entities that are due; of one account only, where that is given, so that one call can read them all.
    package func claimTouched(
        nowMs: Int64, leaseMs: Int64, limit: Int, owner: String, accountID: String? = nil
    ) throws(StoreError) -> [ClaimedTouched] {
        let only: Statement = accountID.map { "AND q.account_id = \($0)" } ?? ""
        let claims = try claim(.touched, nowMs: nowMs, leaseMs: leaseMs, limit: limit, owner: owner, only: only)
        let ids = claims.map(\.id)
        // Touches during a lease that then ran out belong to what this claim reads.
        try run(
            """
            UPDATE touched_entities SET event_count = event_count + COALESCE(pending_count, 0), \(Self.noPending)
            WHERE id IN (\(list: ids)) AND pending_touched_at IS NOT NULL
            """)
        let claimed = Dictionary(claims.map { ($0.id, $0) }) { first, _ in first }
        return try run("SELECT * FROM touched_entities WHERE id IN (\(list: ids)) ORDER BY id")
            .decoded { row throws(StoreError) in try TouchedRow(row, nowMs: nowMs) }
            .compactMap { row in claimed[row.id].map { ClaimedTouched(claim: $0, row: row) } }
    }

    private static let noPending: Statement =
        "pending_due_at = NULL, pending_first_event_id = NULL, pending_count = NULL, pending_touched_at = NULL"

    /// The entity was read as of `readAtMs`; `followUp` says when to read it once more without a touch.
    ///
    /// When a touch came since the claim, the row stays open, due when `retouchedDueAtMs` says, and counts from that touch on.
    package func completeTouched(
        _ claimed: ClaimedTouched, readAtMs: Int64, followUp: (dueAtMs: Int64, step: Int)?,
        retouchedDueAtMs: (TouchedRow) -> Int64
    ) throws(StoreError) -> TouchedCompletion {
        let rows = try run(
            """
            UPDATE touched_entities SET last_read_at = \(readAtMs), owner = NULL, reason = NULL, uncounted = attempt
            WHERE id = \(claimed.claim.id) AND attempt = \(claimed.claim.attempt) AND state = 'open' RETURNING *
            """)
        guard let found = rows.first else { return .fenced }
        guard try found.int64("generation") == claimed.row.generation else {
            try readAgain(claimed.claim.id, dueAtMs: retouchedDueAtMs(try TouchedRow(found, nowMs: readAtMs, afterRead: true)))
            return .touchedAgain
        }
        let next: Statement = followUp.map { "due_at = \($0.dueAtMs), follow_up = \($0.step)" } ?? "state = 'done'"
        try later("UPDATE touched_entities SET \(next) WHERE id = \(claimed.claim.id)")
        return .completed
    }

    private func readAgain(_ id: Int64, dueAtMs: Int64) throws(StoreError) {
        ring(.touched)
        try later(
            """
            UPDATE touched_entities SET due_at = \(dueAtMs), first_event_id = COALESCE(pending_first_event_id, first_event_id),
                event_count = COALESCE(pending_count, event_count), first_touched_at = COALESCE(pending_touched_at, first_touched_at),
                follow_up = 0, \(Self.noPending)
            WHERE id = \(id)
            """)
    }

    /// `nowMs` only tells whether a lease still runs.
    package func touched(workspace: String, ref: EntityRef, nowMs: Int64 = .min) throws(StoreError) -> TouchedRow? {
        try run(
            "SELECT * FROM touched_entities WHERE workspace_id = \(workspace) AND level = \(ref.level.rawValue) AND entity_id = \(ref.id)"
        )
        .decoded { row throws(StoreError) in try TouchedRow(row, nowMs: nowMs) }.first
    }

    /// By id, that is by first touch.
    package func touchedRows(state: QueueState?, limit: Int, nowMs: Int64 = .min) throws(StoreError) -> [TouchedRow] {
        let condition: Statement = state.map { "WHERE state = \($0.rawValue)" } ?? ""
        return try run("SELECT * FROM touched_entities \(condition) ORDER BY id LIMIT \(limit)")
            .decoded { row throws(StoreError) in try TouchedRow(row, nowMs: nowMs) }
    }
}
