extension ErrorTable {
    /// What Meta refuses of conversions. All are for good, sent again as they are, the events are refused again; but for what concerns
    /// the dataset and not its events, which waits for a person.
    ///
    /// Sources: the Conversions API's troubleshooting pages, the SDKs' issues, and live answers; Meta publishes no list.
    static let eventRows: [ErrorRow] = [
        ErrorRow(100, 2_804_001, .fatal, "click_id_malformed", "A click id (fbc) is not well formed.", remedy: shop),
        ErrorRow(100, 2_804_003, .fatal, "event_too_old", "An event is older than Meta takes.", remedy: "Nothing to do."),
        ErrorRow(100, 2_804_004, .fatal, "event_in_future", "An event's time is in the future.", remedy: clock),
        ErrorRow(100, 2_804_009, .fatal, "purchase_without_value", "A purchase has no value.", remedy: shop),
        ErrorRow(100, 2_804_016, .fatal, "not_hashed", "A match key is not hashed.", remedy: shop),
        ErrorRow(100, 2_804_019, .fatal, "event_parameter", "A parameter of an event is missing or wrong.", remedy: shop),
        ErrorRow(100, 2_804_023, .fatal, "value_without_currency", "An event has a value and no currency.", remedy: shop),
        ErrorRow(100, 2_804_030, .fatal, "processing_options_missing", "Meta wants data_processing_options.", remedy: shop),
        ErrorRow(100, 2_804_036, .fatal, "lead_id_unknown", "Meta does not know a lead id of the events.", remedy: shop),
        ErrorRow(100, 2_804_043, .fatal, "app_data_incomplete", "An app event's data is not complete.", remedy: shop),
        ErrorRow(100, 2_804_050, .fatal, "no_match_keys", "An event says too little of the customer.", remedy: shop),
        ErrorRow(100, 2_804_066, .fatal, "event_name", "A messaging event has a name that Meta does not take.", remedy: shop),
        ErrorRow(100, 2_804_069, .fatal, "page_id_missing", "A messaging event names no Page.", remedy: shop),
        ErrorRow(100, 2_804_079, .fatal, "instagram_id_missing", "A messaging event names no Instagram account.", remedy: shop),
        ErrorRow(100, 2_804_087, .fatal, "click_id_unknown", "A WhatsApp click id (ctwa_clid) is not valid.", remedy: shop),
        ErrorRow(100, 2_804_116, .fatal, "whatsapp_id_missing", "A messaging event names no WhatsApp account.", remedy: shop),
        ErrorRow(
            100, 2_804_131, .permission, "dataset_not_linked", "The dataset is not linked to a Page.",
            remedy: "Link it in Events Manager; held events then go out."),
        ErrorRow(5_000, .retry, "meta_unknown", "Meta had an unknown error."),
    ]

    /// Subcodes for an id of the business that is missing: forgotten in one event, or set up in none.
    static let setupSubcodes: Set<Int> = [2_804_069, 2_804_079, 2_804_116]

    private static let shop = "Correct what sends the events; these ones are kept and can be retried."
    private static let clock = "Correct the clock of what sends the events."
}

extension EventsRefusal {
    /// It may be how the dataset was set up, and then it is so of all its events.
    package var isOfSetup: Bool { subcode.map { ErrorTable.setupSubcodes.contains($0) } ?? false }

    /// It is about the event alone, however many others are refused for it: leads go by themselves, and all of a batch may be unknown.
    package var isOfEvent: Bool { subcode == 2_804_036 }

    /// What can be taken out of a refused event, or said otherwise, so that the rest of it may be taken; nil: nothing.
    package var repair: EventRepair? {
        switch subcode {
        case 2_804_001?: .dropUserKey("fbc")
        case 2_804_016?: key.map { .dropUserKey($0) } ?? .dropUnhashed
        case 2_804_043?: .dropAppData
        case 2_804_066?: .renameLead
        case 2_804_087?: .dropUserKey("ctwa_clid")
        case .some, nil: nil
        }
    }
}

/// A change of an event that Meta refused, after which it may take it.
package enum EventRepair: Sendable, Hashable {
    /// Takes a key out of `user_data`.
    case dropUserKey(String)
    /// Takes those match keys out of `user_data` that don't look hashed.
    case dropUnhashed
    case dropAppData
    /// A `Lead` of a conversation is called `LeadSubmitted`.
    case renameLead

    /// What was done, for people: names keys, never values.
    package var sentence: String {
        switch self {
        case .dropUserKey(let key): "It was sent without \(key)."
        case .dropUnhashed: "It was sent without the match keys that were not hashed."
        case .dropAppData: "It was sent without app_data."
        case .renameLead: "It was sent as LeadSubmitted."
        }
    }
}
