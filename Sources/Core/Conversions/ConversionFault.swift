/// Everything that may be found in a request of conversions, with the code that stays the same.
///
/// What becomes of each is a `Ruling`: its default and the others that a source may choose stand in `rulings`.
package enum ConversionFault: String, Sendable, CaseIterable {
    // the request
    case bodyUnreadable = "body_unreadable"
    case bodyNotObject = "body_not_object"
    case boundaryMissing = "boundary_missing"
    case partUnterminated = "part_unterminated"
    case partHeaderTooLong = "part_header_too_long"
    case partUnnamed = "part_unnamed"
    case tooManyFields = "too_many_fields"
    case dataMissing = "data_missing"
    case dataNotArray = "data_not_array"
    case dataEmpty = "data_empty"
    case tooManyEvents = "too_many_events"
    case eventUnreadable = "event_unreadable"

    // shape
    case wrongType = "wrong_type"
    case unexpectedKey = "unexpected_key"
    case personalKey = "personal_key"
    case userDataMissing = "user_data_missing"
    case userKeyUnknown = "user_key_unknown"
    case keyMoved = "key_moved"
    case idInvalid = "event_id_invalid"

    // names and enumerations
    case nameMissing = "event_name_missing"
    case nameInvalid = "event_name_invalid"
    case sourceMissing = "action_source_missing"
    case sourceUnknown = "action_source_unknown"

    // time
    case timeMissing = "event_time_missing"
    case timeInvalid = "event_time_invalid"
    case timeFraction = "event_time_fraction"
    case timeInMilliseconds = "event_time_in_milliseconds"
    case timeTooOld = "event_time_too_old"
    case attributionTooOld = "attribution_too_old"
    case timeInFuture = "event_time_in_future"
    case timeSetBack = "event_time_set_back"

    // what the source of the action requires
    case sourceURLMissing = "event_source_url_missing"
    case userAgentMissing = "client_user_agent_missing"
    case appDataMissing = "app_data_missing"
    case extinfoIncomplete = "extinfo_incomplete"
    case trackingFlagMissing = "tracking_flag_missing"
    case channelMissing = "messaging_channel_missing"
    case whatsappIDsMissing = "whatsapp_ids_missing"
    case messengerIDsMissing = "messenger_ids_missing"
    case instagramIDsMissing = "instagram_ids_missing"
    case limitedUseIncomplete = "ldu_incomplete"

    // the page, the address, the click
    case urlInvalid = "event_source_url_invalid"
    case addressCleaned = "ip_address_cleaned"
    case addressDropped = "ip_address_dropped"
    case addressPrivate = "ip_address_private"
    case clickDropped = "fbc_dropped"
    case clickCleaned = "fbc_cleaned"
    case clickUnwrapped = "fbc_unwrapped"
    case clickOld = "fbc_old"
    case clickBuilt = "fbc_built"
    case clickRebuilt = "fbc_rebuilt"
    case browserDropped = "fbp_dropped"
    case browserCleaned = "fbp_cleaned"
    case browserOld = "fbp_old"
    case leadInvalid = "lead_id_invalid"
    case hashWherePlain = "hash_where_plain"

    // what is hashed
    case personalDropped = "personal_value_dropped"
    case junkDropped = "junk_dropped"
    case junkNameDropped = "junk_name_dropped"
    case looksLikeMD5 = "looks_like_md5"
    case tooFewMatchKeys = "too_few_match_keys"

    // money
    case valueMissing = "value_missing"
    case valueInvalid = "value_invalid"
    case currencyMissing = "currency_missing"
    case currencyInvalid = "currency_invalid"
    case currencyUnknown = "currency_unknown"

    /// What becomes of the event.
    package enum Severity: String, Sendable, CaseIterable { case reject, repaired, warning }
}
