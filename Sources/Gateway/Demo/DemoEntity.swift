import Core

/// A campaign, ad set or ad of the demo's scenario, with what hangs below it.
struct DemoEntity: Sendable {
    let ref: EntityRef
    let name: String
    var status = "ACTIVE"
    var dailyBudgetMinor: Int64?
    var children: [DemoEntity] = []
    /// What an ad shows, as the emulator's scenario writes a creative.
    var creative: JSON?

    /// As the emulator's scenario writes it.
    var scenario: JSON {
        var out = JSONObject([
            .init(key: "id", value: .string(ref.id)), .init(key: "name", value: .string(name)),
            .init(key: "status", value: .string(status)),
        ])
        if let dailyBudgetMinor { out["daily_budget"] = .integer(dailyBudgetMinor) }
        if let creative { out["creative"] = creative }
        switch ref.level {
        case .campaign: out["adsets"] = .array(children.map(\.scenario))
        case .adset: out["ads"] = .array(children.map(\.scenario))
        case .account, .ad: return .object(out)
        }
        return .object(out)
    }

    /// The entity and everything below it.
    var family: [DemoEntity] { [self] + children.flatMap(\.family) }
}
