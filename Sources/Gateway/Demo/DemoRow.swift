import Core

/// One source row of the scenario's insights: an entity's day.
struct DemoRow: Sendable {
    let ref: EntityRef
    /// Account days from today: 0 is today, -1 yesterday.
    let day: Int
    var impressions: Int64
    var clicks: Int64
    var linkClicks: Int64
    var reach: Int64
    var spendMinor: Int64
    var actions: [String: Int64] = [:]
    var valuesMinor: [String: Int64] = [:]

    /// As the emulator's scenario writes it, money in major units.
    func scenario(today: AccountDay, money: DemoMoney) -> JSON {
        [
            "level": .string(ref.level.rawValue), "id": .string(ref.id), "day": .string(today.adding(days: day).text),
            "impressions": .integer(impressions), "clicks": .integer(clicks), "inline_link_clicks": .integer(linkClicks),
            "reach": .integer(reach), "spend": .string(money.major(spendMinor)),
            "actions": object(actions) { .integer($0) },
            "action_values": object(valuesMinor) { .string(money.major($0)) },
        ]
    }

    private func object(_ values: [String: Int64], _ write: (Int64) -> JSON) -> JSON {
        .object(JSONObject(values.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: write($0.value)) }))
    }
}

/// A currency as the demo writes it. The offset stands here once more on purpose: the demo does not share the product's table.
struct DemoMoney: Sendable {
    let code: String
    /// Minor units of one major unit: 1 or 100.
    let offset: Int64

    func major(_ minor: Int64) -> String {
        guard offset == 100 else { return "\(minor)" }
        let cents = minor % 100
        return "\(minor / 100).\(cents < 10 ? "0" : "")\(cents)"
    }
}
