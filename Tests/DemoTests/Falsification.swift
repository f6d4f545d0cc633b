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

    /// Every way there is.
    static let all = line + uses + figures

    /// Of deliveries, reads, facts, rules and actions.
    static let line: [Falsification] = [
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

    /// Of leads, comments, conversions, our own figures and replay.
    static let uses: [Falsification] = [
        Falsification("lead_missing", "leads at the destination, each exactly once"),
        Falsification("lead_twice", "leads at the destination, each exactly once"),
        Falsification("test_lead_sent", "leads at the destination, each exactly once, tests not among them"),
        Falsification("lead_signature", "every request at the destination is signed by Standard Webhooks"),
        Falsification("lead_unsigned_change", "every request at the destination is signed by Standard Webhooks"),
        Falsification("refusal_lost", "answers of the destination"),
        Falsification("retried_as_another", "came again under the same webhook-id"),
        Falsification("attempt_missing", "every attempt is written down"),
        Falsification("lead_row_missing", "leads stored, each once"),
        Falsification("lead_of_wrong_ad", "leads stored, each once"),
        Falsification("test_lead_unmarked", "leads stored, each once"),
        Falsification("test_lead_counted", "our own figures: every lead"),
        Falsification("lead_read_once_more", "reads of leads"),
        Falsification("state_missing", "the same rows in the database"),
        Falsification("state_missing_when_read", "in order, with their texts"),
        Falsification("states_swapped", "the same rows in the database"),
        Falsification("edits_swapped", "in order, with their texts"),
        Falsification("state_twice", "the same rows in the database"),
        Falsification("comment_on_fewer_ads", "the same rows in the database"),
        Falsification("comment_not_hidden", "comments that are hidden in the end"),
        Falsification("other_comment_hidden", "comments that are hidden in the end"),
        Falsification("hide_not_in_log", "writes to comments that the emulator took"),
        Falsification("hide_not_read_back", "a comment is read, hidden, and read back"),
        Falsification("echo_answered", "what the policy asks for"),
        Falsification("answered_in_other_words", "answers of ours, in the policy's words"),
        Falsification("foreign_page_token", "with the token of their own Page"),
        Falsification("index_page_missing", "pages of the account's ads"),
        Falsification("hash_wrong", "their personal values are the right hashes"),
        Falsification("hash_of_the_raw", "their personal values are the right hashes"),
        Falsification("raw_at_the_edge", "their personal values are the right hashes"),
        Falsification("raw_stored", "stand in no file in clear"),
        Falsification("text_logged", "stand in no file in clear"),
        Falsification("duplicate_stored", "conversions stored, each event_id once"),
        Falsification("duplicate_taken", "every one came once and was taken once"),
        Falsification("sale_missing", "conversions stored, each event_id once"),
        Falsification("sale_not_forwarded", "conversions at Meta's edge"),
        Falsification("sale_without_consent_forwarded", "conversions at Meta's edge"),
        Falsification("consent_invented", "conversions stored, each event_id once"),
        Falsification("attribution_lost", "conversions stored, each event_id once"),
        Falsification("refused_sale_kept", "conversions stored, each event_id once"),
        Falsification("refused_sale_answered_200", "has the answer that its bytes and signature call for"),
        Falsification("refusal_quotes_value", "conversions are answered as the Graph API does"),
        Falsification("refusal_of_another_shape", "conversions are answered as the Graph API does"),
        Falsification("edge_with_foreign_token", "requests to the edge"),
        Falsification("edge_without_proof", "each had its token in the header and its proof"),
        Falsification("own_figure_off", "our own figures: every lead"),
        Falsification("own_event_missing", "our own figures: every lead"),
        Falsification("own_look_off", "came to what the events add up to"),
        Falsification("own_truth_turned", "came to what the events add up to"),
        Falsification("own_action_missing", "actions done, each once"),
        Falsification("replay_answer_missing", "replay-as-captured: every request answered"),
        Falsification("replay_answer_wrong", "replay-as-captured: every request answered"),
        Falsification("replay_not_sent", "deliveries stored"),
        Falsification("replay_times_not_moved", "a captured sale of last month became one of now"),
    ]

    /// Every figure of the JSON line, one too many.
    static let figures = [
        "deliveries_accepted", "deliveries_refused", "events", "duplicates", "unrouted", "undecodable", "entities_touched",
        "insight_reads",
        "entities_read_untouched", "facts", "facts_empty", "rules_evaluated", "rules_true", "actions", "writes",
        "leads", "leads_sent", "leads_test", "comment_states", "comments_hidden", "comments_answered", "conversions",
        "conversions_forwarded",
        "conversions_left_out", "conversions_refused", "own_events", "own_rules_true", "replayed",
    ].map { Falsification("figure:\($0)", "figure \($0) ") }
}
