extension ConversionFault {
    /// The `error_subcode` that Meta answers with; nil where it has none, or where nobody can have it refused.
    package var subcode: Int? {
        switch self {
        case .clickDropped, .clickCleaned, .clickUnwrapped: 2_804_001
        case .timeTooOld, .attributionTooOld: 2_804_003
        case .timeInFuture, .timeInMilliseconds, .timeSetBack: 2_804_004
        case .valueMissing: 2_804_009
        case .personalKey: 2_804_016
        case .currencyMissing: 2_804_023
        case .limitedUseIncomplete: 2_804_030
        case .leadInvalid: 2_804_036
        case .appDataMissing, .extinfoIncomplete, .trackingFlagMissing: 2_804_043
        case .tooFewMatchKeys: 2_804_050
        case .messengerIDsMissing: 2_804_069
        case .instagramIDsMissing: 2_804_079
        case .whatsappIDsMissing: 2_804_116
        case .wrongType, .unexpectedKey, .userKeyUnknown, .userDataMissing, .keyMoved, .idInvalid, .nameMissing, .nameInvalid,
            .sourceMissing, .sourceUnknown, .timeMissing, .timeInvalid, .timeFraction, .sourceURLMissing, .userAgentMissing,
            .channelMissing, .urlInvalid, .addressCleaned, .addressDropped, .addressPrivate, .clickOld, .browserDropped,
            .browserCleaned, .browserOld, .hashWherePlain, .personalDropped, .junkDropped, .junkNameDropped, .looksLikeMD5,
            .valueInvalid, .currencyInvalid, .currencyUnknown, .eventUnreadable:
            2_804_019
        case .bodyUnreadable, .bodyNotObject, .boundaryMissing, .partUnterminated, .partHeaderTooLong, .partUnnamed,
            .tooManyFields, .dataMissing, .dataNotArray, .dataEmpty, .tooManyEvents:
            nil
        case .clickBuilt, .clickRebuilt: nil
        }
    }

    /// A few words, as the title of an error.
    package var title: String {
        switch self {
        case .timeTooOld, .attributionTooOld: "Event Timestamp Too Old"
        case .timeInFuture, .timeSetBack: "Event Timestamp In The Future"
        case .timeInMilliseconds: "Event Timestamp In Milliseconds"
        case .valueMissing: "Missing Value"
        case .currencyMissing: "Missing Currency"
        case .personalKey: "User Parameter Not Hashed"
        case .tooFewMatchKeys: "Insufficient Customer Information"
        case .leadInvalid: "Invalid Lead ID"
        case .unexpectedKey, .userKeyUnknown: "Unexpected Key"
        case .appDataMissing, .extinfoIncomplete, .trackingFlagMissing: "Incomplete App Data"
        case .clickDropped, .clickCleaned, .clickUnwrapped: "Invalid Click ID"
        case .limitedUseIncomplete: "Incomplete Data Processing Options"
        case _: "Invalid Parameter"
        }
    }

    /// For people: what is wrong, and what was done where it was mended. Holds no value of the request.
    package func sentence(_ severity: Severity) -> String {
        severity == .repaired ? mended ?? sentence : sentence
    }

    /// What is wrong and, where something can be done, what to do. Holds no value of the request.
    package var sentence: String {
        switch self {
        case .bodyUnreadable: "The body is not JSON."
        case .bodyNotObject: "The body has to be a JSON object."
        case .boundaryMissing: "The Content-Type multipart/form-data needs a boundary of 1 to 70 characters."
        case .partUnterminated: "A part of the multipart body is not ended by the boundary that the Content-Type names."
        case .partHeaderTooLong: "The header of a part is longer than \(Limits.partHeaderBytesMax) bytes."
        case .partUnnamed: "A part of the multipart body has no name in its Content-Disposition."
        case .tooManyFields: "A form holds at most \(Limits.formFieldsMax) fields."
        case .dataMissing: "`data` is required: a list of events."
        case .dataNotArray: "`data` has to be a list of events."
        case .dataEmpty: "`data` holds no event."
        case .tooManyEvents: "A request holds at most \(Limits.conversionsPerRequestMax) events."
        case .eventUnreadable: "An event has to be a JSON object, or a string that holds one, not nested too deeply."
        case .wrongType: "The value has another type than this key takes."
        case .unexpectedKey, .userKeyUnknown: "Unexpected key."
        case .personalKey: "Personal data under a key that can't be hashed: send it in user_data, under Meta's own keys."
        case .userDataMissing: "user_data is required and can't be empty."
        case .keyMoved: "The key belongs into app_data."
        case .idInvalid: "event_id has to be a text."
        case .nameMissing: "event_name is required."
        case .nameInvalid: "event_name has to be a text that is not empty."
        case .sourceMissing: "action_source is required."
        case .sourceUnknown: "action_source is none of those that Meta knows."
        case .timeMissing: "event_time is required."
        case .timeInvalid, .timeFraction: "event_time has to be a whole number of seconds since 1970."
        case .timeInMilliseconds: "event_time is in milliseconds; it has to be in seconds since 1970."
        case .timeTooOld: "event_time is more than 7 days ago (62 days for physical_store)."
        case .attributionTooOld: "An AppendAttribution has to come within 48 hours of the event that it is about."
        case .timeInFuture, .timeSetBack: "event_time is in the future."
        case .sourceURLMissing: "Events of a website should have event_source_url."
        case .userAgentMissing: "Events of a website should have client_user_agent."
        case .appDataMissing: "Events of an app need app_data, with advertiser_tracking_enabled and extinfo."
        case .extinfoIncomplete:
            "extinfo needs 16 values, and the fifth of them, the version of the operating system, can't be empty."
        case .trackingFlagMissing: "Events of an app need advertiser_tracking_enabled in app_data."
        case .channelMissing: "business_messaging needs messaging_channel: whatsapp, messenger or instagram."
        case .whatsappIDsMissing: "whatsapp needs ctwa_clid, and page_id or whatsapp_business_account_id, in user_data."
        case .messengerIDsMissing: "messenger needs page_id and page_scoped_user_id in user_data."
        case .instagramIDsMissing: "instagram needs ig_account_id and ig_sid in user_data."
        case .limitedUseIncomplete: "LDU needs data_processing_options_country and data_processing_options_state; both may be 0."
        case .urlInvalid: "event_source_url has to be a URL with http or https."
        case .addressCleaned: "client_ip_address has to be an address and nothing else."
        case .addressDropped: "client_ip_address is no address."
        case .addressPrivate: "client_ip_address is a private one, which matches nobody."
        case .clickDropped: "fbc is malformed."
        case .clickCleaned: "fbc has something around it that does not belong to it."
        case .clickUnwrapped: "fbc holds another fbc."
        case .clickOld: "fbc is older than 90 days, the life of Meta's cookie."
        case .clickBuilt: "fbc is missing, and event_source_url names the click."
        case .clickRebuilt: "event_source_url names another click than fbc."
        case .browserDropped: "fbp is malformed."
        case .browserCleaned: "fbp has something around it that does not belong to it."
        case .browserOld: "fbp is older than 90 days, the life of Meta's cookie."
        case .leadInvalid: "lead_id has to be the number of a lead of Meta's."
        case .hashWherePlain: "This looks hashed; Meta takes this key as it is and can't use a hash."
        case .personalDropped: "A value that can't be matched with anybody."
        case .junkDropped: "A value that stands for none, such as null or undefined, or its hash."
        case .junkNameDropped: "A value that is seldom a name, such as guest or test, or its hash."
        case .looksLikeMD5: "This looks like MD5; Meta documents SHA-256 only."
        case .tooFewMatchKeys: "Too little in user_data to find anybody: add em, ph, external_id, fbc, fbp or client_ip_address."
        case .valueMissing: "A Purchase needs custom_data.value."
        case .valueInvalid: "custom_data.value has to be a number that is not negative."
        case .currencyMissing: "custom_data.value needs custom_data.currency."
        case .currencyInvalid: "custom_data.currency has to be a currency of three letters."
        case .currencyUnknown: "custom_data.currency is no currency of ISO 4217."
        }
    }

    /// What was done; nil where nothing can be mended.
    private var mended: String? {
        switch self {
        case .wrongType: "The value has another type than this key takes, and was left out."
        case .unexpectedKey, .userKeyUnknown: "Unexpected key, left out."
        case .personalKey:
            "Personal data under a key that can't be hashed, left out: send it in user_data, under Meta's own keys."
        case .keyMoved: "The key belongs into app_data and was moved there."
        case .idInvalid: "event_id is no text and was left out."
        case .timeFraction: "event_time had a fraction, which was cut off."
        case .timeInMilliseconds: "event_time was in milliseconds and was taken in seconds."
        case .timeInFuture: "event_time was in the future and is now the time of receipt."
        case .timeSetBack: "event_time was a little in the future and is now the time of receipt."
        case .limitedUseIncomplete: "LDU without country or state: both are 0 now, so that Meta looks at the address."
        case .urlInvalid: "event_source_url is no URL with http or https and was left out."
        case .addressCleaned: "client_ip_address was taken without its port."
        case .addressDropped: "client_ip_address is no address and was left out."
        case .addressPrivate: "client_ip_address is a private one and was left out."
        case .clickDropped: "fbc is malformed and was left out."
        case .clickCleaned: "fbc was freed from what does not belong to it."
        case .clickUnwrapped: "fbc held another fbc, which was taken."
        case .clickOld: "fbc is older than 90 days and was left out."
        case .clickBuilt: "fbc was made of the click in event_source_url."
        case .clickRebuilt: "event_source_url names a newer click than fbc, which was made anew of it."
        case .browserDropped: "fbp is malformed and was left out."
        case .browserCleaned: "fbp was freed from what does not belong to it."
        case .browserOld: "fbp is older than 90 days and was left out."
        case .leadInvalid: "lead_id is no number of a lead of Meta's and was left out."
        case .hashWherePlain: "A hash where Meta takes the value as it is was left out."
        case .personalDropped: "A value that can't be matched with anybody was left out."
        case .junkDropped: "A value that stands for none, such as null or undefined, or its hash, was left out."
        case .junkNameDropped: "A value that is seldom a name, such as guest or test, or its hash, was left out."
        case .looksLikeMD5: "A value that looks like MD5 was left out."
        case .valueInvalid: "custom_data.value is no amount and was left out."
        case .currencyMissing: "custom_data.value has no currency and was left out."
        case _: nil
        }
    }
}
