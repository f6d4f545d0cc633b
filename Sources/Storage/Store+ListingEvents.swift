import Core

extension Transaction {
    /// Events that the filter lets through, from a place on.
    package func listEvents(_ filter: EventFilter, place: ListPlace, limit: Int) throws(StoreError) -> Listed<EventListing> {
        try walkEvents(filter, place: place, limit: limit) { ids, rest throws(StoreError) in
            try self.eventRows(ids, rest, place).map { ($0.event.id, $0) }
        }
    }

    /// The same, with what is made of each. `rows` is told what of the filter is left to look at: where the ids come from holds already.
    func walkEvents<Row: Sendable>(
        _ filter: EventFilter, place: ListPlace, limit: Int,
        rows: ([Int64], EventFilter) throws(StoreError) -> [(id: Int64, row: Row)]
    ) throws(StoreError) -> Listed<Row> {
        let bounds = try eventBounds(sinceMs: filter.sinceMs, untilMs: filter.untilMs)
        let walk = Walk(place, limit: limit, bounds: bounds)
        let source = try eventSource(filter, place: walk.place)
        let window = Self.window("id", bounds, sinceMs: filter.sinceMs, untilMs: filter.untilMs)
        var rest = filter
        if case .ref(let ref) = source {
            if rest.ref == ref { rest.ref = nil }
            if rest.lead == ref { rest.lead = nil }
        }
        return try walk.list(
            ids: { place, count throws(StoreError) in try self.eventIDs(source, place, count, window: window) },
            rows: { ids throws(StoreError) in try rows(ids, rest) })
    }

    /// What a table itself can leave out, row by row, where the bounds are not sharp.
    static func window(
        _ column: Statement, _ bounds: (first: Int64, end: Int64), sinceMs: Int64?, untilMs: Int64?
    ) -> Statement {
        var window: Statement = ""
        if let sinceMs { window = window + "\(column) >= \(bounds.first) AND received_at >= \(sinceMs) AND " }
        if let untilMs { window = window + "\(column) < \(bounds.end) AND received_at < \(untilMs) AND " }
        return window
    }

    /// Where to look for events: the narrowest of what the filter names.
    enum EventSource {
        case all
        case workspace(String)
        case ref(String)
        case state(QueueState)
        case unrouted
        /// Texts of jobs and faults of events.
        case reasons(jobs: [String], faults: [String])
        /// Few enough to be sorted.
        case these([Int64])
    }

    private static let fewOpen = 4_096
    private static let probe = 256

    func eventSource(_ filter: EventFilter, place: ListPlace) throws(StoreError) -> EventSource {
        var sources: [EventSource] = []
        for ref in [filter.ref, filter.lead].compactMap(\.self) { sources.append(.ref(ref)) }
        if let reason = filter.reason, let found = try reasonSource(reason) { sources.append(found) }
        switch filter.state {
        case .dead: sources.append(.state(.dead))
        case .held: sources.append(.state(.held))
        case .unrouted: sources.append(.unrouted)
        case .open: if let few = try fewOpenEvents() { return .these(few) }
        case .done, nil: break
        }
        if sources.isEmpty { return filter.workspace.map { .workspace($0) } ?? .all }
        guard sources.count > 1 else { return sources[0] }
        var narrowest = sources[0], least = Int.max
        for source in sources {
            let count = try eventIDs(source, place, Self.probe).ids.count
            if count < least { (narrowest, least) = (source, count) }
        }
        return narrowest
    }

    private func reasonSource(_ code: String) throws(StoreError) -> EventSource? {
        guard let jobs = try reasons("reason", of: "jobs", code: code),
            let faults = try reasons("fault", of: "events", code: code)
        else {
            return nil
        }
        return .reasons(jobs: jobs, faults: faults)
    }

    /// Nil when there are many: then the newest events are the likeliest to be open.
    private func fewOpenEvents() throws(StoreError) -> [Int64]? {
        let rows = try run("SELECT id FROM jobs WHERE state = 'open' LIMIT \(Self.fewOpen + 1)")
        guard rows.count <= Self.fewOpen else { return nil }
        return try rows.decoded { row throws(StoreError) in try row.int64("id") / Int64(Limits.routesMax) }
    }

    func eventIDs(
        _ source: EventSource, _ place: ListPlace, _ count: Int, window: Statement = ""
    ) throws(StoreError) -> Candidates {
        switch source {
        case .all: try candidates(Self.walking("events", "id", window, place, count), count: count)
        case .workspace(let name):
            try candidates(Self.walking("events", "id", "\(window) workspace_id = \(name) AND", place, count), count: count)
        case .ref(let ref):
            try candidates(
                Self.walking("event_refs", "event_id", "ref = \(ref) AND", place, count), count: count)
        case .unrouted: try candidates(Self.walking("events", "id", "\(window) routes = 0 AND", place, count), count: count)
        case .state(let state): try jobEvents(Self.itsState(state), place, count)
        case .reasons(let jobs, let faults): try reasonEvents(jobs, faults, place, count)
        case .these(let ids): Self.part(of: ids, place, count)
        }
    }

    static func walking(
        _ table: Statement, _ column: Statement, _ condition: Statement, _ place: ListPlace, _ count: Int
    ) -> Statement {
        """
        SELECT \(column) AS id FROM \(table) WHERE \(condition) \(place.condition(column)) \(place.order(column)) LIMIT \(count)
        """
    }

    /// Literal, as the indexes over held and dead work are.
    static func itsState(_ state: QueueState) -> Statement {
        switch state {
        case .open: "state = 'open' AND"
        case .held: "state = 'held' AND"
        case .dead: "state = 'dead' AND"
        case .done: "state = 'done' AND"
        }
    }

    /// A job's id is its event's times 64 plus its route's place.
    private func jobEvents(_ condition: Statement, _ place: ListPlace, _ count: Int) throws(StoreError) -> Candidates {
        let factor = Int64(Limits.routesMax)
        let jobs = try candidates(
            Self.walking("jobs", "id", condition, place.scaled(by: factor), count), count: count)
        return Candidates(ids: place.sorted(jobs.ids.map { $0 / factor }), isEnd: jobs.isEnd)
    }

    private func reasonEvents(
        _ jobs: [String], _ faults: [String], _ place: ListPlace, _ count: Int
    ) throws(StoreError) -> Candidates {
        var parts: [Candidates] = []
        for text in jobs { parts.append(try jobEvents("reason = \(text) AND", place, count)) }
        for text in faults {
            parts.append(try candidates(Self.walking("events", "id", "fault = \(text) AND", place, count), count: count))
        }
        return .merged(parts, place: place, count: count)
    }

    static func part(of ids: [Int64], _ place: ListPlace, _ count: Int) -> Candidates {
        let ahead = place.sorted(ids.filter(place.isAhead))
        return Candidates(ids: Array(ahead.prefix(count)), isEnd: ahead.count <= count)
    }

    /// Those of the events that the filter lets through, in the order of the walk.
    func eventRows(_ ids: [Int64], _ filter: EventFilter, _ place: ListPlace) throws(StoreError) -> [EventListing] {
        try run(Self.choosing("*", ids, filter, place)).decoded { row throws(StoreError) in try EventListing(row) }
    }

    static func choosing(_ columns: Statement, _ ids: [Int64], _ filter: EventFilter, _ place: ListPlace) -> Statement {
        let state: Statement = filter.state.map { "WHERE l.event_state = \($0.rawValue)" } ?? ""
        return """
            SELECT \(columns) FROM (\(Self.listedEvents) WHERE e.id IN (\(list: ids)) \(Self.conditions(filter))) l \(state)
            \(place.order("l.id"))
            """
    }

    private static let theirJobs: Statement = "FROM jobs j WHERE j.id >= e.id * 64 AND j.id < e.id * 64 + 64"

    private static let listedEvents: Statement = """
        SELECT e.*, CASE WHEN e.routes = 0 THEN 'unrouted' ELSE
                CASE (SELECT MIN(CASE j.state WHEN 'dead' THEN 0 WHEN 'held' THEN 1 WHEN 'open' THEN 2 ELSE 3 END) \(theirJobs))
                WHEN 0 THEN 'dead' WHEN 1 THEN 'held' WHEN 2 THEN 'open' ELSE 'done' END END AS event_state,
            COALESCE((SELECT j.reason \(theirJobs) AND j.reason IS NOT NULL
                ORDER BY CASE j.state WHEN 'dead' THEN 0 WHEN 'held' THEN 1 ELSE 2 END, j.id LIMIT 1), e.fault) AS event_reason
        FROM events e
        """

    private static func conditions(_ filter: EventFilter) -> Statement {
        var condition: Statement = ""
        if let workspace = filter.workspace { condition = condition + " AND e.workspace_id = \(workspace)" }
        if let kind = filter.kind { condition = condition + " AND e.kind = \(kind)" }
        if let object = filter.object { condition = condition + " AND e.object = \(object)" }
        if let field = filter.field { condition = condition + " AND e.field = \(field)" }
        if let accountID = filter.accountID { condition = condition + " AND e.account_id = \(accountID)" }
        for ref in [filter.ref, filter.lead].compactMap(\.self) {
            // A scalar on purpose: PostgreSQL would turn EXISTS into a join that begins with all of the entity's events, of all days.
            condition = condition + " AND e.id = (SELECT r.event_id FROM event_refs r WHERE r.ref = \(ref) AND r.event_id = e.id)"
        }
        if let reason = filter.reason {
            let ofJob: Statement = "EXISTS (SELECT 1 \(theirJobs) AND \(hasReason("j.reason", reason)))"
            condition = condition + " AND (\(ofJob) OR \(hasReason("e.fault", reason)))"
        }
        if let sinceMs = filter.sinceMs { condition = condition + " AND e.received_at >= \(sinceMs)" }
        if let untilMs = filter.untilMs { condition = condition + " AND e.received_at < \(untilMs)" }
        return condition
    }
}
