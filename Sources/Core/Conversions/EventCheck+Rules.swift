extension EventCheck {
    mutating func checkCustomData() {
        let path = place.key("custom_data")
        for (key, _) in (fields["custom_data"] ?? .null).members where !ConversionKeys.isAlias(key) {
            if ConversionKeys.isAliasOfCustomer(key) { find(.personalKey, path.key(key)) }
        }
        checkMoney(fields["custom_data"] ?? .object(JSONObject()), path)
    }

    private mutating func checkMoney(_ data: JSON, _ path: ConversionPath) {
        let currency = data["currency"]
        if let currency, currency.text?.currencyCode == nil { find(.currencyInvalid, path.key("currency")) }
        guard let value = data["value"] else {
            if fields["event_name"]?.text == "Purchase" { find(.valueMissing, path.key("value")) }
            return
        }
        if !Self.isAmount(value) { find(.valueInvalid, path.key("value")) }
        if currency == nil { find(.currencyMissing, path.key("currency")) }
    }

    /// A number, or a string that holds one; not negative.
    private static func isAmount(_ value: JSON) -> Bool {
        guard let text = value.scalarText?.trimmedBlanks, !text.hasPrefix("-") else { return false }
        return DecimalText.integer(text, scale: 100) != nil
    }

    mutating func checkChannel() {
        guard fields["action_source"]?.text == "business_messaging" else { return }
        guard let channel = fields["messaging_channel"]?.text.flatMap(MessagingChannel.init) else {
            return find(.channelMissing, place.key("messaging_channel"))
        }
        if !channel.isNamed(in: userData) { find(.channelIDsMissing, place.key("user_data")) }
    }

    mutating func checkSuggestions() {
        switch fields["action_source"]?.text {
        case "website"?:
            if fields["event_source_url"] == nil { find(.sourceURLMissing, place) }
            if userData["client_user_agent"] == nil { find(.userAgentMissing, place) }
        case "app"?: if fields["app_data"]?["extinfo"]?.items.count != 16 { find(.appDataMissing, place) }
        case .some, nil: return
        }
    }

    // MARK: consent

    /// The event as it may go on.
    func consented(isGranted: Bool) -> ServerEvent {
        if isGranted { return event(.granted, personal, userData) }
        switch consent.without {
        case .send: return event(.sentWithout, personal, userData)
        case .drop: return event(.dropped, [], nil)
        case .strip:
            let kept = JSONObject(userData.members.filter { ConversionKeys.impersonal.contains($0.key) })
            return event(.stripped, [], kept)
        }
    }

    private func event(_ outcome: ConsentOutcome, _ personal: [ServerEvent.Personal], _ userData: JSONObject?) -> ServerEvent {
        var fields = fields
        fields["user_data"] = userData.map(JSON.object)
        switch outcome {
        case .granted, .sentWithout: return ServerEvent(fields: fields, personal: personal, outcome: outcome, held: nil)
        case .stripped, .dropped:
            fields["app_data"] = Self.withoutDevice(fields["app_data"])
            let held = outcome == .dropped ? .noConsent : isWeak(fields, userData ?? JSONObject())
            return ServerEvent(fields: fields, personal: personal, outcome: outcome, held: held)
        }
    }

    private static func withoutDevice(_ data: JSON?) -> JSON? {
        guard case .object(let object)? = data else { return data }
        return .object(JSONObject(object.members.filter { !ConversionKeys.device.contains($0.key) }))
    }

    private func isWeak(_ fields: JSONObject, _ userData: JSONObject) -> ServerEvent.Reason? {
        let channel = fields["messaging_channel"]?.text.flatMap(MessagingChannel.init)
        let isUnnamed = fields["action_source"]?.text == "business_messaging" && channel?.isNamed(in: userData) != true
        return isUnnamed || Self.isTooWeak([], userData) ? .noMatchKeys : nil
    }
}

/// Where a conversation took place, and the ids that Meta needs for it.
enum MessagingChannel: String {
    case whatsapp, messenger, instagram

    func isNamed(in userData: JSONObject) -> Bool {
        func has(_ key: String) -> Bool { userData[key] != nil }
        return switch self {
        case .whatsapp: has("ctwa_clid") && (has("page_id") || has("whatsapp_business_account_id"))
        case .messenger: has("page_id") && has("page_scoped_user_id")
        case .instagram: has("ig_account_id") && has("ig_sid")
        }
    }
}

extension String {
    /// A currency's three capital letters, whatever stands between them; nil for anything else.
    package var currencyCode: String? {
        let letters = keeping { $0.isASCII && $0.isLetter }
        let isCode = letters.utf8.count == 3 && unicodeScalars.allSatisfy { $0.isASCII || !$0.isLetter }
        return isCode ? letters.uppercased() : nil
    }
}
