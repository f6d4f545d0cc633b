extension ConversionFault {
    /// The `error_subcode` that Meta answers with; nil where it has none.
    package var subcode: Int? {
        switch self {
        case .timeTooOld: 2_804_003
        case .timeInFuture, .timeInMilliseconds: 2_804_004
        case .valueMissing: 2_804_009
        case .personalKey: 2_804_016
        case .currencyMissing: 2_804_023
        case .leadInvalid: 2_804_036
        case .tooFewMatchKeys: 2_804_050
        case .channelIDsMissing: 2_804_069
        case .nameMissing, .nameInvalid, .timeMissing, .timeInvalid, .sourceMissing, .sourceUnknown, .idInvalid, .unexpectedKey,
            .wrongType, .userDataMissing, .valueInvalid, .currencyInvalid, .channelMissing, .eventUnreadable:
            2_804_019
        case .bodyUnreadable, .bodyNotObject, .dataMissing, .dataNotArray, .dataEmpty, .tooManyEvents: nil
        case .timeSetBack, .clickDropped, .clickUnwrapped, .browserDropped, .addressCleaned, .addressDropped, .personalDropped,
            .keyMoved, .looksLikeMD5, .addressPrivate, .sourceURLMissing, .userAgentMissing, .appDataMissing:
            nil
        }
    }

    /// A few words, as the title of an error.
    package var title: String {
        switch self {
        case .timeTooOld: "Event Timestamp Too Old"
        case .timeInFuture: "Event Timestamp In The Future"
        case .timeInMilliseconds: "Event Timestamp In Milliseconds"
        case .valueMissing: "Missing Value"
        case .currencyMissing: "Missing Currency"
        case .personalKey: "User Parameter Not Hashed"
        case .tooFewMatchKeys: "Insufficient Customer Information"
        case .leadInvalid: "Invalid Lead ID"
        case .unexpectedKey: "Unexpected Key"
        case _: "Invalid Parameter"
        }
    }

    /// A sentence for people, that says what to do where something can be done. Holds no value of the request.
    package var sentence: String {
        switch self {
        case .bodyUnreadable: "The body is not JSON."
        case .bodyNotObject: "The body has to be a JSON object."
        case .dataMissing: "`data` is required: a list of events."
        case .dataNotArray: "`data` has to be a list of events."
        case .dataEmpty: "`data` holds no event."
        case .tooManyEvents: "A request holds at most \(Limits.conversionsPerRequestMax) events."
        case .eventUnreadable: "An event has to be a JSON object, or a string that holds one, not nested too deeply."
        case .nameMissing: "event_name is required."
        case .nameInvalid: "event_name has to be a text that is not empty."
        case .timeMissing: "event_time is required."
        case .timeInvalid: "event_time has to be a whole number of seconds since 1970."
        case .timeInMilliseconds: "event_time is in milliseconds; it has to be in seconds since 1970."
        case .timeTooOld: "event_time is more than 7 days ago (62 days for physical_store)."
        case .timeInFuture: "event_time is in the future."
        case .sourceMissing: "action_source is required."
        case .sourceUnknown: "action_source is none of those that Meta knows."
        case .idInvalid: "event_id has to be a text."
        case .unexpectedKey: "Unexpected key."
        case .personalKey: "Personal data under a key that can't be hashed: send it in user_data, under Meta's own keys."
        case .wrongType: "The value has another type than this key takes."
        case .userDataMissing: "user_data is required and can't be empty."
        case .tooFewMatchKeys: "Too little in user_data to find anybody: add em, ph, external_id, fbc, fbp or client_ip_address."
        case .leadInvalid: "lead_id has to be the number of a lead of Meta's."
        case .valueMissing: "A Purchase needs custom_data.value."
        case .valueInvalid: "custom_data.value has to be a number that is not negative."
        case .currencyMissing: "custom_data.value needs custom_data.currency."
        case .currencyInvalid: "custom_data.currency has to be a currency of three letters."
        case .channelMissing: "business_messaging needs messaging_channel: whatsapp, messenger or instagram."
        case .channelIDsMissing: "The ids that this messaging_channel needs are not in user_data."
        case .timeSetBack: "event_time was a little in the future and is now the time of receipt."
        case .clickDropped: "fbc is malformed and was left out."
        case .clickUnwrapped: "fbc held another fbc, which was taken."
        case .browserDropped: "fbp is malformed and was left out."
        case .addressCleaned: "client_ip_address was taken without its port."
        case .addressDropped: "client_ip_address is no address and was left out."
        case .personalDropped: "A value that can't be matched with anybody was left out."
        case .keyMoved: "The key belongs into app_data and was moved there."
        case .looksLikeMD5: "This looks like MD5; Meta documents SHA-256 only."
        case .addressPrivate: "client_ip_address is a private one, which matches nobody."
        case .sourceURLMissing: "Events of a website should have event_source_url."
        case .userAgentMissing: "Events of a website should have client_user_agent."
        case .appDataMissing: "Events of an app should have app_data with extinfo of 16 values."
        }
    }
}
