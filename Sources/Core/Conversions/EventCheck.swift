/// Checks one event of a request and mends what can be mended without guessing.
struct EventCheck {
    let place: ConversionPath
    let consent: ConsentPolicy
    let clock: CheckClock
    private(set) var findings: [ConversionFinding] = []
    /// The event as it will go on.
    var fields = JSONObject()
    /// `user_data` without what is hashed.
    var userData = JSONObject()
    var personal: [ServerEvent.Personal] = []

    init(at place: ConversionPath, consent: ConsentPolicy, clock: CheckClock) {
        self.place = place
        self.consent = consent
        self.clock = clock
    }

    /// The event; nil when something in it refuses the request.
    mutating func event(from element: JSON) -> ServerEvent? {
        guard let raw = Self.object(element) else {
            find(.eventUnreadable, place)
            return nil
        }
        readMembers(raw)
        checkName()
        checkSource()
        checkTime()
        readUserData(raw["user_data"])
        checkCustomData()
        checkChannel()
        checkSuggestions()
        guard !findings.contains(where: { $0.severity == .reject }) else { return nil }
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

    mutating func find(_ fault: ConversionFault, _ path: ConversionPath) {
        guard findings.count < Limits.conversionFindingsMax else { return }
        findings.append(ConversionFinding(fault: fault, path: path.text))
    }

    // MARK: members of the event

    private mutating func readMembers(_ raw: JSON) {
        for (key, value) in raw.members where key != "user_data" {
            let path = place.key(key)
            if key == "advertiser_tracking_enabled" { continue }
            guard let type = ConversionKeys.type(of: key) else {
                if key != consent.path.first { find(ConversionKeys.isAliasOfCustomer(key) ? .personalKey : .unexpectedKey, path) }
                continue
            }
            guard let read = Self.read(value, as: type) else {
                find(key == "event_id" ? .idInvalid : key == "event_name" ? .nameInvalid : .wrongType, path)
                continue
            }
            if type == .object { refuseAliases(in: read, path) }
            if read != .object(JSONObject()) { fields[key] = read }
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
        guard let value else { return }
        var data = if case .object(let object)? = fields["app_data"] { object } else { JSONObject() }
        if data["advertiser_tracking_enabled"] == nil { data["advertiser_tracking_enabled"] = value }
        fields["app_data"] = .object(data)
        find(.keyMoved, place.key("advertiser_tracking_enabled"))
    }

    /// Keys at any depth that tell who somebody is.
    private mutating func refuseAliases(in value: JSON, _ path: ConversionPath) {
        switch value {
        case .object(let object):
            for member in object.members {
                if ConversionKeys.isAlias(member.key) { find(.personalKey, path.key(member.key)) }
                refuseAliases(in: member.value, path.key(member.key))
            }
        case .array(let items):
            for (index, item) in items.enumerated() { refuseAliases(in: item, path.index(index)) }
        case .null, .bool, .number, .string: return
        }
    }

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
            return find(.sourceMissing, place.key("action_source"))
        }
        let lower = source.lowercased()
        fields["action_source"] = .string(lower)
        if !ConversionKeys.sources.contains(lower) { find(.sourceUnknown, place.key("action_source")) }
    }

    private mutating func checkTime() {
        let path = place.key("event_time")
        guard let value = fields["event_time"] else { return find(.timeMissing, path) }
        guard let seconds = value.integer else { return find(.timeInvalid, path) }
        let isStore = fields["action_source"]?.text == "physical_store"
        let ageMax = isStore ? Limits.storeConversionAgeMaxSeconds : Limits.conversionAgeMaxSeconds
        if seconds >= 100_000_000_000 { return find(.timeInMilliseconds, path) }
        if seconds < clock.nowSeconds - ageMax { return find(.timeTooOld, path) }
        if seconds > clock.nowSeconds + Limits.conversionSkewMaxSeconds { return find(.timeInFuture, path) }
        if seconds > clock.nowSeconds { find(.timeSetBack, path) }
        fields["event_time"] = .integer(min(seconds, clock.nowSeconds))
    }
}
