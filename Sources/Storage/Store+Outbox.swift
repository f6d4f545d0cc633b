package import Core

/// A message of the outbox as stored.
package struct StoredMessage: Sendable, Equatable {
    package let id: Int64
    package let workspace: String
    /// The raw value of an `OutboxKind`; another program's version may have kinds that this one does not know.
    package let kind: String
    package let orderKey: String?
    package let uniqueKey: String
    /// JSON of ids.
    package let reference: String
    package let eventID: Int64?
    package let actionID: Int64?
    package let state: QueueState
    /// `Int64.max`: waits for an earlier message of its order key.
    package let dueAtMs: Int64
    package let attempt: Int64
    package let tries: Int64
    package let reason: String?
    package let gate: String?
    package let createdAtMs: Int64
    package let doneAtMs: Int64?

    init(_ row: Row) throws(StoreError) {
        id = try row.int64("id")
        workspace = try row.text("workspace_id")
        kind = try row.text("kind")
        orderKey = try row.textOrNil("order_key")
        uniqueKey = try row.text("unique_key")
        reference = try row.text("reference")
        eventID = try row.int64OrNil("event_id")
        actionID = try row.int64OrNil("action_id")
        state = try row.choice("state", QueueState.self)
        dueAtMs = try row.int64("due_at")
        attempt = try row.int64("attempt")
        tries = attempt - (try row.int64("uncounted"))
        reason = try row.textOrNil("reason")
        gate = try row.textOrNil("gate")
        createdAtMs = try row.int64("created_at")
        doneAtMs = try row.int64OrNil("done_at")
    }
}

/// A message that is leased.
package struct ClaimedMessage: Sendable, Equatable {
    package let claim: Claim
    package let message: StoredMessage
}

extension Transaction {
    /// The message's id; nil when its unique key is there already, whatever became of it.
    package func enqueue(_ message: OutboxMessage, nowMs: Int64) throws(StoreError) -> Int64? {
        let id = try nextID(nowMs)
        guard try !run(Self.inserting(message, id: id, nowMs: nowMs) + " RETURNING id").isEmpty else { return nil }
        ring(.outbox)
        return id
    }

    /// The same where nobody asks whether it was there already.
    package func post(_ message: OutboxMessage, nowMs: Int64) throws(StoreError) {
        try later(Self.inserting(message, id: nextID(nowMs), nowMs: nowMs))
        ring(.outbox)
    }

    private static func inserting(_ message: OutboxMessage, id: Int64, nowMs: Int64) -> Statement {
        """
        INSERT INTO outbox (id, workspace_id, kind, order_key, unique_key, reference, event_id, action_id, state, due_at, created_at)
        VALUES (\(id), \(message.workspace), \(message.kind.rawValue), \(message.orderKey), \(message.uniqueKey), \(message.reference),
            \(message.eventID), \(message.actionID), 'open', \(dueAt(.outbox, newID: id, orderKey: message.orderKey, nowMs)), \(nowMs))
        ON CONFLICT (unique_key) DO NOTHING
        """
    }

    /// Either conversions alone or everything else: thousands of conversions that wait hold back no other message.
    package func claimOutbox(
        nowMs: Int64, leaseMs: Int64, limit: Int, owner: String, conversions: Bool = false
    ) throws(StoreError) -> [ClaimedMessage] {
        let claims = try claim(
            .outbox, nowMs: nowMs, leaseMs: leaseMs, limit: limit, owner: owner, conversions: conversions, only: "")
        let claimed = Dictionary(claims.map { ($0.id, $0) }) { first, _ in first }
        return try run("SELECT * FROM outbox WHERE id IN (\(list: claims.map(\.id))) ORDER BY id")
            .decoded { row throws(StoreError) in try StoredMessage(row) }
            .compactMap { message in claimed[message.id].map { ClaimedMessage(claim: $0, message: message) } }
    }

    package func message(_ id: Int64) throws(StoreError) -> StoredMessage? {
        try run("SELECT * FROM outbox WHERE id = \(id)").decoded { row throws(StoreError) in try StoredMessage(row) }.first
    }

    /// Newest first.
    package func messages(state: QueueState?, limit: Int, before: Int64? = nil) throws(StoreError) -> [StoredMessage] {
        let condition: Statement = state.map { "AND state = \($0.rawValue)" } ?? ""
        return try run("SELECT * FROM outbox WHERE id < \(before ?? .max) \(condition) ORDER BY id DESC LIMIT \(limit)")
            .decoded { row throws(StoreError) in try StoredMessage(row) }
    }
}
