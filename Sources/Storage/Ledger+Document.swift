package import Core

extension Ledger {
    /// As the command and the admin port tell it.
    package func document(_ filter: LedgerFilter) -> JSON {
        func reasons(_ word: String) -> JSON {
            .array(self.reasons(word).map { ["reason": .string($0.reason), "orders": .integer($0.orders)] })
        }
        return [
            "workspace": .string(filter.workspace), "source": .string(filter.source), "dataset": .text(filter.dataset),
            "event_name": .text(filter.eventName), "since_ms": filter.sinceMs.map { .integer($0) } ?? .null,
            "until_ms": filter.untilMs.map { .integer($0) } ?? .null, "orders": .integer(orders),
            "accepted": .integer(count("accepted")), "left_out": .integer(count("left_out")),
            "quarantined": .integer(count("quarantined")), "waiting": .integer(count("waiting")),
            "unaccounted": .integer(count("unaccounted")), "left_out_reasons": reasons("left_out"),
            "quarantined_reasons": reasons("quarantined"),
            "unaccounted_orders": .array(
                unaccounted.map { ["order_id": .string($0.order), "reason": .string($0.reason)] }),
            "events_without_order": .integer(eventsWithoutOrder), "events_missing": .integer(eventsMissing),
            "balances": .bool(balances), "faults": .array(faults.map(JSON.string)),
        ]
    }
}
