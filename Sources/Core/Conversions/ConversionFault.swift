/// Everything that may be found in a request of conversions, with the code that stays the same.
package enum ConversionFault: String, Sendable, CaseIterable {
    // the request
    case bodyUnreadable = "body_unreadable"
    case bodyNotObject = "body_not_object"
    case dataMissing = "data_missing"
    case dataNotArray = "data_not_array"
    case dataEmpty = "data_empty"
    case tooManyEvents = "too_many_events"
    case eventUnreadable = "event_unreadable"

    // one event
    case nameMissing = "event_name_missing"
    case nameInvalid = "event_name_invalid"
    case timeMissing = "event_time_missing"
    case timeInvalid = "event_time_invalid"
    case timeInMilliseconds = "event_time_in_milliseconds"
    case timeTooOld = "event_time_too_old"
    case timeInFuture = "event_time_in_future"
    case sourceMissing = "action_source_missing"
    case sourceUnknown = "action_source_unknown"
    case idInvalid = "event_id_invalid"
    case unexpectedKey = "unexpected_key"
    case personalKey = "personal_key"
    case wrongType = "wrong_type"
    case userDataMissing = "user_data_missing"
    case tooFewMatchKeys = "too_few_match_keys"
    case leadInvalid = "lead_id_invalid"
    case valueMissing = "value_missing"
    case valueInvalid = "value_invalid"
    case currencyMissing = "currency_missing"
    case currencyInvalid = "currency_invalid"
    case channelMissing = "messaging_channel_missing"
    case channelIDsMissing = "channel_ids_missing"

    // mended
    case timeSetBack = "event_time_set_back"
    case clickDropped = "fbc_dropped"
    case clickUnwrapped = "fbc_unwrapped"
    case browserDropped = "fbp_dropped"
    case addressCleaned = "ip_address_cleaned"
    case addressDropped = "ip_address_dropped"
    case personalDropped = "personal_value_dropped"
    case keyMoved = "key_moved"

    // worth knowing
    case looksLikeMD5 = "looks_like_md5"
    case addressPrivate = "ip_address_private"
    case sourceURLMissing = "event_source_url_missing"
    case userAgentMissing = "client_user_agent_missing"
    case appDataMissing = "app_data_missing"

    /// What becomes of the request.
    package enum Severity: String, Sendable, CaseIterable { case reject, repaired, warning }

    package var severity: Severity {
        switch self {
        case .bodyUnreadable, .bodyNotObject, .dataMissing, .dataNotArray, .dataEmpty, .tooManyEvents, .eventUnreadable,
            .nameMissing, .nameInvalid, .timeMissing, .timeInvalid, .timeInMilliseconds, .timeTooOld, .timeInFuture,
            .sourceMissing, .sourceUnknown, .idInvalid, .unexpectedKey, .personalKey, .wrongType, .userDataMissing,
            .tooFewMatchKeys, .leadInvalid, .valueMissing, .valueInvalid, .currencyMissing, .currencyInvalid, .channelMissing,
            .channelIDsMissing:
            .reject
        case .timeSetBack, .clickDropped, .clickUnwrapped, .browserDropped, .addressCleaned, .addressDropped, .personalDropped,
            .keyMoved:
            .repaired
        case .looksLikeMD5, .addressPrivate, .sourceURLMissing, .userAgentMissing, .appDataMissing: .warning
        }
    }
}
