extension EventCheck {
    // MARK: money

    mutating func checkMoney() {
        let path = place.key("custom_data")
        var data = if case .object(let object)? = fields["custom_data"] { object } else { JSONObject() }
        let hadCurrency = data["currency"] != nil
        if let currency = data["currency"], !isCurrency(currency, path.key("currency")) { data["currency"] = nil }
        var isValueMissing = data["value"] == nil
        if let value = data["value"] {
            if !Self.isAmount(value) {
                isValueMissing = find(.valueInvalid, path.key("value")) == .repair
                data["value"] = nil
            } else if !hadCurrency, find(.currencyMissing, path.key("currency")) == .repair {
                isValueMissing = true
                data["value"] = nil
            }
        }
        if isValueMissing, fields["event_name"]?.text == "Purchase" { find(.valueMissing, path.key("value")) }
        if fields["custom_data"] != nil { fields["custom_data"] = data.members.isEmpty ? nil : .object(data) }
    }

    /// Whether it goes on.
    private mutating func isCurrency(_ currency: JSON, _ path: ConversionPath) -> Bool {
        guard let code = currency.text?.currencyCode else { return !find(.currencyInvalid, path).isDropping }
        return CurrencyList.contains(code) || !find(.currencyUnknown, path).isDropping
    }

    /// A number, or a string that holds one; not negative.
    static func isAmount(_ value: JSON) -> Bool {
        guard let text = value.scalarText?.trimmedBlanks, !text.hasPrefix("-") else { return false }
        return DecimalText.integer(text, scale: 100) != nil
    }

    // MARK: consent

    /// The event as it may go on, or be kept.
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
        var held: ServerEvent.Reason?
        switch outcome {
        case .granted, .sentWithout: held = nil
        case .stripped, .dropped:
            fields["app_data"] = Self.withoutDevice(fields["app_data"])
            held = outcome == .dropped ? .noConsent : isWeak(fields, userData ?? JSONObject())
        }
        return ServerEvent(
            fields: fields, personal: personal, outcome: outcome,
            held: refusal != nil ? .quarantined : isRefund ? .refund : held, findings: findingsKept,
            sentTimeSeconds: sentTimeSeconds)
    }

    /// The first few, each once, and the one that refuses the event in any case.
    var findingsKept: [ConversionFinding] {
        var kept: [ConversionFinding] = []
        for finding in findings where kept.count < Limits.conversionFindingsKeptMax && !kept.contains(finding) {
            kept.append(finding)
        }
        guard let refusal, !kept.contains(refusal) else { return kept }
        return kept.prefix(Limits.conversionFindingsKeptMax - 1) + [refusal]
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

extension String {
    /// A currency's three capital letters, whatever stands between them; nil for anything else.
    package var currencyCode: String? {
        let letters = keeping { $0.isASCII && $0.isLetter }
        let isCode = letters.utf8.count == 3 && unicodeScalars.allSatisfy { $0.isASCII || !$0.isLetter }
        return isCode ? letters.uppercased() : nil
    }
}
