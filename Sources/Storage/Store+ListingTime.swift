extension Transaction {
    /// Ids rise with the time of receipt, but not to the millisecond: several requests, several gateways, clocks that are set.
    private static let slackMs: Int64 = 30_000

    /// The place of a list of events that is no later than `untilMs`, and the id below which everything is earlier than `sinceMs`.
    ///
    /// Found between the first and the last id, as a name in a telephone book: no index over time is kept.
    func eventBounds(sinceMs: Int64?, untilMs: Int64?) throws(StoreError) -> (first: Int64, end: Int64) {
        try bounds("events", "id", grain: 4_096, sinceMs: sinceMs, untilMs: untilMs)
    }

    /// The same of deliveries.
    func deliveryBounds(sinceMs: Int64?, untilMs: Int64?) throws(StoreError) -> (first: Int64, end: Int64) {
        try bounds("deliveries", "seq", grain: 1, sinceMs: sinceMs, untilMs: untilMs)
    }

    /// Of tables whose ids hold the time they were given, as `nextID` makes them: never less than the time, and seldom more.
    static func clockBounds(sinceMs: Int64?, untilMs: Int64?) -> (first: Int64, end: Int64) {
        let longest = Int64.max / 4_096 - slackMs * 240
        let first = sinceMs.map { min(max($0, 0), longest) * 4_096 } ?? .min
        let end = untilMs.map { (min(max($0, 0), longest) + slackMs * 120) * 4_096 } ?? .max
        return (first, end)
    }

    private func bounds(
        _ table: Statement, _ column: Statement, grain: Int64, sinceMs: Int64?, untilMs: Int64?
    ) throws(StoreError) -> (first: Int64, end: Int64) {
        guard sinceMs != nil || untilMs != nil else { return (.min, .max) }
        let ends = (["", "DESC"] as [Statement]).map { order -> Statement in
            "SELECT \(column) AS id, received_at FROM \(table) ORDER BY \(column) \(order) LIMIT 1"
        }
        guard let oldest = try run(ends[0]).first, let newest = try run(ends[1]).first else { return (.min, .max) }
        let span = TimeSpan(
            table: table, column: column, grain: grain, low: try oldest.int64("id"), lowMs: try oldest.int64("received_at"),
            high: try newest.int64("id"), highMs: try newest.int64("received_at"))
        return (
            try sinceMs.map { ms throws(StoreError) in try ids(span, around: max(ms, 0) - Self.slackMs).below } ?? .min,
            try untilMs.map { ms throws(StoreError) in try ids(span, around: min(ms, .max / 2) + Self.slackMs).above } ?? .max
        )
    }

    /// The ids of a table, from the oldest row to the newest.
    private struct TimeSpan {
        let table: Statement
        let column: Statement
        /// So many ids belong together.
        let grain: Int64
        let low: Int64
        let lowMs: Int64
        let high: Int64
        let highMs: Int64
    }

    /// Where a time lies: everything below `below` was received earlier, everything from `above` on at that time or later.
    ///
    /// Every other look is where the time would lie if as much came in every second, the others halve what is left.
    private func ids(_ span: TimeSpan, around ms: Int64) throws(StoreError) -> (below: Int64, above: Int64) {
        guard ms > span.lowMs else { return (.min, .min) }
        guard ms <= span.highMs else { return (.max, .max) }
        var (low, lowMs, high, highMs) = (span.low, span.lowMs, span.high, span.highMs)
        var isGuess = true
        while high - low > span.grain {
            let share = isGuess && highMs > lowMs ? Double(ms - lowMs) / Double(highMs - lowMs) : 0.5
            let step = Int64(Double(high - low) * min(max(share, 0.01), 0.99))
            let middle = min(max(low + 1, low + step), high - 1)
            isGuess.toggle()
            let row = try run(
                """
                SELECT \(span.column) AS id, received_at FROM \(span.table) WHERE \(span.column) >= \(middle)
                ORDER BY \(span.column) LIMIT 1
                """
            ).first
            guard let row else { break }
            let (id, time) = (try row.int64("id"), try row.int64("received_at"))
            if time >= ms {
                (high, highMs) = (middle, time)
            } else {
                (low, lowMs) = (id, time)
            }
        }
        return (low, high)
    }
}
