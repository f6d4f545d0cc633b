/// One row of insights, and how each field of it is written.
struct InsightsRow {
    let entity: Entity
    let range: DayRange
    let figures: Figures

    static let fields: Set<String> = [
        "account_id", "account_name", "account_currency", "campaign_id", "campaign_name", "adset_id", "adset_name", "ad_id",
        "ad_name", "objective", "attribution_setting", "optimization_goal", "buying_type", "impressions", "reach", "frequency",
        "clicks", "inline_link_clicks", "spend", "cpc", "cpm", "ctr", "cpp", "inline_link_click_ctr",
        "cost_per_inline_link_click",
        "actions", "action_values", "cost_per_action_type", "purchase_roas", "date_start", "date_stop",
    ]

    /// What comes when nothing is asked for.
    static func defaults(at level: Level) -> [String] {
        ["account_id"] + (level >= .campaign ? ["campaign_id"] : []) + ["impressions", "spend"]
    }

    /// A metric as a number, for filters and sorting; nil when undefined.
    func number(_ metric: String) -> Amount? {
        guard let text = metricText(metric) ?? (metric == "inline_link_clicks" ? "0" : nil) else { return nil }
        return Amount(text: text)
    }

    func value(_ names: [String], in tree: AdTree) -> Value {
        var members: [Value.Member] = []
        var asked = Set<String>()
        for name in names + ["date_start", "date_stop"] where asked.insert(name).inserted {
            if let value = field(name, in: tree) { members.append(.init(key: name, value: value)) }
        }
        return .object(members)
    }

    private func field(_ name: String, in tree: AdTree) -> Value? {
        switch name {
        case "date_start": .string(range.lowerBound.text)
        case "date_stop": .string(range.upperBound.text)
        case "actions": Self.list(figures.actions)
        case "action_values": Self.list(figures.actionValues)
        case "cost_per_action_type": costs
        case "purchase_roas": returns
        case _: metricText(name).map(Value.string) ?? naming(name, in: tree)
        }
    }

    private func metricText(_ name: String) -> String? {
        let spend = Int128(figures.spend.micros)
        func of(_ count: Int64) -> Int128 { Int128(count) * 1_000_000 }
        return switch name {
        case "impressions": String(figures.impressions)
        case "clicks": String(figures.clicks)
        case "reach": String(figures.reach)
        case "spend": figures.spend.text
        case "inline_link_clicks": figures.inlineLinkClicks > 0 ? String(figures.inlineLinkClicks) : nil
        case "frequency": Amount.ratio(Int128(figures.impressions), by: Int128(figures.reach))
        case "ctr": Amount.ratio(Int128(figures.clicks) * 100, by: Int128(figures.impressions))
        case "cpc": Amount.ratio(spend, by: of(figures.clicks))
        case "cpm": Amount.ratio(spend * 1000, by: of(figures.impressions))
        case "cpp": Amount.ratio(spend * 1000, by: of(figures.reach))
        case "inline_link_click_ctr":
            figures.inlineLinkClicks > 0
                ? Amount.ratio(Int128(figures.inlineLinkClicks) * 100, by: Int128(figures.impressions)) : nil
        case "cost_per_inline_link_click": Amount.ratio(spend, by: of(figures.inlineLinkClicks))
        case _: nil
        }
    }

    private func naming(_ name: String, in tree: AdTree) -> Value? {
        let account = tree.ancestor(of: entity, at: .account)
        func above(_ level: Level) -> Entity? { entity.level >= level ? tree.ancestor(of: entity, at: level) : nil }
        return switch name {
        case "account_id": .string(entity.account)
        case "account_name": account.map { .string($0.name) }
        case "account_currency": tree.accounts[entity.account].map { .string($0.currency) }
        case "campaign_id": above(.campaign).map { .string($0.id) }
        case "campaign_name": above(.campaign).map { .string($0.name) }
        case "adset_id": above(.adset).map { .string($0.id) }
        case "adset_name": above(.adset).map { .string($0.name) }
        case "ad_id": above(.ad).map { .string($0.id) }
        case "ad_name": above(.ad).map { .string($0.name) }
        case "objective", "buying_type": above(.campaign)?.extra[name]
        case "optimization_goal": above(.adset)?.extra[name]
        case "attribution_setting": "7d_click_1d_view"
        case _: nil
        }
    }

    /// Elements in order of their type; a count of zero has none, and without any the list is absent.
    private static func list(_ amounts: [String: Amount]) -> Value? {
        let present = amounts.filter { $0.value != .zero }.sorted { $0.key < $1.key }
        guard !present.isEmpty else { return nil }
        return .array(present.map { ["action_type": .string($0.key), "value": .string($0.value.text)] })
    }

    private var costs: Value? {
        let costs = figures.actions.sorted { $0.key < $1.key }.compactMap { type, count -> Value? in
            guard let cost = Amount.ratio(Int128(figures.spend.micros), by: Int128(count.micros)) else { return nil }
            return ["action_type": .string(type), "value": .string(cost)]
        }
        return costs.isEmpty ? nil : .array(costs)
    }

    private var returns: Value? {
        guard let value = figures.actionValues["omni_purchase"], value != .zero,
            let ratio = Amount.ratio(Int128(value.micros), by: Int128(figures.spend.micros))
        else { return nil }
        return [["action_type": "omni_purchase", "value": .string(ratio)]]
    }
}
