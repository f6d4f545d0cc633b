package import Core

/// An entity that events touched, and when it is to be read.
package struct TouchedRow: Sendable, Equatable {
    package let id: Int64
    package let workspace: String
    /// Empty where no event has named it yet.
    package let accountID: String
    package let ref: EntityRef
    package let state: QueueState
    package let dueAtMs: Int64
    /// A read is under way.
    package let isLeased: Bool
    package let attempt: Int64
    /// One more with every touch; a read completes only the generation it has seen.
    package let generation: Int64
    /// First and last event, and their number, since what was last read.
    package let firstEventID: Int64
    package let lastEventID: Int64
    package let eventCount: Int64
    package let firstTouchedAtMs: Int64
    package let lastTouchedAtMs: Int64
    package let lastReadAtMs: Int64?
    /// Follow-up reads done or planned since the last touch.
    package let followUp: Int
    /// When a read that already waits is due: the due time of an open row, or what a touch asked for while the row was leased.
    package let pendingDueAtMs: Int64?
    package let reason: String?
    package let gate: String?

    /// `nowMs` tells a lease from a lease that has run out; `afterRead`: the lease has just been given back.
    init(_ row: Row, nowMs: Int64, afterRead: Bool = false) throws(StoreError) {
        id = try row.int64("id")
        workspace = try row.text("workspace_id")
        accountID = try row.text("account_id")
        ref = EntityRef(try row.choice("level", EntityLevel.self), try row.text("entity_id"))
        state = try row.choice("state", QueueState.self)
        dueAtMs = try row.int64("due_at")
        isLeased = try row.textOrNil("owner") != nil && state == .open && dueAtMs > nowMs
        attempt = try row.int64("attempt")
        generation = try row.int64("generation")
        firstEventID = try row.int64("first_event_id")
        lastEventID = try row.int64("last_event_id")
        eventCount = try row.int64("event_count")
        firstTouchedAtMs = try row.int64("first_touched_at")
        lastTouchedAtMs = try row.int64("last_touched_at")
        lastReadAtMs = try row.int64OrNil("last_read_at")
        followUp = try row.int("follow_up")
        let wish = try row.int64OrNil("pending_due_at")
        pendingDueAtMs = state == .open && !isLeased && !afterRead ? dueAtMs : wish
        reason = try row.textOrNil("reason")
        gate = try row.textOrNil("gate")
    }

    /// A touch of this row adds to what is still to be read.
    var isUnread: Bool {
        guard state == .open || state == .held else { return false }
        return lastReadAtMs.map { $0 < lastTouchedAtMs } ?? true
    }
}

/// A touched entity that is leased.
package struct ClaimedTouched: Sendable, Equatable {
    package let claim: Claim
    package let row: TouchedRow
}

/// What a refresh's completion came to.
package enum TouchedCompletion: Sendable, Equatable {
    case completed
    /// A touch came while the read was under way: the row stays open and is read again.
    case touchedAgain
    /// The lease had run out and somebody else has the row.
    case fenced
}
