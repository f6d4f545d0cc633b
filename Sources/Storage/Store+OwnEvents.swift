package import Core

/// What happened in one minute.
package struct OwnMinute: Sendable, Equatable {
    /// Its beginning.
    package let startMs: Int64
    package let count: Int64
    /// Minor units per currency.
    package let revenueMinor: [String: Int64]

    package init(startMs: Int64, count: Int64, revenueMinor: [String: Int64]) {
        self.startMs = startMs
        self.count = count
        self.revenueMinor = revenueMinor
    }
}

extension Transaction {
    /// Counts an event for the entities behind it; again: nothing changes.
    package func insertOwn(_ own: OwnEvent, eventID: Int64, workspace: String) throws(StoreError) {
        for entity in own.entities {
            try insert(
                "INSERT INTO own_events (workspace_id, metric, level, entity_id, at, event_id, value_minor, currency)",
                row: """
                    (\(workspace), \(own.count.rawValue), \(entity.level.rawValue), \(entity.id), \(own.atMs), \(eventID),
                    \(own.valueMinor), \(own.currency))
                    """, "ON CONFLICT (workspace_id, metric, level, entity_id, at, event_id) DO NOTHING")
        }
    }

    /// What our own events of an entity and of all below it came to, from `sinceMs` to before `untilMs`; each event counts once.
    ///
    /// What is below it is looked up now: an event counts for a campaign from the moment that its ad is known to be there.
    package func ownFigures(
        workspace: String, ref: EntityRef, sinceMs: Int64, untilMs: Int64
    ) throws(StoreError) -> OwnFigures {
        var figures = OwnFigures()
        for count in OwnCount.allCases {
            let rows = try run(
                """
                SELECT currency, \(Self.sums), MAX(event_id) AS latest
                FROM (\(Self.eachOnce(count, of: ref, workspace, sinceMs, untilMs))) once GROUP BY currency
                """)
            for row in rows { try figures.add(count, OwnSum(row), latest: row.int64("latest")) }
        }
        return figures
    }

    /// The same by the minute, oldest first; minutes in which nothing happened are left out.
    package func ownByMinute(
        workspace: String, ref: EntityRef, _ count: OwnCount, sinceMs: Int64, untilMs: Int64
    ) throws(StoreError) -> [OwnMinute] {
        let rows = try run(
            """
            SELECT at - at % 60000 AS minute, currency, \(Self.sums)
            FROM (\(Self.eachOnce(count, of: ref, workspace, sinceMs, untilMs))) once GROUP BY minute, currency ORDER BY minute
            """)
        var minutes: [OwnMinute] = []
        for row in rows {
            let (startMs, sum) = (try row.int64("minute"), try OwnSum(row))
            let last = minutes.last.flatMap { $0.startMs == startMs ? $0 : nil }
            if last != nil { minutes.removeLast() }
            var revenue = last?.revenueMinor ?? [:]
            sum.add(to: &revenue)
            minutes.append(OwnMinute(startMs: startMs, count: (last?.count ?? 0) + sum.count, revenueMinor: revenue))
        }
        return minutes
    }

    /// Sums in two halves: no value that a shop sends makes a sum overflow.
    private static let sums: Statement = """
        COUNT(*) AS events, COUNT(value_minor) AS valued, CAST(COALESCE(SUM(value_minor / 1000000), 0) AS BIGINT) AS millions,
            CAST(COALESCE(SUM(value_minor % 1000000), 0) AS BIGINT) AS rest
        """

    /// The events of one kind that count for an entity: one comment under a post that three of its ads show is one comment.
    private static func eachOnce(
        _ count: OwnCount, of ref: EntityRef, _ workspace: String, _ sinceMs: Int64, _ untilMs: Int64
    ) -> Statement {
        func rows(_ level: EntityLevel, _ entities: Statement) -> Statement {
            """
            SELECT event_id, at, value_minor, currency FROM own_events WHERE workspace_id = \(workspace) AND metric = \(count.rawValue)
                AND level = \(level.rawValue) AND entity_id \(entities) AND at >= \(sinceMs) AND at < \(untilMs)
            """
        }
        let all = EntityLevel.allCases.filter { $0 > ref.level }.map { rows($0, below(ref, at: $0, workspace)) }
            .reduce(rows(ref.level, "= \(ref.id)")) { $0 + " UNION ALL " + $1 }
        return """
            SELECT event_id, MIN(at) AS at, MAX(value_minor) AS value_minor, MAX(currency) AS currency FROM (\(all)) every GROUP BY event_id
            """
    }

    private static func below(_ ref: EntityRef, at level: EntityLevel, _ workspace: String) -> Statement {
        let parent: Statement =
            switch ref.level {
            case .account: "account_id = \(ref.id)"
            case .campaign: "campaign_id = \(ref.id)"
            case .adset, .ad: "adset_id = \(ref.id)"
            }
        return "IN (SELECT entity_id FROM entities WHERE workspace_id = \(workspace) AND \(parent) AND level = \(level.rawValue))"
    }

    /// Notes since when the events of these workspaces are stored here.
    package func rememberWorkspaces(_ names: [String], nowMs: Int64) throws(StoreError) {
        for name in names {
            try run(
                "INSERT INTO workspaces (workspace_id, since) VALUES (\(name), \(nowMs)) ON CONFLICT (workspace_id) DO NOTHING")
        }
    }

    /// Since when own figures of a workspace are complete; nil: it was never served.
    package func workspaceSince(_ name: String) throws(StoreError) -> Int64? {
        try run("SELECT since FROM workspaces WHERE workspace_id = \(name)").first.map { row throws(StoreError) in
            try row.int64("since")
        }
    }
}

/// Events of one kind and currency, added up.
private struct OwnSum {
    let currency: String?
    let count: Int64
    let valued: Int64
    let valueMinor: Int64

    init(_ row: Row) throws(StoreError) {
        currency = try row.textOrNil("currency")
        count = try row.int64("events")
        valued = try row.int64("valued")
        let (millions, rest) = (try row.int64("millions"), try row.int64("rest"))
        let (high, overflows) = millions.multipliedReportingOverflow(by: 1_000_000)
        valueMinor = overflows ? (millions < 0 ? .min : .max) : Self.sum(high, rest)
    }

    func add(to revenue: inout [String: Int64]) {
        guard let currency, valued > 0 else { return }
        revenue[currency] = Self.sum(revenue[currency] ?? 0, valueMinor)
    }

    func subtract(from revenue: inout [String: Int64]) {
        guard let currency, valueMinor != 0 else { return }
        revenue[currency] = Self.sum(revenue[currency] ?? 0, valueMinor == .min ? .max : -valueMinor)
    }

    /// Stays at the greatest number instead of overflowing.
    private static func sum(_ a: Int64, _ b: Int64) -> Int64 {
        let (sum, overflows) = a.addingReportingOverflow(b)
        return overflows ? (b < 0 ? .min : .max) : sum
    }
}

extension OwnFigures {
    fileprivate mutating func add(_ count: OwnCount, _ sum: OwnSum, latest eventID: Int64) {
        latest[count] = max(latest[count] ?? .min, eventID)
        switch count {
        case .lead: leads += sum.count
        case .comment: comments += sum.count
        case .refund:
            refunds += sum.count
            refundsWithoutValue += sum.count - sum.valued
            sum.subtract(from: &revenueMinor)
        case .purchase:
            purchases += sum.count
            purchasesWithoutValue += sum.currency == nil ? sum.count : sum.count - sum.valued
            sum.add(to: &revenueMinor)
        }
    }
}
