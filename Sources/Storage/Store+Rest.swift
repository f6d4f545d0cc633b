extension Transaction {
    /// Whether nothing is due or under way: every delivery is decoded, no open row is due by `nowMs` and none is leased.
    package func isAtRest(nowMs: Int64) throws(StoreError) -> Bool {
        guard try run("SELECT 1 FROM deliveries WHERE decoded = 0 LIMIT 1").isEmpty else { return false }
        for queue in Queue.allCases {
            let busy = try run(
                """
                SELECT 1 FROM \(queue.table)
                WHERE state = 'open' AND due_at > \(Int64.min) AND (due_at <= \(nowMs) OR owner IS NOT NULL) LIMIT 1
                """)
            guard busy.isEmpty else { return false }
        }
        return true
    }

    /// When the next open row is due, of all queues; nil: none will be by itself.
    package func nextOpen() throws(StoreError) -> Int64? {
        var next: Int64?
        for queue in Queue.allCases {
            for conversions in queue == .outbox ? [false, true] : [false] {
                guard let due = try nextDue(queue, conversions: conversions) else { continue }
                next = min(next ?? due, due)
            }
        }
        return next
    }
}
