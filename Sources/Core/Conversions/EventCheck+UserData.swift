extension EventCheck {
    mutating func readUserData(_ value: JSON?) {
        let path = place.key("user_data")
        guard let value, value != .array([]), value != .object(JSONObject()) else { return find(.userDataMissing, path) }
        guard case .object(let object) = value else { return find(.wrongType, path) }
        let before = findings.count
        for member in object.members { readUserMember(member, path.key(member.key)) }
        guard !findings[before...].contains(where: { $0.severity == .reject }) else { return }
        if Self.isTooWeak(personal, userData) { find(.tooFewMatchKeys, path) }
    }

    private mutating func readUserMember(_ member: JSONObject.Member, _ path: ConversionPath) {
        if ConversionKeys.plain.contains(member.key) {
            readPlain(member, path)
        } else if let key = PersonalKey(rawValue: member.key) {
            readPersonal(key, member.value, path)
        } else if !consent.path.starts(with: ["user_data", member.key]) {
            find(ConversionKeys.isAliasOfCustomer(member.key) ? .personalKey : .unexpectedKey, path)
        }
    }

    // MARK: what is hashed

    /// One value or a list of them, normalised.
    private mutating func readPersonal(_ key: PersonalKey, _ value: JSON, _ path: ConversionPath) {
        let items = if case .array(let items) = value { items } else { [value] }
        var values: [Normalized] = []
        for item in items {
            guard let raw = item.scalarText else { return find(.wrongType, path) }
            switch Normalizer.normalized(key, raw, year: clock.year) {
            case .dropped(let reason): if reason != .empty { find(.personalDropped, path) }
            case .plain: break
            case .value(let text): values.append(.value(text))
            case .alreadyHashed(let text):
                if HashText(text)?.isMD5 == true { find(.looksLikeMD5, path) }
                values.append(.alreadyHashed(text))
            }
        }
        if !values.isEmpty { personal.append(ServerEvent.Personal(key: key, values: values)) }
    }

    // MARK: what goes as it is

    private mutating func readPlain(_ member: JSONObject.Member, _ path: ConversionPath) {
        var value = member.value
        if case .array(let items) = value {
            guard items.count <= 1 else { return find(.wrongType, path) }
            value = items.first ?? .string("")
        }
        guard let raw = value.scalarText else { return find(.wrongType, path) }
        let text = raw.trimmedBlanks
        guard !text.isEmpty, let mended = mended(member.key, text, path) else { return }
        userData[member.key] = .string(mended)
    }

    /// The text as it goes on; nil when it is left out.
    private mutating func mended(_ key: String, _ text: String, _ path: ConversionPath) -> String? {
        switch key {
        case "fbc":
            guard let click = click(text, .click, else: .clickDropped, path) else { return nil }
            if click.isUnwrapped { find(.clickUnwrapped, path) }
            return click.text
        case "fbp": return click(text, .browser, else: .browserDropped, path)?.text
        case "client_ip_address": return address(text, path)
        case "lead_id":
            let isNumber = (1...32).contains(text.utf8.count) && text.utf8.allSatisfy(\.isDigit)
            if !isNumber { find(.leadInvalid, path) }
            return isNumber ? text : nil
        case _: return text
        }
    }

    private mutating func click(
        _ text: String, _ kind: ClickText.Kind, else fault: ConversionFault, _ path: ConversionPath
    ) -> ClickText? {
        let latestMs = clock.nowMs + Limits.conversionSkewMaxSeconds * 1000
        if let click = ClickText(text, kind, latestMs: latestMs) { return click }
        find(fault, path)
        return nil
    }

    private mutating func address(_ text: String, _ path: ConversionPath) -> String? {
        guard let address = AddressText(text) else {
            find(.addressDropped, path)
            return nil
        }
        if address.text != text { find(.addressCleaned, path) }
        if address.isPrivate { find(.addressPrivate, path) }
        return address.text
    }

    // MARK: enough to find somebody

    /// Whether Meta could match nobody with these keys (its rule since v13.0).
    static func isTooWeak(_ personal: [ServerEvent.Personal], _ userData: JSONObject) -> Bool {
        let keys = Set(personal.map(\.key.rawValue) + userData.members.map(\.key)).subtracting(ConversionKeys.business)
        return ConversionKeys.weak.contains(where: keys.isSubset)
    }
}
