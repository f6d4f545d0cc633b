/// Events that a data set refuses for a reason that a scenario makes up, beside Meta's own.
struct EventRule: Sendable {
    /// These ids; nil: any.
    var ids: Set<String>?
    /// Only events of this name.
    var name: String?
    /// Only events that have this member: `["user_data", "fbc"]`.
    var has: [String] = []
    /// Of all ids so many of a million, told by the id alone, so that an event is refused always or never; nil: all.
    var shareMillionths: Int64?
    var code = 100
    var subcode: Int?
    var message = "An event can't be taken."
    /// Whether the answer says which event it is.
    var namesPlace = false

    func refuses(_ event: Value) -> Bool {
        let id = event["event_id"]?.text ?? ""
        guard ids?.contains(id) ?? true, name.map({ event["event_name"]?.text == $0 }) ?? true else { return false }
        guard shareMillionths.map({ Self.lot(id) < $0 }) ?? true else { return false }
        var value: Value? = event
        for key in has { value = value?[key] }
        return value != nil && value != .null
    }

    /// 0 to 999 999, by FNV-1a: whoever checks can draw it, too.
    private static func lot(_ id: String) -> Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(hash % 1_000_000)
    }

    func failure(at index: Int) -> GraphFailure {
        let place = namesPlace ? "$['data'][\(index)]: " : ""
        return GraphFailure(
            code: code, subcode: subcode, message: "Invalid parameter", isTransient: false, title: "Refused",
            userMessage: place + message)
    }
}

extension EventRule {
    init(_ entry: ScenarioEntry) throws(ScenarioError) {
        try entry.keys(among: ["ids", "name", "has", "share", "code", "subcode", "message", "place"])
        if let list = entry["ids"] {
            var ids: Set<String> = []
            for item in try list.items() { ids.insert(try item.text()) }
            self.ids = ids
        }
        name = try entry.text("name")
        has = try entry.text("has")?.split(separator: ".").map(String.init) ?? []
        shareMillionths = try entry.share("share")
        code = try entry.integer("code").map { Int(truncatingIfNeeded: $0) } ?? code
        subcode = try entry.integer("subcode").map { Int(truncatingIfNeeded: $0) }
        message = try entry.text("message") ?? message
        namesPlace = try entry.flag("place") ?? false
    }

    static func list(_ entry: ScenarioEntry?) throws(ScenarioError) -> [EventRule] {
        var rules: [EventRule] = []
        for item in try entry?.items() ?? [] { rules.append(try EventRule(item)) }
        return rules
    }
}

extension ScenarioEntry {
    /// `0.2` as 200 000 of a million.
    func share(_ key: String) throws(ScenarioError) -> Int64? {
        guard let entry = self[key] else { return nil }
        guard let amount = Amount(text: try entry.text()), amount.micros <= 1_000_000 else {
            throw entry.fault("must be a share from 0 to 1")
        }
        return amount.micros
    }
}
