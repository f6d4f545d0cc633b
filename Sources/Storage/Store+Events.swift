import Core

/// Where an event is, from the states of its jobs: the one that most needs a person comes first.
package enum EventState: String, Sendable, CaseIterable {
    case unrouted, dead, held, open, done
}

/// Which events to list; nil: all.
package struct EventFilter: Sendable, Equatable {
    package var workspace: String?
    package var kind: String?
    package var object: String?
    package var field: String?
    package var accountID: String?
    /// The id of an ad, ad set, campaign, account, lead or comment that the event names.
    package var ref: String?
    /// The id of a lead; together with `ref`, both are named.
    package var lead: String?
    package var state: EventState?
    /// Of a job that is not done: the code that its reason begins with.
    package var reason: String?
    /// By the time of receipt; `untilMs` itself no longer.
    package var sinceMs: Int64?
    package var untilMs: Int64?

    package init() {}
}

/// An event in a list.
package struct EventListing: Sendable, Equatable {
    package let event: StoredEvent
    package let state: EventState
    /// Of a job that is dead, held or waits to be tried again; else the event's own fault.
    package let reason: String?
}

/// An event with all that came of it.
package struct EventDetail: Sendable, Equatable {
    package let listing: EventListing
    package let jobs: [StoredJob]
    package let messages: [StoredMessage]
}

extension Transaction {
    /// Newest first; with `after`, oldest first, to follow.
    package func events(_ filter: EventFilter, limit: Int, before: Int64? = nil, after: Int64? = nil) throws(StoreError)
        -> [EventListing]
    {
        let order: Statement = after == nil ? "DESC" : "ASC"
        return try run(
            """
            \(Self.listing) WHERE e.id < \(before ?? .max) AND e.id > \(after ?? .min) \(Self.condition(filter))
            ORDER BY e.id \(order) LIMIT \(limit)
            """
        ).decoded { row throws(StoreError) in try EventListing(row) }
    }

    package func event(_ id: Int64) throws(StoreError) -> EventDetail? {
        guard let row = try run("\(Self.listing) WHERE e.id = \(id)").first else { return nil }
        let messages = try run("SELECT * FROM outbox WHERE event_id = \(id) ORDER BY id")
        return EventDetail(
            listing: try EventListing(row), jobs: try jobs(of: id),
            messages: try messages.decoded { row throws(StoreError) in try StoredMessage(row) })
    }

    /// The jobs of an event have ids next to each other.
    private static let itsJobs: Statement = "j.id >= e.id * 64 AND j.id < e.id * 64 + 64"

    private static let listing: Statement = """
        SELECT e.*, CASE
                WHEN e.routes = 0 THEN 'unrouted'
                WHEN EXISTS (SELECT 1 FROM jobs j WHERE \(itsJobs) AND j.state = 'dead') THEN 'dead'
                WHEN EXISTS (SELECT 1 FROM jobs j WHERE \(itsJobs) AND j.state = 'held') THEN 'held'
                WHEN EXISTS (SELECT 1 FROM jobs j WHERE \(itsJobs) AND j.state = 'open') THEN 'open'
                ELSE 'done' END AS event_state,
            COALESCE((SELECT j.reason FROM jobs j WHERE \(itsJobs) AND j.reason IS NOT NULL
                ORDER BY CASE j.state WHEN 'dead' THEN 0 WHEN 'held' THEN 1 ELSE 2 END, j.id LIMIT 1), e.fault) AS event_reason
        FROM events e
        """

    static func condition(_ filter: EventFilter) -> Statement {
        var condition: Statement = ""
        if let workspace = filter.workspace { condition = condition + " AND e.workspace_id = \(workspace)" }
        if let kind = filter.kind { condition = condition + " AND e.kind = \(kind)" }
        if let object = filter.object { condition = condition + " AND e.object = \(object)" }
        if let field = filter.field { condition = condition + " AND e.field = \(field)" }
        if let accountID = filter.accountID { condition = condition + " AND e.account_id = \(accountID)" }
        for ref in [filter.ref, filter.lead].compactMap(\.self) {
            condition = condition + " AND e.id IN (SELECT event_id FROM event_refs WHERE ref = \(ref))"
        }
        if let reason = filter.reason {
            condition =
                condition + """
                     AND e.id IN (SELECT event_id FROM jobs WHERE reason >= \(reason) AND reason < \(reason + ";") AND state <> 'done')
                    """
        }
        if let untilMs = filter.untilMs { condition = condition + " AND e.received_at < \(untilMs)" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND e.received_at >= \(sinceMs)" }
        return condition + Self.condition(filter.state)
    }

    private static func condition(_ state: EventState?) -> Statement {
        let dead: Statement = "e.id IN (SELECT event_id FROM jobs WHERE state = 'dead')"
        let held: Statement = "e.id IN (SELECT event_id FROM jobs WHERE state = 'held')"
        let open: Statement = "EXISTS (SELECT 1 FROM jobs j WHERE \(itsJobs) AND j.state = 'open')"
        return switch state {
        case nil: ""
        case .unrouted: " AND e.routes = 0"
        case .dead: " AND \(dead)"
        case .held: " AND \(held) AND NOT \(dead)"
        case .open: " AND \(open) AND NOT \(dead) AND NOT \(held)"
        case .done: " AND e.routes > 0 AND NOT \(open) AND NOT \(dead) AND NOT \(held)"
        }
    }
}

extension EventListing {
    init(_ row: Row) throws(StoreError) {
        self.init(
            event: try StoredEvent(row), state: try row.choice("event_state", EventState.self),
            reason: try row.textOrNil("event_reason"))
    }
}
