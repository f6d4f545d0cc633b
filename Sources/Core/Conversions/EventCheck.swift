/// Checks one event of a request and mends what can be mended without guessing, by the rules of its source.
///
/// In the order of Meta's own gateways: shape, names, time, what the source of the action requires, URL, address and click,
/// hashes, enough to find somebody, money. The first finding that refuses is the one that an error names.
struct EventCheck {
    let place: ConversionPath
    let consent: ConsentPolicy
    let rules: SourceRules
    let clock: CheckClock
    private(set) var findings: [ConversionFinding] = []
    /// The first finding that refuses the event.
    private(set) var refusal: ConversionFinding?
    /// The event as it will go on; a member at fault is not in it.
    var fields = JSONObject()
    /// `user_data` without what is hashed.
    var userData = JSONObject()
    /// What is to be normalised and hashed, as it was sent.
    var unhashed: [(key: PersonalKey, values: [String])] = []
    var personal: [ServerEvent.Personal] = []
    /// `event_time` as sent, in seconds.
    var sentTimeSeconds: Int64?

    init(at place: ConversionPath, consent: ConsentPolicy, rules: SourceRules, clock: CheckClock) {
        self.place = place
        self.consent = consent
        self.rules = rules
        self.clock = clock
    }

    /// The event, or what may be kept of it where there is a `refusal`; nil when nothing of it can be read.
    mutating func event(from element: JSON) -> ServerEvent? {
        guard let raw = Self.object(element) else {
            find(.eventUnreadable, place)
            return nil
        }
        readMembers(raw)
        readUserData(raw["user_data"])
        checkName()
        checkSource()
        checkTime()
        checkRequired()
        let url = checkedURL()
        checkAddressAndClick()
        buildClick(from: url)
        readPersonal()
        checkMatchKeys()
        checkMoney()
        return consented(isGranted: consent.isGranted(in: raw))
    }

    /// An object, or a string that holds one.
    private static func object(_ element: JSON) -> JSON? {
        var value = element
        if case .string(let text) = element {
            guard let inner = try? JSON.parse(Array(text.utf8)) else { return nil }
            value = inner.withoutNulls ?? .null
        }
        guard value.isObject, value.depth <= Limits.conversionDepthMax else { return nil }
        return value
    }

    /// Notes a fault as the source's rules have it; the caller does with the value what the ruling says.
    @discardableResult
    mutating func find(_ fault: ConversionFault, _ path: ConversionPath) -> Ruling {
        let ruling = isRefundAtFault(fault) ? .reject : rules[fault]
        guard let severity = ruling.severity else { return ruling }
        guard findings.count < Limits.conversionFindingsMax || (severity == .reject && refusal == nil) else { return ruling }
        let finding = ConversionFinding(fault: fault, path: path.text, severity: severity)
        if severity == .reject { refusal = refusal ?? finding }
        if findings.count < Limits.conversionFindingsMax { findings.append(finding) }
        return ruling
    }

    /// Without its value a refund of a part would be one of all of the order, whatever the source's rules let go.
    private func isRefundAtFault(_ fault: ConversionFault) -> Bool {
        let money: Set<ConversionFault> = [.valueInvalid, .currencyMissing, .currencyInvalid, .currencyUnknown]
        return isRefund && money.contains(fault) && fields["custom_data"]?["value"] != nil
    }

    // MARK: members of the event

    private mutating func readMembers(_ raw: JSON) {
        for (key, value) in raw.members where key != "user_data" && key != "advertiser_tracking_enabled" {
            let path = place.key(key)
            guard let type = ConversionKeys.type(of: key) else {
                if key != consent.path.first { find(ConversionKeys.isAliasOfCustomer(key) ? .personalKey : .unexpectedKey, path) }
                continue
            }
            guard let read = Self.read(value, as: type) else {
                find(key == "event_id" ? .idInvalid : key == "event_name" ? .nameInvalid : .wrongType, path)
                continue
            }
            let isCustom = key == "custom_data"
            let kept =
                type == .object
                ? withoutAliases(read, path, isCustom ? ConversionKeys.isAliasOfCustomer : ConversionKeys.isAlias) : read
            if kept != .object(JSONObject()) { fields[key] = kept }
        }
        moveTracking(raw["advertiser_tracking_enabled"])
    }

    /// Texts are trimmed, ids become text; nil for another type. An empty list stands for an empty object, as PHP writes it.
    private static func read(_ value: JSON, as type: ConversionKeys.MemberType) -> JSON? {
        switch (type, value) {
        case (.text, .string(let text)), (.id, .string(let text)): .string(text.trimmedBlanks)
        case (.id, .number(let token)): .string(token)
        case (.scalar, .bool), (.scalar, .number), (.scalar, .string): value
        case (.list, .array), (.object, .object): value
        case (.object, .array([])): .object(JSONObject())
        case (.text, _), (.id, _), (.scalar, _), (.list, _), (.object, _): nil
        }
    }

    /// Node's SDK lets it stand beside `app_data`, where Meta refuses it.
    private mutating func moveTracking(_ value: JSON?) {
        guard let value, find(.keyMoved, place.key("advertiser_tracking_enabled")) == .repair else { return }
        var data = if case .object(let object)? = fields["app_data"] { object } else { JSONObject() }
        if data["advertiser_tracking_enabled"] == nil { data["advertiser_tracking_enabled"] = value }
        fields["app_data"] = .object(data)
    }

    // MARK: keys that tell who somebody is

    /// Without the keys, at any depth, that tell who somebody is; `isAlias` judges those of the first level.
    private mutating func withoutAliases(_ value: JSON, _ path: ConversionPath, _ isAlias: (String) -> Bool) -> JSON {
        guard Self.hasAlias(value, isAlias) else { return value }
        switch value {
        case .object(let object):
            var kept: [JSONObject.Member] = []
            for member in object.members {
                let place = path.key(member.key)
                guard !isAlias(member.key) else {
                    find(.personalKey, place)
                    continue
                }
                kept.append(.init(key: member.key, value: withoutAliases(member.value, place, ConversionKeys.isAlias)))
            }
            return .object(JSONObject(kept))
        case .array(let items):
            var kept: [JSON] = []
            for (index, item) in items.enumerated() {
                kept.append(withoutAliases(item, path.index(index), ConversionKeys.isAlias))
            }
            return .array(kept)
        case .null, .bool, .number, .string: return value
        }
    }

    private static func hasAlias(_ value: JSON, _ isAlias: (String) -> Bool) -> Bool {
        switch value {
        case .object(let object):
            object.members.contains { isAlias($0.key) || hasAlias($0.value, ConversionKeys.isAlias) }
        case .array(let items): items.contains { hasAlias($0, ConversionKeys.isAlias) }
        case .null, .bool, .number, .string: false
        }
    }

    // MARK: names and enumerations

    /// It goes to nobody, and so need say of nobody who bought.
    var isRefund: Bool { fields["event_name"]?.text == ConversionKeys.refund }

    private mutating func checkName() {
        switch fields["event_name"]?.text {
        case nil: if !findings.contains(where: { $0.fault == .nameInvalid }) { find(.nameMissing, place.key("event_name")) }
        case ""?: find(.nameInvalid, place.key("event_name"))
        case .some: break
        }
        if fields["event_id"]?.text?.isEmpty == true { fields["event_id"] = nil }
    }

    private mutating func checkSource() {
        guard let source = fields["action_source"]?.text, !source.isEmpty else {
            find(.sourceMissing, place.key("action_source"))
            return
        }
        let lower = source.lowercased()
        let isKnown = ConversionKeys.sources.contains(lower)
        fields["action_source"] = isKnown ? .string(lower) : nil
        if !isKnown { find(.sourceUnknown, place.key("action_source")) }
    }
}
