import Core
import Storage

extension Schema {
    static let quarantine: [(name: String, schema: JSON)] = [
        (
            "Conversion",
            object([
                ("id", id), ("trace", text), ("workspace", text), ("source", text), ("dataset", text), ("event_name", text),
                ("conversion_id", orNull(text)),
                ("event_time", ["type": "integer", "format": "int64", "description": "Seconds since 1970."]),
                ("action_source", text), ("consent", choice(ConsentOutcome.allCases.map(\.rawValue))), ("test", truth),
                ("state", choice(ConversionState.allCases.map(\.rawValue))), ("code", orNull(text)), ("path", orNull(text)),
                ("message", orNull(text)), ("reason", orNull(text)), ("fbtrace_id", orNull(text)), ("received_at_ms", time),
                ("quarantined_at_ms", orNull(time)), ("replaced_by", orNull(id)),
            ])
        ),
        (
            "QuarantineDetail",
            object([
                ("conversion", named("Conversion")),
                (
                    "event",
                    [
                        "type": ["object", "null"],
                        "description": "As it is stored: hashed. Null where it is not shown or not there.",
                    ]
                ),
            ])
        ),
        (
            "Finding",
            object([
                ("code", text), ("path", text), ("severity", choice(ConversionFault.Severity.allCases.map(\.rawValue))),
                ("message", text),
            ])
        ),
        (
            "Mended",
            object([
                ("id", id), ("outcome", choice(MendingOutcome.Word.allCases.map(\.rawValue))), ("replaced_by", orNull(id)),
                ("code", orNull(text)), ("message", orNull(text)), ("findings", list(named("Finding"))),
            ])
        ),
        ("Replayed", object([("mended", count), ("data", list(named("Mended")))])),
    ]
}
