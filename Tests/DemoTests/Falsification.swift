import Testing

/// A way to falsify the evidence, and the check that must notice it.
struct Falsification: Sendable, CustomTestStringConvertible {
    /// As `falsify.py` names it.
    let name: String
    /// Part of the line that must fail.
    let noticed: String

    var testDescription: String { name }

    init(_ name: String, _ noticed: String) {
        self.name = name
        self.noticed = noticed
    }

    static let all: [Falsification] = [
        Falsification("action_doubled", "actions done, each once"),
        Falsification("action_missing", "actions done, each once"),
        Falsification("write_doubled", "values that the emulator took"),
        Falsification("second_step", "actions done, each once"),
        Falsification("untouched_read", "no call of the Graph API names an entity that was not touched"),
        Falsification("fact_divided", "facts: each the scenario's own row"),
        Falsification("fact_missing", "facts: each the scenario's own row"),
        Falsification("unknown_made_zero", "days and windows that were read and had no row"),
        Falsification("refused_stored", "deliveries stored, none of the refused among them"),
        Falsification("refused_event_stored", "events stored"),
        Falsification("refused_answered_200", "has the answer that its bytes and signature call for"),
        Falsification("bytes_changed", "has the answer that its bytes and signature call for"),
        Falsification("untouched_row", "touched entities"),
        Falsification("truth_turned", "rules evaluated, with their truth"),
    ]

    /// Every figure of the JSON line, one too many.
    static let figures = [
        "deliveries_accepted", "deliveries_refused", "events", "duplicates", "unrouted", "undecodable", "entities_touched",
        "insight_reads",
        "entities_read_untouched", "facts", "facts_empty", "rules_evaluated", "rules_true", "actions", "writes",
    ].map { Falsification("figure:\($0)", "figure \($0) ") }
}
