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
        let id = try nextID(nowMs)
        try insert(
            Self.insertingHead, row: Self.row(message, id: id, nowMs: nowMs), Self.insertingTail, key: message.orderKey)
        ring(.outbox)
    }

    private static func inserting(_ message: OutboxMessage, id: Int64, nowMs: Int64) -> Statement {
        "\(insertingHead) VALUES \(row(message, id: id, nowMs: nowMs)) \(insertingTail)"
    }

    private static let insertingHead: Statement = """
        INSERT INTO outbox (id, workspace_id, kind, order_key, unique_key, reference, event_id, action_id, state, due_at, created_at)
        """

    private static let insertingTail: Statement = "ON CONFLICT (unique_key) DO NOTHING"

    private static func row(_ message: OutboxMessage, id: Int64, nowMs: Int64) -> Statement {
        """
        (\(id), \(message.workspace), \(message.kind.rawValue), \(message.orderKey), \(message.uniqueKey), \(message.reference),
            \(message.eventID), \(message.actionID), 'open', \(dueAt(.outbox, newID: id, orderKey: message.orderKey, nowMs)), \(nowMs))
        """
    }

    /// Either conversions alone or everything else: thousands of conversions that wait hold back no other message.
    ///
    /// `among`: these alone, where they are due; nil: all.
    package func claimOutbox(
        nowMs: Int64, leaseMs: Int64, limit: Int, owner: String, conversions: Bool = false, among ids: [Int64]? = nil
    ) throws(StoreError) -> [ClaimedMessage] {
        let filter: Statement = ids.map { "AND q.id IN (\(list: $0))" } ?? ""
        let claims = try claim(
            .outbox, nowMs: nowMs, leaseMs: leaseMs, limit: limit, owner: owner, conversions: conversions, only: filter)
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

// MARK: conversions

/// A conversion that is due, and since when.
package struct WaitingConversion: Sendable, Equatable {
    package let id: Int64
    package let workspace: String
    package let reference: String
    package let dueAtMs: Int64
}

extension StoredMessage {
    private static let attemptMember = "first_attempt_at"

    /// When Meta may have got it first, in ms since 1970; nil: it can't have it, or nobody knows.
    ///
    /// Kept in `reference`, among the ids.
    package var firstAttemptMs: Int64? { (try? JSON.parse(Array(reference.utf8)))?[Self.attemptMember]?.integer }

    /// `reference` with the time of the first attempt.
    fileprivate func reference(firstAttemptMs: Int64) -> String {
        guard case .object(var object)? = try? JSON.parse(Array(reference.utf8)) else { return reference }
        object[Self.attemptMember] = .integer(firstAttemptMs)
        return JSON.object(object).encoded()
    }
}

extension Transaction {
    /// Conversions that are due, the longest due first.
    package func waitingConversions(dueAtMs: Int64, limit: Int) throws(StoreError) -> [WaitingConversion] {
        try run(
            """
            SELECT id, workspace_id, reference, due_at FROM outbox WHERE state = 'open' AND kind = 'conversion' AND due_at <= \(dueAtMs)
            ORDER BY due_at, id LIMIT \(limit)
            """
        ).decoded { row throws(StoreError) in
            WaitingConversion(
                id: try row.int64("id"), workspace: try row.text("workspace_id"), reference: try row.text("reference"),
                dueAtMs: try row.int64("due_at"))
        }
    }

    /// To be tried again; counts, and notes when the first attempt was. False: the lease had run out.
    package func retry(
        _ claimed: ClaimedMessage, dueAtMs: Int64, reason: String, firstAttemptMs: Int64
    ) throws(StoreError) -> Bool {
        let (claim, reference) = (claimed.claim, claimed.message.reference(firstAttemptMs: firstAttemptMs))
        return try !run(
            """
            UPDATE outbox SET due_at = \(dueAtMs), reason = \(reason), reference = \(reference), owner = NULL
            WHERE id = \(claim.id) AND attempt = \(claim.attempt) AND state = 'open' RETURNING id
            """
        ).isEmpty
    }

    /// Notes before a call that these are under way: should the process die in it, who finds that reason knows that they may have arrived.
    package func noteUnderWay(_ claims: [Claim], reason: String) throws(StoreError) {
        for claim in claims {
            try later(
                "UPDATE outbox SET reason = \(reason) WHERE id = \(claim.id) AND attempt = \(claim.attempt) AND state = 'open'")
        }
    }

    /// One of the messages that wait for the gate goes ahead, to see whether it gets through; another one each time, so that one that is
    /// faulty itself keeps no gate closed. `draw`: uniform in 0..<1 000 000. False: none waits.
    package func reopenAny(_ gate: Gate, draw: Int64, nowMs: Int64) throws(StoreError) -> Bool {
        let waiting = try run("SELECT COUNT(*) AS n FROM outbox WHERE gate = \(gate.text) AND state = 'held'")[0].int64("n")
        let place = waiting * draw / 1_000_000
        let opened = try run(
            """
            UPDATE outbox SET state = 'open', due_at = \(nowMs), gate = NULL, owner = NULL
            WHERE id = (SELECT id FROM outbox WHERE gate = \(gate.text) AND state = 'held' ORDER BY id LIMIT 1 OFFSET \(place))
                AND state = 'held' RETURNING id
            """)
        if !opened.isEmpty { ring(.outbox) }
        return !opened.isEmpty
    }
}
