/// The metrics of one entity, computed from sums of its facts.
package struct EntityMetrics: Sendable {
    /// A metric and the ids of the facts it came from.
    package struct Reading: Sendable, Equatable {
        package let value: MetricValue
        package let evidence: [Int64]
        /// Our own figures that it was made of, as the key text names them.
        package var own: [String] = []
        /// The newest of our own events in it.
        package var events: [Int64] = []
        /// For a figure of ours that has the spend in it.
        package var spendAge: SpendAge?
    }

    let input: RuleInput
    private let facts: [Fact]
    private let offset: Int64

    package init(input: RuleInput) {
        self.input = input
        self.facts = input.facts.filter { $0.level == input.entity.ref.level && $0.entityID == input.entity.ref.id }
        self.offset = Currency.readingOffset(input.currency)
    }

    /// What `metric` is over `window`. Budgets have no window; anything else without one is unknown.
    package func value(of metric: Metric, over window: Window?) -> Reading {
        switch metric {
        case .dailyBudget: return Reading(value: budget(input.entity.dailyBudgetMinor), evidence: [])
        case .lifetimeBudget: return Reading(value: budget(input.entity.lifetimeBudgetMinor), evidence: [])
        case .reach, .frequency:
            guard let window else { return Reading(value: .unknown(.malformed), evidence: []) }
            return reading(of: metric, onReachRowOf: window)
        case .ownLeads, .ownPurchases, .ownComments, .ownRevenue, .ownCpl, .ownRoas, .ownRefunds, .ownProfit:
            guard let window else { return Reading(value: .unknown(.malformed), evidence: []) }
            return own(metric, over: window)
        case .spend, .impressions, .clicks, .linkClicks, .ctr, .cpc, .cpm, .cpa, .cpl, .roas, .profit, .results, .leads,
            .purchases, .revenue, .action, .value:
            guard let window else { return Reading(value: .unknown(.malformed), evidence: []) }
            let rows = WindowRows(facts: facts, range: window.range(today: input.accountToday))
            if let reason = rows.reason { return Reading(value: .unknown(reason), evidence: rows.evidence) }
            return Reading(value: Self.metricValue { () throws(Unknown) in try sum(metric, rows) }, evidence: rows.evidence)
        }
    }

    private func budget(_ minor: Int64?) -> MetricValue {
        guard let currency = input.currency else { return .unknown(.unknownCurrency) }
        guard let minor else { return .unknown(.noBudget) }
        return .value(Ratio(minor, over: currency.offset))
    }

    private func reading(of metric: Metric, onReachRowOf window: Window) -> Reading {
        let range = window.range(today: input.accountToday)
        let row = facts.filter { $0.dateStart == range.lowerBound && $0.dateStop == range.upperBound }.max { $0.id < $1.id }
        guard let row else { return Reading(value: .unknown(.noReach), evidence: []) }
        return Reading(value: Self.value(of: metric, onReachRow: row), evidence: [row.id])
    }

    private static func value(of metric: Metric, onReachRow row: Fact) -> MetricValue {
        guard !row.isEmpty else { return .unknown(.noRows) }
        // Meta gives 0 where it has dropped the figure (old days, some breakdowns).
        guard let reach = row.reach, reach > 0 || row.impressions == 0 else { return .unknown(.noReach) }
        guard metric == .frequency else { return .value(Ratio(reach)) }
        return reach > 0 ? .value(Ratio(row.impressions, over: reach)) : .unknown(.noReach)
    }

    // MARK: sums and what is computed from them

    /// Carries a reason out of the middle of a formula.
    private struct Unknown: Error { let reason: UnknownReason }

    private static func metricValue(_ formula: () throws(Unknown) -> Ratio) -> MetricValue {
        do { return .value(try formula()) } catch { return .unknown(error.reason) }
    }

    private func sum(_ metric: Metric, _ rows: WindowRows) throws(Unknown) -> Ratio {
        switch metric {
        case .spend: return try money(rows, \.spendMinor)
        case .impressions: return try count(rows, \.impressions)
        case .clicks: return try count(rows, \.clicks)
        case .linkClicks: return try count(rows, \.linkClicks)
        case .ctr:
            return try quotient(count(rows, \.clicks), by: count(rows, \.impressions), times: 100, otherwise: .noImpressions)
        case .cpc: return try quotient(money(rows, \.spendMinor), by: count(rows, \.clicks), otherwise: .noClicks)
        case .cpm:
            return try quotient(
                money(rows, \.spendMinor), by: count(rows, \.impressions), times: 1_000, otherwise: .noImpressions)
        case .cpa: return try cost(rows, per: action(of: .purchase))
        case .cpl: return try cost(rows, per: action(of: .lead))
        case .roas: return try quotient(value(rows, action(of: .purchase)), by: money(rows, \.spendMinor), otherwise: .noSpend)
        case .profit: return try profit(rows)
        case .results: return try happened(rows, resultAction())
        case .leads: return try happened(rows, action(of: .lead))
        case .purchases: return try happened(rows, action(of: .purchase))
        case .revenue: return try value(rows, action(of: .purchase))
        case .action(let type): return try happened(rows, type)
        case .value(let type): return try value(rows, type)
        case .reach, .frequency, .dailyBudget, .lifetimeBudget, .ownLeads, .ownPurchases, .ownComments, .ownRevenue, .ownCpl,
            .ownRoas, .ownRefunds, .ownProfit:
            throw Unknown(reason: .malformed)  // not sums
        }
    }

    private func profit(_ rows: WindowRows) throws(Unknown) -> Ratio {
        guard let margin = input.margin else { throw Unknown(reason: .noMargin) }
        let revenue = try value(rows, action(of: .purchase))
        let spend = try money(rows, \.spendMinor)
        guard let profit = revenue.multiplied(by: margin.ratio)?.subtracting(spend) else { throw Unknown(reason: .overflow) }
        return profit
    }

    private func count(_ rows: WindowRows, _ figure: (Fact) -> Int64) throws(Unknown) -> Ratio {
        guard let sum = rows.sum(figure) else { throw Unknown(reason: .overflow) }
        return Ratio(sum)
    }

    private func money(_ rows: WindowRows, _ figure: (Fact) -> Int64) throws(Unknown) -> Ratio {
        guard let sum = rows.sum(figure) else { throw Unknown(reason: .overflow) }
        return Ratio(sum, over: offset)
    }

    /// Unknown where the divisor is not above zero.
    private func quotient(_ top: Ratio, by bottom: Ratio, times factor: Int64 = 1, otherwise: UnknownReason) throws(Unknown)
        -> Ratio
    {
        guard bottom > Ratio(0) else { throw Unknown(reason: otherwise) }
        guard let quotient = top.divided(by: bottom)?.multiplied(by: Ratio(factor)) else { throw Unknown(reason: .overflow) }
        return quotient
    }

    private func cost(_ rows: WindowRows, per type: String) throws(Unknown) -> Ratio {
        try quotient(money(rows, \.spendMinor), by: happened(rows, type), otherwise: .noActions(type))
    }

    // MARK: actions

    private func action(of goal: Goal) throws(Unknown) -> String {
        let type =
            switch goal {
            case .purchase: input.purchaseAction
            case .lead: input.leadAction
            }
        guard let type else { throw Unknown(reason: .noGoalAction(goal)) }
        return type
    }

    private func resultAction() throws(Unknown) -> String {
        switch (input.purchaseAction, input.leadAction) {
        case (let type?, nil), (nil, let type?): return type
        case (_?, _?): throw Unknown(reason: .ambiguousGoal)
        case (nil, nil): throw Unknown(reason: .noGoalAction(.purchase))
        }
    }

    /// How often `type` happened: a row without it counts 0 when the account has ever reported it.
    private func happened(_ rows: WindowRows, _ type: String) throws(Unknown) -> Ratio {
        let isKnown = input.knownActions.contains(type) || rows.rows.contains { $0.actions[type] != nil }
        guard isKnown else { throw Unknown(reason: .actionNeverSeen(type)) }
        guard let units = rows.sum({ $0.actions[type]?.count.units ?? 0 }) else { throw Unknown(reason: .overflow) }
        return Ratio(units, over: Scaled.scale)
    }

    /// What `type` was worth: a row without a value counts 0 when the account has ever reported one.
    private func value(_ rows: WindowRows, _ type: String) throws(Unknown) -> Ratio {
        let isKnown =
            input.knownActions.contains(KnownActions.valueKey(type)) || rows.rows.contains { $0.actions[type]?.valueMinor != nil }
        guard isKnown else {
            let isSeen = input.knownActions.contains(type) || rows.rows.contains { $0.actions[type] != nil }
            throw Unknown(reason: isSeen ? .valueNeverSeen(type) : .actionNeverSeen(type))
        }
        return try money(rows) { $0.actions[type]?.valueMinor ?? 0 }
    }
}
