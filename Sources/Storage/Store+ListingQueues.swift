package import Core

/// Which jobs to list; nil: all.
package struct JobFilter: Sendable, Equatable {
    package var workspace: String?
    package var route: String?
    package var state: QueueState?
    /// A reason's code.
    package var reason: String?
    package var gate: String?
    package var eventID: Int64?
    /// By the event's time of receipt.
    package var sinceMs: Int64?
    package var untilMs: Int64?

    package init() {}
}

/// Which messages of the outbox to list; nil: all.
package struct MessageFilter: Sendable, Equatable {
    package var workspace: String?
    package var kind: String?
    package var state: QueueState?
    /// A reason's code.
    package var reason: String?
    package var gate: String?
    package var eventID: Int64?
    /// By the time at which it was put there.
    package var sinceMs: Int64?
    package var untilMs: Int64?

    package init() {}
}

/// A job in a list.
package struct JobListing: Sendable, Equatable {
    package let job: StoredJob
    /// Nil when the event is no longer stored.
    package let kind: String?
    package let receivedAtMs: Int64?

    package init(job: StoredJob, kind: String?, receivedAtMs: Int64?) {
        self.job = job
        self.kind = kind
        self.receivedAtMs = receivedAtMs
    }
}

extension Transaction {
    package func listJobs(_ filter: JobFilter, place: ListPlace, limit: Int) throws(StoreError) -> Listed<JobListing> {
        let factor = Int64(Limits.routesMax)
        var bounds = try eventBounds(sinceMs: filter.sinceMs, untilMs: filter.untilMs)
        if let id = filter.eventID { bounds = (max(bounds.first, id), min(bounds.end, id + 1)) }
        bounds = (bounds.first.scaled(by: factor), bounds.end.scaled(by: factor))
        let work = WorkFilter(
            table: "jobs", state: filter.state, reason: filter.reason, gate: filter.gate, eventID: nil)
        let source = try source(work)
        return try Walk(place, limit: limit, bounds: bounds).list(
            ids: { place, count throws(StoreError) in try self.workIDs(work, source, place, count) },
            rows: { ids throws(StoreError) in try self.jobRows(ids, filter, place).map { ($0.job.id, $0) } })
    }

    package func listMessages(_ filter: MessageFilter, place: ListPlace, limit: Int) throws(StoreError) -> Listed<StoredMessage> {
        let work = WorkFilter(
            table: "outbox", state: filter.state, reason: filter.reason, gate: filter.gate, eventID: filter.eventID)
        let source = try source(work)
        let bounds = Self.clockBounds(sinceMs: filter.sinceMs, untilMs: filter.untilMs)
        return try Walk(place, limit: limit, bounds: bounds).list(
            ids: { place, count throws(StoreError) in try self.workIDs(work, source, place, count) },
            rows: { ids throws(StoreError) in try self.messageRows(ids, filter, place).map { ($0.id, $0) } })
    }

    /// What the two queues are looked through by.
    private struct WorkFilter {
        let table: Statement
        let state: QueueState?
        let reason: String?
        let gate: String?
        let eventID: Int64?
    }

    private enum WorkSource {
        case all, event(Int64), gate(String), state(QueueState), reasons([String]), these([Int64])
    }

    private static let fewOpenWork = 4_096

    private func source(_ filter: WorkFilter) throws(StoreError) -> WorkSource {
        if let id = filter.eventID { return .event(id) }
        if let gate = filter.gate, filter.state == nil || filter.state == .held { return .gate(gate) }
        if filter.state == .dead || filter.state == .held, let state = filter.state { return .state(state) }
        if let code = filter.reason, let texts = try reasons("reason", of: filter.table, code: code) { return .reasons(texts) }
        if filter.state == .open {
            let rows = try run("SELECT id FROM \(filter.table) WHERE state = 'open' LIMIT \(Self.fewOpenWork + 1)")
            if rows.count <= Self.fewOpenWork {
                return .these(try rows.decoded { row throws(StoreError) in try row.int64("id") })
            }
        }
        return .all
    }

    private func workIDs(
        _ filter: WorkFilter, _ source: WorkSource, _ place: ListPlace, _ count: Int
    ) throws(StoreError) -> Candidates {
        switch source {
        case .all: try candidates(Self.walking(filter.table, "id", "", place, count), count: count)
        case .event(let id):
            try candidates(Self.walking(filter.table, "id", "event_id = \(id) AND", place, count), count: count)
        case .gate(let gate):
            try candidates(
                Self.walking(filter.table, "id", "state = 'held' AND gate = \(gate) AND", place, count), count: count)
        case .state(let state):
            try candidates(Self.walking(filter.table, "id", Self.itsState(state), place, count), count: count)
        case .reasons(let texts):
            try candidates(
                texts.map { Self.walking(filter.table, "id", "reason = \($0) AND", place, count) }, place: place, count: count)
        case .these(let ids): Self.part(of: ids, place, count)
        }
    }

    private func jobRows(_ ids: [Int64], _ filter: JobFilter, _ place: ListPlace) throws(StoreError) -> [JobListing] {
        var condition = Self.conditions("j", filter.state, filter.reason, filter.gate, filter.workspace)
        if let route = filter.route { condition = condition + " AND j.route = \(route)" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND e.received_at >= \(sinceMs)" }
        if let untilMs = filter.untilMs { condition = condition + " AND e.received_at < \(untilMs)" }
        return try run(
            """
            SELECT j.*, e.kind AS event_kind, e.received_at FROM jobs j LEFT JOIN events e ON e.id = j.event_id
            WHERE j.id IN (\(list: ids)) \(condition) \(place.order("j.id"))
            """
        ).decoded { row throws(StoreError) in
            JobListing(
                job: try StoredJob(row), kind: try row.textOrNil("event_kind"), receivedAtMs: try row.int64OrNil("received_at"))
        }
    }

    private func messageRows(_ ids: [Int64], _ filter: MessageFilter, _ place: ListPlace) throws(StoreError) -> [StoredMessage] {
        var condition = Self.conditions("o", filter.state, filter.reason, filter.gate, filter.workspace)
        if let kind = filter.kind { condition = condition + " AND o.kind = \(kind)" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND o.created_at >= \(sinceMs)" }
        if let untilMs = filter.untilMs { condition = condition + " AND o.created_at < \(untilMs)" }
        return try run("SELECT o.* FROM outbox o WHERE o.id IN (\(list: ids)) \(condition) \(place.order("o.id"))")
            .decoded { row throws(StoreError) in try StoredMessage(row) }
    }

    private static func conditions(
        _ table: Statement, _ state: QueueState?, _ reason: String?, _ gate: String?, _ workspace: String?
    ) -> Statement {
        var condition: Statement = ""
        if let state { condition = condition + " AND \(table).state = \(state.rawValue)" }
        if let reason { condition = condition + " AND \(hasReason("\(table).reason", reason))" }
        if let gate { condition = condition + " AND \(table).gate = \(gate)" }
        if let workspace { condition = condition + " AND \(table).workspace_id = \(workspace)" }
        return condition
    }
}
