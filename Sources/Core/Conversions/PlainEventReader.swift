/// Reads a `PlainEvent`, or gives up.
///
/// Each step stands for one of `EventCheck` and does without its findings: where that would find anything, this ends.
struct PlainEventReader {
    private let tape: JSONTape
    private let consent: ConsentPolicy
    private let clock: CheckClock

    /// The values of the event's members by the ranks of their keys; 0 where there is none, -1 where there is a null, which is as good.
    private var places = [Int](repeating: 0, count: Self.eventKeys.names.count)
    /// The same of `user_data`.
    private var userPlaces = [Int](repeating: 0, count: Self.userKeys.names.count)
    private var personal: [ServerEvent.Personal] = []
    private var timeSeconds: Int64 = 0

    init(_ tape: JSONTape, consent: ConsentPolicy, clock: CheckClock) {
        self.tape = tape
        self.consent = consent
        self.clock = clock
    }

    /// Nil where `EventCheck` has to look.
    mutating func event(at root: Int) -> PlainEvent? {
        guard readMembers(root), readUserData(), checkName(), checkTime(), checkRequired(), checkClick(), checkMoney() else {
            return nil
        }
        guard let outcome = outcome(root) else { return nil }
        let members = places.indices.compactMap { $0 == Self.userDataRank || places[$0] <= 0 ? nil : places[$0] }
        return PlainEvent(
            tape, members: members, user: userMembers(), personal: personal, outcome: outcome, timeSeconds: timeSeconds)
    }

    // MARK: keys

    private static let eventKeys = KeyTable(ConversionKeys.eventNames + ["user_data"])
    private static let eventTypes: [ConversionKeys.MemberType?] = eventKeys.names.map(ConversionKeys.type)
    private static let userDataRank = rank("user_data")
    private static let userKeys = KeyTable(ConversionKeys.plain.union(PersonalKey.allCases.map(\.rawValue)))
    /// By rank; nil for what is not hashed.
    private static let personalKeys = userKeys.names.map { ConversionKeys.plain.contains($0) ? nil : PersonalKey(rawValue: $0) }
    private static let commonKeys = KeyTable(ConversionKeys.common)

    private static func rank(_ name: String) -> Int {
        guard let rank = eventKeys.names.firstIndex(of: name) else { preconditionFailure("No member of an event: \(name)") }
        return rank
    }

    private static func userRank(_ name: String) -> Int {
        guard let rank = userKeys.names.firstIndex(of: name) else { preconditionFailure("No member of user_data: \(name)") }
        return rank
    }

    private enum Rank {
        static let name = rank("event_name"), time = rank("event_time"), id = rank("event_id"), source = rank("action_source")
        static let url = rank("event_source_url"), custom = rank("custom_data"), app = rank("app_data")
        static let original = rank("original_event_data"), attribution = rank("attribution_data")
        static let options = rank("data_processing_options")
        static let optionsCountry = rank("data_processing_options_country"), optionsState = rank("data_processing_options_state")
        static let agent = userRank("client_user_agent"), address = userRank("client_ip_address")
        static let click = userRank("fbc"), browser = userRank("fbp"), lead = userRank("lead_id")
        static let neverHashed = ConversionKeys.neverHashed.map(userRank)
    }

    // MARK: members of the event

    private mutating func readMembers(_ root: Int) -> Bool {
        guard tape.kind(root) == .object else { return false }
        var isConsentSeen = false
        for value in tape.children(root) {
            guard tape.isCanonical(value - 1) else { return false }
            guard let rank = Self.eventKeys.rank(of: tape.range(value - 1), in: tape.bytes) else {
                // The consent may have a member of its own, which goes no further.
                guard !isConsentSeen, tape.text(value - 1) == consent.path.first, tape.isWritable(value) else { return false }
                isConsentSeen = true
                continue
            }
            guard places[rank] == 0, tape.kind(value) == .null || isGood(value, rank) else { return false }
            places[rank] = tape.kind(value) == .null ? -1 : value
        }
        return true
    }

    private func isGood(_ value: Int, _ rank: Int) -> Bool {
        switch Self.eventTypes[rank] {
        // of ids that are numbers the text is made
        case .text?, .id?: isTrimmed(value)
        case .scalar?: isScalar(value)
        case .list?: tape.kind(value) == .array && tape.children(value).allSatisfy(isScalar)
        // looked at one by one
        case .object?, nil: true
        }
    }

    private func isScalar(_ value: Int) -> Bool {
        switch tape.kind(value) {
        case .yes, .no, .number: true
        case .string: tape.isCanonical(value)
        case .null, .key, .array, .object: false
        }
    }

    /// A text that is not empty and has no blanks at its ends.
    private func isTrimmed(_ value: Int) -> Bool {
        guard tape.kind(value) == .string, tape.isCanonical(value) else { return false }
        let range = tape.range(value)
        guard !range.isEmpty else { return false }
        let (first, last) = (tape.bytes[range.lowerBound], tape.bytes[range.upperBound - 1])
        if (0x21..<0x7F).contains(first), (0x21..<0x7F).contains(last) { return true }
        let whole = tape.text(value)
        return whole.trimmedBlanks == whole
    }

    private func has(_ rank: Int) -> Bool { places[rank] > 0 }

    private func text(_ rank: Int) -> String? { has(rank) ? tape.text(places[rank]) : nil }

    private func userText(_ rank: Int) -> String? { userPlaces[rank] > 0 ? tape.text(userPlaces[rank]) : nil }

    // MARK: user_data

    private mutating func readUserData() -> Bool {
        let container = places[Self.userDataRank]
        guard container > 0, tape.kind(container) == .object else { return false }
        for value in tape.children(container) {
            guard tape.isCanonical(value - 1), let rank = Self.userKeys.rank(of: tape.range(value - 1), in: tape.bytes) else {
                return false
            }
            guard userPlaces[rank] == 0 else { return false }
            userPlaces[rank] = tape.kind(value) == .null ? -1 : value
            guard tape.kind(value) != .null else { continue }
            guard let key = Self.personalKeys[rank] else {
                guard isTrimmed(value) else { return false }
                continue
            }
            guard readPersonal(key, value, rank) else { return false }
        }
        return personal.contains { !ConversionKeys.seldomEnough.contains($0.key) } && areNeverHashed()
    }

    private mutating func readPersonal(_ key: PersonalKey, _ value: Int, _ rank: Int) -> Bool {
        var values: [Normalized] = []
        switch tape.kind(value) {
        case .string, .number: guard add(key, value, to: &values) else { return false }
        case .array: for item in tape.children(value) { guard add(key, item, to: &values) else { return false } }
        case .null, .yes, .no, .key, .object: return false
        }
        if values.isEmpty { userPlaces[rank] = -1 } else { personal.append(.init(key: key, values: values)) }
        return true
    }

    private func add(_ key: PersonalKey, _ item: Int, to values: inout [Normalized]) -> Bool {
        guard tape.kind(item) == .string || tape.kind(item) == .number else { return false }
        let raw = tape.text(item)
        let value = Normalizer.normalized(key, raw, year: clock.year)
        switch value {
        case .plain: return false
        case .dropped(let reason): return reason == .empty
        case .value(let text): guard JunkValues.verdict(key, raw: raw, normalized: text) == .fine else { return false }
        case .alreadyHashed(let text):
            guard let hash = HashText(text), !hash.isMD5, JunkValues.verdict(key, hex: hash.hex) == .fine else { return false }
        }
        values.append(value)
        return true
    }

    private func areNeverHashed() -> Bool {
        Rank.neverHashed.allSatisfy { rank in
            guard userPlaces[rank] > 0, (64...73).contains(tape.range(userPlaces[rank]).count) else { return true }
            return HashText(tape.text(userPlaces[rank])) == nil
        }
    }

    private func userMembers() -> [PlainEvent.UserMember] {
        userPlaces.indices.compactMap { rank in
            guard userPlaces[rank] > 0 else { return nil }
            guard let key = Self.personalKeys[rank] else { return .plain(userPlaces[rank]) }
            return personal.firstIndex { $0.key == key }.map { .personal($0) }
        }
    }

    // MARK: names and time

    /// With an id of its own and a source that asks for nothing but a page.
    private func checkName() -> Bool {
        guard let name = text(Rank.name), name != ConversionKeys.refund, name != ConversionDecoder.attribution, has(Rank.id)
        else { return false }
        switch text(Rank.source) {
        case "website"?, "email"?, "phone_call"?, "chat"?, "system_generated"?, "other"?: return true
        case _: return false
        }
    }

    private mutating func checkTime() -> Bool {
        guard has(Rank.time), tape.kind(places[Rank.time]) == .number else { return false }
        guard let seconds = Int64(tape.text(places[Rank.time])) else { return false }
        timeSeconds = seconds
        // "-0" is a number, too
        return seconds > 0 && seconds <= clock.nowSeconds && seconds >= clock.nowSeconds - Limits.conversionAgeMaxSeconds
    }

    private func checkRequired() -> Bool {
        guard !has(Rank.app), !has(Rank.original), !has(Rank.attribution) else { return false }
        if text(Rank.source) == "website" { guard has(Rank.url), userPlaces[Rank.agent] > 0 else { return false } }
        guard has(Rank.options), tape.children(places[Rank.options]).contains(where: { tape.text($0) == "LDU" }) else {
            return true
        }
        return has(Rank.optionsCountry) && has(Rank.optionsState)
    }

    // MARK: page, address and click

    private func checkClick() -> Bool {
        var clickID: String?
        if let text = text(Rank.url) {
            guard let url = SourceURL(text) else { return false }
            clickID = url.clickID
        }
        if let text = userText(Rank.address) {
            guard let address = AddressText(text), address.text == text, !address.isPrivate else { return false }
        }
        if let text = userText(Rank.browser), !isFresh(ClickText(text, .browser, latestMs: latestMs)) { return false }
        if let text = userText(Rank.lead), text.utf8.count > 32 || !text.utf8.allSatisfy(\.isDigit) { return false }
        guard let text = userText(Rank.click) else { return clickID == nil || self.text(Rank.source) != "website" }
        let click = ClickText(text, .click, latestMs: latestMs)
        return isFresh(click) && (clickID == nil || click?.id == clickID)
    }

    private var latestMs: Int64 { clock.nowMs + Limits.conversionSkewMaxSeconds * 1_000 }

    private func isFresh(_ click: ClickText?) -> Bool {
        guard let click, !click.isUnwrapped else { return false }
        return click.madeMs >= timeSeconds * 1_000 - Limits.clickAgeMaxMs
    }

    // MARK: money and what else it is about

    private func checkMoney() -> Bool {
        let container = places[Rank.custom]
        guard container > 0 else { return text(Rank.name) != "Purchase" }
        guard tape.kind(container) == .object, tape.isWritable(container), hasNoAlias(container, ConversionKeys.isAliasOfCustomer)
        else {
            return false
        }
        let members = tape.children(container).lazy.filter { tape.kind($0) != .null }
        // empty, it is left out
        guard members.contains(where: { _ in true }) else { return false }
        let currency = members.first { tape.isText($0 - 1, "currency") }
        if let currency {
            guard tape.kind(currency) == .string, let code = tape.text(currency).currencyCode, CurrencyList.contains(code) else {
                return false
            }
        }
        guard let amount = members.first(where: { tape.isText($0 - 1, "value") }) else { return text(Rank.name) != "Purchase" }
        return currency != nil && isScalar(amount) && EventCheck.isAmount(tape.value(amount))
    }

    /// No key under which somebody writes who a customer is, at any depth, and none whose nulls count.
    private func hasNoAlias(_ container: Int, _ isAlias: (String) -> Bool) -> Bool {
        let isObject = tape.kind(container) == .object
        for value in tape.children(container) {
            if isObject, Self.commonKeys.rank(of: tape.range(value - 1), in: tape.bytes) == nil {
                let key = tape.text(value - 1)
                guard key != "extinfo", !isAlias(key) else { return false }
            }
            switch tape.kind(value) {
            case .array, .object: guard hasNoAlias(value, ConversionKeys.isAlias) else { return false }
            case .null, .yes, .no, .number, .string, .key: break
            }
        }
        return true
    }

    // MARK: consent

    /// Nil where something has to be taken out of the event.
    private func outcome(_ root: Int) -> ConsentOutcome? {
        var value: Int? = consent.path.isEmpty ? nil : root
        for key in consent.path {
            value = value.flatMap { container in tape.children(container).first { isKeyed($0, key, in: container) } }
        }
        if let value, consent.isYes(tape.value(value)) { return .granted }
        return consent.without == .send ? .sentWithout : nil
    }

    private func isKeyed(_ value: Int, _ key: String, in container: Int) -> Bool {
        tape.kind(container) == .object && tape.slice(value - 1).elementsEqual(key.utf8)
    }
}
