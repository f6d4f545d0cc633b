import Core

extension Schema {
    private static let counts: JSON = [
        "type": "object", "additionalProperties": ["type": "integer", "format": "int64"], "description": "Counts by name.",
    ]
    private static let quantiles = object([("p50", orNull(count)), ("p95", orNull(count))])
    private static let reasons = list(object([("reason", text), ("orders", count)]))

    static let conversionFigures: [(name: String, schema: JSON)] = [
        (
            "Ledger",
            object([
                ("workspace", text), ("source", text), ("dataset", orNull(text)), ("event_name", orNull(text)),
                ("since_ms", orNull(time)), ("until_ms", orNull(time)), ("orders", count), ("accepted", count),
                ("left_out", count),
                ("quarantined", count), ("waiting", count), ("unaccounted", count), ("left_out_reasons", reasons),
                ("quarantined_reasons", reasons), ("unaccounted_orders", list(object([("order_id", text), ("reason", text)]))),
                ("events_without_order", count), ("events_missing", count), ("balances", truth), ("faults", list(text)),
            ])
        ),
        (
            "ConversionReport",
            object([
                ("sections", list(section)),
                (
                    "doubles",
                    list(
                        object([
                            ("sign", choice(["order", "person"])), ("workspace", text), ("dataset", text),
                            ("order_id", orNull(text)), ("event_ids", list(text)),
                        ]))
                ),
            ])
        ),
    ]

    private static let section = object([
        ("workspace", text), ("source", text), ("dataset", text), ("event_name", text), ("meant_name", orNull(text)),
        ("received", count), ("duplicates", count), ("tests", count), ("with_event_id", count), ("made_event_id", count),
        ("consent", counts), ("held", counts), ("keys", counts), ("findings", counts), ("libraries", counts),
        ("value_minor", counts), ("age_seconds", quantiles), ("delay_seconds", quantiles), ("near_7_days", count),
        (
            "outcomes",
            list(
                object([
                    ("state", choice(ConversionState.allCases.map(\.rawValue))), ("reason", text), ("events", count),
                ]))
        ),
        ("last_accepted_at_ms", orNull(time)),
    ])
}
