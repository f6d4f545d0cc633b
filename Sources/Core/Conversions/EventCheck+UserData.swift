extension EventCheck {
    // MARK: shape

    mutating func readUserData(_ value: JSON?) {
        let path = place.key("user_data")
        guard let value, value != .array([]), value != .object(JSONObject()) else {
            if !isRefund { find(.userDataMissing, path) }
            return
        }
        guard case .object(let object) = value else {
            if find(.wrongType, path) == .repair { find(.userDataMissing, path) }
            return
        }
        for member in object.members { readUserMember(member, path.key(member.key)) }
    }

    private mutating func readUserMember(_ member: JSONObject.Member, _ path: ConversionPath) {
        if ConversionKeys.plain.contains(member.key) {
            readPlain(member, path)
        } else if let key = PersonalKey(rawValue: member.key) {
            readUnhashed(key, member.value, path)
        } else if !consent.path.starts(with: ["user_data", member.key]) {
            find(ConversionKeys.isAliasOfCustomer(member.key) ? .personalKey : .userKeyUnknown, path)
        }
    }

    /// A text or a number, perhaps as the one element of a list.
    private mutating func readPlain(_ member: JSONObject.Member, _ path: ConversionPath) {
        var value = member.value
        if case .array(let items) = value { value = items.count > 1 ? .null : items.first ?? .string("") }
        guard let text = value.scalarText?.trimmedBlanks else {
            find(.wrongType, path)
            return
        }
        if !text.isEmpty { userData[member.key] = .string(text) }
    }

    /// One value or a list of them.
    private mutating func readUnhashed(_ key: PersonalKey, _ value: JSON, _ path: ConversionPath) {
        let items = if case .array(let items) = value { items } else { [value] }
        let values = items.compactMap(\.scalarText)
        guard values.count == items.count else {
            find(.wrongType, path)
            return
        }
        unhashed.append((key, values))
    }

    // MARK: what goes as it is

    mutating func checkAddressAndClick() {
        let path = place.key("user_data")
        for key in ["client_ip_address", "fbc", "fbp", "lead_id"] {
            guard let text = userData[key]?.text else { continue }
            userData[key] = mended(key, text, path.key(key)).map { .string($0) }
        }
        for key in ConversionKeys.neverHashed {
            guard let text = userData[key]?.text, (64...73).contains(text.utf8.count), HashText(text) != nil else { continue }
            if find(.hashWherePlain, path.key(key)).isDropping { userData[key] = nil }
        }
    }

    /// The text as it goes on; nil when it is left out.
    private mutating func mended(_ key: String, _ text: String, _ path: ConversionPath) -> String? {
        switch key {
        case "fbc": return click(text, .click, (dropped: .clickDropped, cleaned: .clickCleaned, old: .clickOld), path)
        case "fbp": return click(text, .browser, (dropped: .browserDropped, cleaned: .browserCleaned, old: .browserOld), path)
        case "client_ip_address": return address(text, path)
        case _:
            let isNumber = (1...32).contains(text.utf8.count) && text.utf8.allSatisfy(\.isDigit)
            if !isNumber { find(.leadInvalid, path) }
            return isNumber ? text : nil
        }
    }

    private mutating func address(_ text: String, _ path: ConversionPath) -> String? {
        guard let address = AddressText(text) else {
            find(.addressDropped, path)
            return nil
        }
        if address.text != text, find(.addressCleaned, path) == .reject { return nil }
        if address.isPrivate, find(.addressPrivate, path).isDropping { return nil }
        return address.text
    }

    // MARK: what is hashed

    mutating func readPersonal() {
        let path = place.key("user_data")
        for (key, raws) in unhashed {
            let values = raws.compactMap { normalized(key, $0, path) }
            if !values.isEmpty { personal.append(ServerEvent.Personal(key: key, values: values)) }
        }
    }

    /// The value as it will be hashed; nil when it is left out.
    private mutating func normalized(_ key: PersonalKey, _ raw: String, _ userData: ConversionPath) -> Normalized? {
        let value = Normalizer.normalized(key, raw, year: clock.year)
        switch value {
        case .plain: return nil
        case .dropped(let reason):
            if reason != .empty { find(.personalDropped, userData.key(key.rawValue)) }
            return nil
        case .value(let text):
            let verdict = JunkValues.verdict(key, raw: raw, normalized: text)
            return isJunk(verdict, userData.key(key.rawValue)) ? nil : value
        case .alreadyHashed(let text):
            let hash = HashText(text)
            let path = userData.key(key.rawValue)
            if hash?.isMD5 == true, find(.looksLikeMD5, path).isDropping { return nil }
            return isJunk(hash.map { JunkValues.verdict(key, hex: $0.hex) } ?? .fine, path) ? nil : value
        }
    }

    /// Whether it is left out.
    private mutating func isJunk(_ verdict: JunkValues.Verdict, _ path: @autoclosure () -> ConversionPath) -> Bool {
        switch verdict {
        case .fine: false
        case .junk: find(.junkDropped, path()).isDropping
        case .seldomName: find(.junkNameDropped, path()).isDropping
        }
    }

    // MARK: enough to find somebody

    /// Not where something in `user_data` is refused already: that may be what is missing here.
    mutating func checkMatchKeys() {
        let path = place.key("user_data")
        guard !isRefund, Self.isTooWeak(personal, userData) else { return }
        let text = path.text
        guard !findings.contains(where: { $0.severity == .reject && $0.path.hasPrefix(text) }) else { return }
        find(.tooFewMatchKeys, path)
    }

    /// Whether Meta could match nobody with these keys (its rule since v13.0).
    static func isTooWeak(_ personal: [ServerEvent.Personal], _ userData: JSONObject) -> Bool {
        if personal.contains(where: { !ConversionKeys.seldomEnough.contains($0.key) }) { return false }
        let keys = Set(personal.map(\.key.rawValue) + userData.members.map(\.key)).subtracting(ConversionKeys.business)
        return ConversionKeys.weak.contains(where: keys.isSubset)
    }
}
