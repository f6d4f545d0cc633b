package import Core

/// Whose figures, and of which time; nil: all.
package struct ReportFilter: Sendable, Equatable {
    package var workspace: String?
    package var source: String?
    package var dataset: String?
    /// When it was received, in whole hours: the hour in which this lies is the first.
    package var sinceMs: Int64?
    /// The hour in which this lies is left out.
    package var untilMs: Int64?

    package init() {}
}

extension Transaction {
    /// Adds figures to those that are there.
    ///
    /// Only one gateway at a time decodes, so that no two transactions wait for each other's rows.
    package func add(_ tally: ReportTally) throws(StoreError) {
        var rest = tally.rows[...]
        while !rest.isEmpty {
            // a power of two: each number of rows is a statement of its own, and a row must not be there twice
            var count = 1
            while count * 2 <= min(rest.count, Self.talliesPerStatement) { count *= 2 }
            let rows = rest.prefix(count).map { row in
                let group = row.group
                return [
                    "\(group.workspace)", "\(group.source)", "\(group.dataset)", "\(group.eventName)", "\(group.hour)",
                    "\(row.figure)", "\(row.n)",
                ] as [Statement]
            }
            rest = rest.dropFirst(count)
            try later(
                """
                INSERT INTO conversion_tallies (workspace_id, source, dataset, event_name, hour, figure, n) VALUES \(rows: rows)
                ON CONFLICT (workspace_id, source, dataset, event_name, hour, figure) DO UPDATE SET n =
                    CASE WHEN conversion_tallies.n BETWEEN \(-ReportTally.nMax) AND \(ReportTally.nMax)
                        THEN conversion_tallies.n + excluded.n ELSE conversion_tallies.n END
                """)
        }
    }

    private static let talliesPerStatement = 64

    /// The figures of a range of hours, added up; by source, dataset, name and figure.
    package func tallies(_ filter: ReportFilter) throws(StoreError) -> [ReportTally.Row] {
        return try run(
            """
            SELECT workspace_id, source, dataset, event_name, figure, CAST(SUM(n) AS BIGINT) AS n FROM conversion_tallies
            WHERE \(Self.tallied(filter)) GROUP BY workspace_id, source, dataset, event_name, figure
            ORDER BY workspace_id, source, dataset, event_name, figure
            """
        ).decoded { row throws(StoreError) in
            ReportTally.Row(
                group: ReportTally.Group(
                    workspace: try row.text("workspace_id"), source: try row.text("source"), dataset: try row.text("dataset"),
                    eventName: try row.text("event_name"), hour: 0),
                figure: try row.text("figure"), n: try row.int64("n"))
        }
    }

    /// Sources that figures are known of.
    package func reportedSources(_ filter: ReportFilter) throws(StoreError) -> [(workspace: String, source: String)] {
        try run(
            "SELECT DISTINCT workspace_id, source FROM conversion_tallies WHERE \(Self.tallied(filter)) ORDER BY workspace_id, source"
        )
        .decoded { row throws(StoreError) in (try row.text("workspace_id"), try row.text("source")) }
    }

    /// What became of the events of whole hours, with how long Meta's answer took.
    package func outcomes(_ filter: ReportFilter) throws(StoreError) -> [Report.OutcomeRow] {
        var delay: Statement = "CASE WHEN c.forwarded_at IS NULL THEN NULL"
        for (place, end) in ReportAge.ends.enumerated() {
            delay = delay + " WHEN c.forwarded_at - c.received_at <= \(end * 1_000) THEN \(place)"
        }
        delay = delay + " ELSE \(ReportAge.ends.count) END"
        return try run(
            """
            SELECT workspace_id, source, dataset, event_name, state, reason, delay, COUNT(*) AS n, MAX(forwarded_at) AS last FROM (
                SELECT c.workspace_id, c.source, c.dataset, c.event_name, c.state, COALESCE(c.fault_code, c.reason) AS reason,
                    \(delay) AS delay, c.forwarded_at
                FROM conversion_events c WHERE \(try received(filter)) AND c.is_test = 0) x
            GROUP BY workspace_id, source, dataset, event_name, state, reason, delay
            """
        ).decoded { row throws(StoreError) in
            let reason = try row.textOrNil("reason") ?? ""
            return Report.OutcomeRow(
                workspace: try row.text("workspace_id"), source: try row.text("source"), dataset: try row.text("dataset"),
                eventName: try row.text("event_name"),
                outcome: ReportSection.Outcome(
                    state: try row.choice("state", ConversionState.self), reason: String(reason.prefix { $0 != ":" }),
                    events: try row.int64("n")),
                delay: try row.int64OrNil("delay").map(Int.init), lastAcceptedMs: try row.int64OrNil("last"))
        }
    }

    /// Purchases that came under two ids: of one order within 7 days, or of one person and amount within 10 minutes. A few of each.
    package func doubles(_ filter: ReportFilter) throws(StoreError) -> [ReportDouble] {
        let purchases: Statement =
            """
            \(try received(filter)) AND c.event_name = 'Purchase' AND c.conversion_id IS NOT NULL AND c.is_test = 0
                AND c.state IN ('waiting', 'forwarded')
            """
        let ofOrders = try run(
            """
            SELECT c.workspace_id, c.dataset, c.order_key, MIN(c.conversion_id) AS a, MAX(c.conversion_id) AS b FROM conversion_events c
            WHERE \(purchases) AND c.order_key IS NOT NULL
            GROUP BY c.workspace_id, c.dataset, c.order_key
            HAVING MIN(c.conversion_id) <> MAX(c.conversion_id) AND MAX(c.event_time) - MIN(c.event_time) <= 604800
            ORDER BY c.workspace_id, c.dataset, c.order_key LIMIT \(Self.doublesMax)
            """
        ).decoded { row throws(StoreError) in
            ReportDouble(
                sign: .order, workspace: try row.text("workspace_id"), dataset: try row.text("dataset"),
                orderKey: try row.text("order_key"), ids: [try row.text("a"), try row.text("b")])
        }
        return try ofOrders + doublesOfPeople(purchases)
    }

    private static let doublesMax = 100

    private func doublesOfPeople(_ purchases: Statement) throws(StoreError) -> [ReportDouble] {
        try run(
            """
            SELECT DISTINCT workspace_id, dataset, before_id, conversion_id FROM (
                SELECT c.workspace_id, c.dataset, c.conversion_id, c.order_key, c.event_time,
                    LAG(c.conversion_id) OVER w AS before_id, LAG(c.order_key) OVER w AS before_order,
                    LAG(c.event_time) OVER w AS before_time
                FROM conversion_events c JOIN person_keys p ON p.kind = 'conversion' AND p.row_id = c.event_id
                WHERE \(purchases) AND c.value_minor > 0 AND c.currency IS NOT NULL
                WINDOW w AS (PARTITION BY c.workspace_id, c.dataset, p.key, c.currency, c.value_minor ORDER BY c.event_time, c.event_id)) x
            WHERE before_id IS NOT NULL AND before_id <> conversion_id AND event_time - before_time <= 600
                AND COALESCE(before_order, '') <> COALESCE(order_key, '')
            ORDER BY workspace_id, dataset, before_id, conversion_id LIMIT \(Self.doublesMax)
            """
        ).decoded { row throws(StoreError) in
            ReportDouble(
                sign: .person, workspace: try row.text("workspace_id"), dataset: try row.text("dataset"), orderKey: nil,
                ids: [try row.text("before_id"), try row.text("conversion_id")])
        }
    }

    // MARK: parts of statements

    private static func tallied(_ filter: ReportFilter) -> Statement {
        var condition: Statement = "hour >= \(filter.sinceMs.map { $0 / 3_600_000 } ?? 0)"
        if let untilMs = filter.untilMs { condition = condition + " AND hour < \(untilMs / 3_600_000)" }
        if let workspace = filter.workspace { condition = condition + " AND workspace_id = \(workspace)" }
        if let source = filter.source { condition = condition + " AND source = \(source)" }
        if let dataset = filter.dataset { condition = condition + " AND dataset = \(dataset)" }
        return condition
    }

    /// Of `conversion_events` as `c`. Ids rise with the time of receipt, so that a range of the primary key is read, and no more.
    private func received(_ filter: ReportFilter) throws(StoreError) -> Statement {
        var condition: Statement = "1 = 1"
        if let sinceMs = filter.sinceMs {
            let fromMs = sinceMs / 3_600_000 * 3_600_000
            let first = try firstYoung("conversion_events", "event_id", "received_at", fromMs)
            condition = condition + " AND c.event_id >= \(first) AND c.received_at >= \(fromMs)"
        }
        if let untilMs = filter.untilMs {
            condition = condition + " AND c.received_at < \(untilMs / 3_600_000 * 3_600_000)"
        }
        if let workspace = filter.workspace { condition = condition + " AND c.workspace_id = \(workspace)" }
        if let source = filter.source { condition = condition + " AND c.source = \(source)" }
        if let dataset = filter.dataset { condition = condition + " AND c.dataset = \(dataset)" }
        return condition
    }
}

extension Store {
    /// The report of a range of hours. In three reads, so that nobody else waits long for a reader.
    package func report(_ filter: ReportFilter) async throws -> Report {
        let tallies = try await read { try $0.tallies(filter) }
        let outcomes = try await read { try $0.outcomes(filter) }
        let doubles = try await read { try $0.doubles(filter) }
        return Report(tallies: tallies, outcomes: outcomes, doubles: doubles)
    }
}
