import Core

/// What is known of the order that a refund is of.
package struct RefundedOrder: Sendable, Equatable {
    /// What brought the money; nil: it never came here.
    package let purchase: StoredConversion?
    /// The refunds that came before this one, oldest first, each once.
    package let earlier: [StoredConversion]
    /// The same refund came before, and counts there.
    package let isRepeat: Bool
}

extension Transaction {
    /// The order of a refund, by its key: the source's own purchase and refunds of it.
    ///
    /// What is in quarantine and what was sent as a test counts for nothing here either, nor do copies for other datasets, which may still say
    /// what was corrected in the purchase.
    package func refundedOrder(of refund: StoredConversion) throws(StoreError) -> RefundedOrder {
        let rows = try run(
            """
            SELECT * FROM conversion_events WHERE workspace_id = \(refund.workspace) AND source = \(refund.source)
                AND order_key = (SELECT order_key FROM conversion_events WHERE event_id = \(refund.eventID))
                AND event_name IN ('Purchase', \(Refund.eventName)) AND state NOT IN ('quarantined', 'replaced') AND is_test = 0
                AND event_id % \(Self.eventID(seq: 1, position: 0)) < \(Limits.conversionsPerRequestMax)
            ORDER BY event_id LIMIT \(Self.refundsMax)
            """
        ).decoded { row throws(StoreError) in try StoredConversion(row) }
        var seen: Set<String> = []
        let earlier = rows.filter { row in
            guard row.eventName == Refund.eventName, row.eventID < refund.eventID else { return false }
            return row.conversionID.map { seen.insert($0).inserted } ?? true
        }
        return RefundedOrder(
            purchase: rows.first { $0.eventName != Refund.eventName }, earlier: earlier,
            isRepeat: refund.conversionID.map(seen.contains) ?? false)
    }

    /// Lets the refunds of orders that were attributed before their purchases came, or were mended, be attributed once more.
    package func redoRefunds(ofPurchases eventIDs: [Int64], nowMs: Int64) throws(StoreError) {
        guard !eventIDs.isEmpty else { return }
        let refunds = try run(
            """
            SELECT DISTINCT r.event_id FROM conversion_events p JOIN conversion_events r ON r.workspace_id = p.workspace_id
                AND r.source = p.source AND r.order_key = p.order_key
            WHERE p.event_id IN (\(list: eventIDs)) AND p.is_test = 0 AND r.event_name = \(Refund.eventName) AND r.is_test = 0
                AND r.state NOT IN ('quarantined', 'replaced') AND r.attributed_by = \(AttributionMethod.none.rawValue)
            ORDER BY r.event_id LIMIT \(Self.refundsMax * eventIDs.count)
            """)
        for row in refunds { try redoJobs(of: row.int64("event_id"), nowMs: nowMs) }
    }

    /// Of one order, which has a handful.
    private static let refundsMax = 1_000
}
