import Testing

@testable import Core

/// A small generator with a seed, so that drawn cases are the same in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// What the tests of rules and metrics are made of.
enum Sample {
    static let today = AccountDay(number: 20_777)  // 2026-11-20
    static let euro = Currency(code: "EUR")

    static func number(_ text: String) -> Scaled { Scaled(text: text) ?? .zero }

    static func campaign(
        _ id: String = "11", status: String = "ACTIVE", effective: String? = nil, daily: Int64? = 20_000, lifetime: Int64? = nil
    ) -> EntityState {
        EntityState(
            ref: EntityRef(.campaign, id), accountID: "1", name: "Summer \(id)", status: status,
            effectiveStatus: effective ?? status,
            dailyBudgetMinor: daily, lifetimeBudgetMinor: lifetime)
    }

    static func adset(_ id: String = "111", daily: Int64? = nil, lifetime: Int64? = nil) -> EntityState {
        EntityState(
            ref: EntityRef(.adset, id), accountID: "1", campaignID: "11", name: "Set \(id)", status: "ACTIVE",
            effectiveStatus: "ACTIVE",
            dailyBudgetMinor: daily, lifetimeBudgetMinor: lifetime)
    }

    /// One day's row of a campaign, `daysAgo` days before today.
    static func row(
        _ id: Int64, daysAgo: Int, of entityID: String = "11", level: EntityLevel = .campaign, impressions: Int64 = 1_000,
        clicks: Int64 = 50,
        linkClicks: Int64 = 40, reach: Int64? = nil, spend: Int64 = 1_000, actions: [String: ActionCount] = [:]
    ) -> Fact {
        let day = today.adding(days: -daysAgo)
        return Fact(
            id: id, level: level, entityID: entityID, dateStart: day, dateStop: day, impressions: impressions, clicks: clicks,
            linkClicks: linkClicks, reach: reach, spendMinor: spend, actions: actions)
    }

    static func empty(_ id: Int64, daysAgo: Int, of entityID: String = "11", level: EntityLevel = .campaign) -> Fact {
        let day = today.adding(days: -daysAgo)
        return Fact.empty(level: level, entityID: entityID, dateStart: day, dateStop: day).stored(as: id)
    }

    /// `rows`, and "read, empty" for every other day of last_7d+today.
    static func week(_ rows: [Fact], of entityID: String = "11", level: EntityLevel = .campaign) -> [Fact] {
        let shape = ReadShape(level: level, since: today.adding(days: -7), until: today, daily: true, needsReach: false)
        let filled = InsightRows.filled(rows, entities: [entityID], shape: shape)
        return filled.enumerated().map { $1.id == 0 ? $1.stored(as: 900 + Int64($0)) : $1 }
    }

    static func purchases(_ count: String, _ valueMinor: Int64?) -> [String: ActionCount] {
        ["omni_purchase": ActionCount(count: number(count), valueMinor: valueMinor)]
    }

    static func input(
        _ facts: [Fact], entity: EntityState = campaign(), campaign: EntityState? = nil, currency: Currency? = euro,
        purchaseAction: String? = "omni_purchase", leadAction: String? = nil,
        known: Set<String> = ["omni_purchase", "value:omni_purchase"],
        margin: Scaled? = .one, minDailyBudget: Int64? = nil, pausedByRule: Bool = false, own: OwnInput? = nil
    ) -> RuleInput {
        RuleInput(
            entity: entity, campaign: campaign, currency: currency, accountToday: today, facts: facts,
            purchaseAction: purchaseAction,
            leadAction: leadAction, knownActions: known, margin: margin, minDailyBudgetMinor: minDailyBudget,
            pausedByRule: pausedByRule, own: own)
    }

    /// Figures of `last_7d`, which began `countedMs` after we began to count; below zero: before.
    static func own(
        leads: Int64 = 0, purchases: Int64 = 0, comments: Int64 = 0, revenue: [String: Int64] = [:], withoutValue: Int64 = 0,
        latest: [OwnCount: Int64] = [:], countedMs: Int64 = 1_000, readAtMs: Int64? = 9_280_000, window: Window = .lastDays(7),
        refunds: Int64 = 0, refundsWithoutValue: Int64 = 0
    ) -> OwnInput {
        var figures = OwnFigures()
        figures.refunds = refunds
        figures.refundsWithoutValue = refundsWithoutValue
        figures.leads = leads
        figures.purchases = purchases
        figures.comments = comments
        figures.revenueMinor = revenue
        figures.purchasesWithoutValue = withoutValue
        figures.latest = latest
        return OwnInput(
            windows: [window: OwnWindow(startMs: 5_000_000, endMs: 9_000_000, figures: figures)], sinceMs: 5_000_000 - countedMs,
            spendReadAtMs: readAtMs, nowMs: 10_000_000)
    }

    static func compare(_ metric: Metric, _ window: Window?, _ test: String) throws -> Condition {
        .compare(Comparison(metric: metric, window: window, test: try RuleTest(text: test)))
    }

    static func rule(
        _ when: Condition, _ actions: [RuleAction], level: EntityLevel = .campaign, status: StatusMatch = .active,
        guards: Guard? = nil,
        limits: RuleLimits = RuleLimits()
    ) -> Rule {
        Rule(
            workspace: "belmonte", name: "r", version: "v1", scope: Scope(level: level, status: status), when: when,
            guards: guards,
            actions: actions, limits: limits, mode: .active)
    }

    /// Nothing done before, for every slot that the rule needs.
    static func noPast(_ rule: Rule, _ input: RuleInput, nowMs: Int64 = 1_795_176_000_000) -> [ActionSlot: ActionPast] {
        past(rule, input, ActionPast(nowMs: nowMs))
    }

    static func past(_ rule: Rule, _ input: RuleInput, _ past: ActionPast) -> [ActionSlot: ActionPast] {
        Dictionary(uniqueKeysWithValues: RuleEngine.slots(rule, input).map { ($0, past) })
    }
}
