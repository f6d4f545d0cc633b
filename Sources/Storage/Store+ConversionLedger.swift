package import Core

/// Whose orders, and of which time.
package struct LedgerFilter: Sendable, Equatable {
    package var workspace: String
    package var source: String
    /// Nil: all.
    package var dataset: String?
    /// What makes an event one of an order; nil: any event that names one. Events in quarantine whose name can't be read are taken along.
    package var eventName: String?
    /// When it was received.
    package var sinceMs: Int64?
    package var untilMs: Int64?

    package init(workspace: String, source: String) {
        self.workspace = workspace
        self.source = source
    }

    /// Where nobody says since when: 30 days ago.
    package static func defaultSinceMs(nowMs: Int64) -> Int64 { max(0, nowMs - 30 * 86_400_000) }
}

/// A part of a source's entries, in the order of their keys.
package struct LedgerPage: Sendable {
    package let entries: [LedgerEntry]
    /// Where the next one goes on; nil at the end.
    package let next: Place?

    package struct Place: Sendable, Equatable {
        package let orderKey: String
        package let eventID: Int64
    }
}

/// What is counted before the orders are read one by one.
package struct LedgerCounts: Sendable, Equatable {
    package let orders: Int
    package let eventsWithoutOrder: Int
    package let eventsMissing: Int
    /// Events that came later are not in these counts.
    package let lastEventID: Int64
}

extension Transaction {
    /// Notes that a conversion was told again under the same dataset, name and id, and is dropped: the order that it is about may be
    /// another, and would be nowhere.
    package func insertRepeat(
        _ conversion: ConversionEvent, workspace: String, eventID: Int64, receivedAtMs: Int64
    ) throws(StoreError) {
        let facts = conversion.facts
        try later(
            """
            INSERT INTO conversion_repeats (event_id, workspace_id, source, dataset, event_name, conversion_id, order_key, first_event_id,
                received_at)
            VALUES (\(eventID), \(workspace), \(facts.source), \(facts.dataset), \(facts.eventName), \(facts.eventID),
                \(facts.orderKey),
                (SELECT k.event_id FROM event_keys k WHERE k.workspace_id = \(workspace)
                    AND k.dedupe_key = \(conversion.event.dedupeKey ?? "")),
                \(receivedAtMs))
            ON CONFLICT (event_id) DO NOTHING
            """)
    }

    // MARK: the ledger

    package func ledgerCounts(_ filter: LedgerFilter) throws(StoreError) -> LedgerCounts {
        let last = max(
            try run("SELECT MAX(event_id) AS last FROM conversion_events")[0].int64OrNil("last") ?? 0,
            try run("SELECT MAX(event_id) AS last FROM conversion_repeats")[0].int64OrNil("last") ?? 0)
        let orders = try run(
            """
            SELECT COUNT(*) AS count FROM (
                SELECT c.order_key FROM conversion_events c WHERE \(try condition(.events, filter, last)) AND c.order_key IS NOT NULL
                UNION SELECT r.order_key FROM conversion_repeats r WHERE \(try condition(.repeats, filter, last))
                    AND r.order_key IS NOT NULL) o
            """)[0].int("count")
        let without = try run(
            "SELECT COUNT(*) AS count FROM conversion_events c WHERE \(try condition(.events, filter, last)) AND c.order_key IS NULL"
        )[0]
        .int("count")
        return LedgerCounts(
            orders: orders, eventsWithoutOrder: without, eventsMissing: try eventsMissing(filter), lastEventID: last)
    }

    /// Entries of orders, by order, of events up to `last`.
    package func ledgerPage(
        _ filter: LedgerFilter, upTo last: Int64, after place: LedgerPage.Place?, limit: Int
    ) throws(StoreError) -> LedgerPage {
        var condition = try condition(.events, filter, last) + " AND c.order_key IS NOT NULL"
        if let place {
            condition =
                condition + " AND (c.order_key, c.event_id) > (\(place.orderKey), \(place.eventID))"
        }
        let rows = try run(
            "SELECT \(Self.entryColumns) FROM conversion_events c WHERE \(condition) ORDER BY c.order_key, c.event_id LIMIT \(limit)"
        )
        let entries = try rows.decoded { row throws(StoreError) in try Self.entry(row) }
        guard rows.count == limit, let end = rows.last else { return LedgerPage(entries: entries, next: nil) }
        let next = LedgerPage.Place(orderKey: try end.text("order_key"), eventID: try end.int64("event_id"))
        return LedgerPage(entries: entries, next: next)
    }

    /// Orders that were told only under the names and ids of other orders' events.
    package func ordersOnlyRepeated(_ filter: LedgerFilter, upTo last: Int64) throws(StoreError) -> [String] {
        try run(
            """
            SELECT DISTINCT r.order_key FROM conversion_repeats r WHERE \(try condition(.repeats, filter, last))
                AND r.order_key IS NOT NULL AND \(Self.repeatsWhatIsThere) AND NOT EXISTS (SELECT 1 FROM conversion_events c
                    WHERE \(try condition(.events, filter, last)) AND c.order_key = r.order_key)
            ORDER BY r.order_key
            """
        ).decoded { row throws(StoreError) in try row.text("order_key") }
    }

    /// The entries of these orders, and those of them that were only told again. At most some hundred at once.
    package func ledgerEntries(
        _ filter: LedgerFilter, orders: [String]
    ) throws(StoreError) -> (entries: [LedgerEntry], repeated: Set<String>) {
        let entries = try run(
            """
            SELECT \(Self.entryColumns) FROM conversion_events c
            WHERE \(try condition(.events, filter, .max)) AND c.order_key IN (\(list: orders))
            """
        ).decoded { row throws(StoreError) in try Self.entry(row) }
        let repeated = try run(
            """
            SELECT DISTINCT r.order_key FROM conversion_repeats r
            WHERE \(try condition(.repeats, filter, .max)) AND r.order_key IN (\(list: orders)) AND \(Self.repeatsWhatIsThere)
            """
        ).decoded { row throws(StoreError) in try row.text("order_key") }
        return (entries, Set(repeated))
    }

    // MARK: parts of statements

    private enum LedgerTable {
        case events, repeats

        var alias: StaticString {
            switch self {
            case .events: "c"
            case .repeats: "r"
            }
        }

        var name: Statement {
            switch self {
            case .events: "conversion_events"
            case .repeats: "conversion_repeats"
            }
        }
    }

    /// Of `conversion_events` as `c`, or of `conversion_repeats` as `r`.
    ///
    /// Ids rise with the time of receipt, so that of a period a range of them is read.
    private func condition(_ table: LedgerTable, _ filter: LedgerFilter, _ last: Int64) throws(StoreError) -> Statement {
        let name = table.alias
        var condition: Statement =
            "\(raw: name).workspace_id = \(filter.workspace) AND \(raw: name).source = \(filter.source) AND \(raw: name).event_id <= \(last)"
        if let dataset = filter.dataset { condition = condition + " AND \(raw: name).dataset = \(dataset)" }
        if let event = filter.eventName { condition = condition + " AND \(raw: name).event_name IN (\(list: [event, ""]))" }
        if let sinceMs = filter.sinceMs {
            let first = try firstYoung(table.name, "event_id", "received_at", sinceMs)
            condition = condition + " AND \(raw: name).event_id >= \(first) AND \(raw: name).received_at >= \(sinceMs)"
        }
        if let untilMs = filter.untilMs { condition = condition + " AND \(raw: name).received_at < \(untilMs)" }
        return condition
    }

    /// A repeat of an event whose row is gone accounts for nothing.
    private static let repeatsWhatIsThere: Statement =
        "EXISTS (SELECT 1 FROM conversion_events f WHERE f.event_id = r.first_event_id)"

    private static let entryColumns: Statement = """
        c.order_key, c.event_id, c.state, COALESCE(c.fault_code, c.reason) AS reason, c.is_test, c.forwarded_at,
            CASE WHEN c.state <> 'waiting' THEN 0
                WHEN EXISTS (SELECT 1 FROM jobs j WHERE j.id >= c.event_id * 64 AND j.id < c.event_id * 64 + 64
                    AND j.state IN ('open', 'held')) THEN 1
                WHEN EXISTS (SELECT 1 FROM outbox o WHERE o.event_id = c.event_id AND o.state IN ('open', 'held')) THEN 1
                ELSE 0 END AS under_way
        """

    private static func entry(_ row: Row) throws(StoreError) -> LedgerEntry {
        LedgerEntry(
            orderKey: try row.text("order_key"), state: try row.choice("state", ConversionState.self),
            reason: try row.textOrNil("reason"), isTest: try row.bool("is_test"),
            hasForwardedTime: try row.int64OrNil("forwarded_at") != nil, isUnderWay: try row.bool("under_way"))
    }

    /// Events that the report counted as they came in, less the rows that there are: whole hours of the period only.
    ///
    /// Both are written in one transaction, and the counts are pruned first. Rows from before the counts began are more, never fewer.
    private func eventsMissing(_ filter: LedgerFilter) throws(StoreError) -> Int {
        let first = filter.sinceMs.map { ($0 + 3_599_999) / 3_600_000 } ?? 0
        let end = filter.untilMs.map { $0 / 3_600_000 } ?? Int64.max / 3_600_000
        guard first < end else { return 0 }
        var (told, stored): (Statement, Statement) = (
            "workspace_id = \(filter.workspace) AND source = \(filter.source) AND hour >= \(first) AND hour < \(end)",
            """
            workspace_id = \(filter.workspace) AND source = \(filter.source) AND received_at >= \(first * 3_600_000)
                AND received_at < \(end * 3_600_000)
            """
        )
        if filter.sinceMs != nil {
            let firstID = try firstYoung("conversion_events", "event_id", "received_at", first * 3_600_000)
            stored = stored + " AND event_id >= \(firstID)"
        }
        if let dataset = filter.dataset {
            (told, stored) = (told + " AND dataset = \(dataset)", stored + " AND dataset = \(dataset)")
        }
        let counted = try run(
            """
            SELECT hour, CAST(SUM(n) AS BIGINT) AS n FROM conversion_tallies
            WHERE \(told) AND figure IN (\(ReportFigure.received), \(ReportFigure.tests)) GROUP BY hour
            """)
        guard !counted.isEmpty else { return 0 }
        var rows: [Int64: Int64] = [:]
        for row in try run(
            """
            SELECT received_at / 3600000 AS hour, COUNT(*) AS n FROM conversion_events WHERE \(stored)
            GROUP BY received_at / 3600000
            """
        ) { rows[try row.int64("hour")] = try row.int64("n") }
        var missing: Int64 = 0
        for row in counted { missing += max(0, try row.int64("n") - (rows[try row.int64("hour")] ?? 0)) }
        return Int(missing)
    }
}
