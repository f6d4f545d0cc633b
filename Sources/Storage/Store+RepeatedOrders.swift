import Core

extension Transaction {
    /// Whether a purchase is of an order that came before under the same number: by a shop that tells of an order with every change of it, for
    /// longer than the ids of events are remembered.
    ///
    /// Only where the order's number is the event's id: who gives two events two ids means two. What was in vain before counts as never told.
    package func isRepeatedOrder(_ eventID: Int64) throws(StoreError) -> Bool { try !repeatedOrders(among: [eventID]).isEmpty }

    /// Those of these events that are such purchases.
    package func repeatedOrders(among eventIDs: [Int64]) throws(StoreError) -> Set<Int64> {
        Set(
            try run(
                """
                SELECT c.event_id FROM conversion_events c
                WHERE c.event_id IN (\(list: eventIDs)) AND c.event_name = 'Purchase' AND c.order_key = c.conversion_id
                    AND EXISTS (SELECT 1 FROM conversion_events e WHERE e.source = c.source AND e.conversion_id = c.conversion_id
                        AND e.event_id < c.event_id AND e.workspace_id = c.workspace_id AND e.dataset = c.dataset
                        AND e.event_name = c.event_name AND e.order_key = e.conversion_id AND e.is_test = c.is_test
                        AND e.state NOT IN ('quarantined', 'refused', 'replaced'))
                """
            ).decoded { row throws(StoreError) in try row.int64("event_id") })
    }
}
