extension EntityMetrics {
    /// A figure of our own events over `window`, with the spend of `facts` where it needs that.
    func own(_ metric: Metric, over window: Window) -> Reading {
        guard let own = input.own, let since = own.sinceMs, let counted = own.windows[window] else {
            return Reading(value: .unknown(.ownNotCounted), evidence: [])
        }
        let isWhole = since <= counted.startMs
        let figures = counted.figures
        switch metric {
        case .ownLeads: return reading(Self.count(figures.leads, isWhole), .lead, counted)
        case .ownPurchases: return reading(Self.count(figures.purchases, isWhole), .purchase, counted)
        case .ownComments: return reading(Self.count(figures.comments, isWhole), .comment, counted)
        case .ownRefunds: return reading(Self.count(figures.refunds, isWhole), .refund, counted)
        case .ownRevenue:
            return Reading(
                value: revenue(figures, isWhole), evidence: [], own: counted.evidenceOfRevenue, events: counted.newestOfRevenue)
        case .ownCpl: return costPerLead(Self.count(figures.leads, isWhole), window, counted, own)
        case .ownRoas: return withSpend(revenue(figures, isWhole), window, counted, own, Self.roas)
        case .ownProfit:
            guard let margin = input.margin?.ratio else { return Reading(value: .unknown(.noMargin), evidence: []) }
            return withSpend(revenue(figures, isWhole), window, counted, own) { Self.profit($0, $1, margin) }
        case .spend, .impressions, .clicks, .linkClicks, .reach, .frequency, .ctr, .cpc, .cpm, .cpa, .cpl, .roas, .profit,
            .results, .leads, .purchases, .revenue, .action, .value, .dailyBudget, .lifetimeBudget:
            return Reading(value: .unknown(.malformed), evidence: [])  // none of ours
        }
    }

    private static func count(_ number: Int64, _ isWhole: Bool) -> MetricValue {
        isWhole ? .value(Ratio(number)) : .atLeast(Ratio(number))
    }

    /// No order is worth less than nothing, because its refunds never take more than its purchase brought (`Refund.taken`); and a refund counts
    /// only where its purchase was counted. So whatever is missing, of the time before we counted or of a purchase's worth, only adds.
    private func revenue(_ figures: OwnFigures, _ isWhole: Bool) -> MetricValue {
        guard let currency = input.currency else { return .unknown(.unknownCurrency) }
        guard figures.revenueMinor.keys.allSatisfy({ $0 == currency.code }) else { return .unknown(.currencyMismatch) }
        guard figures.refundsWithoutValue == 0 else { return .unknown(.ownIncomplete) }
        let sum = Ratio(figures.revenueMinor[currency.code] ?? 0, over: currency.offset)
        return isWhole && figures.purchasesWithoutValue == 0 ? .value(sum) : .atLeast(sum)
    }

    /// More leads would make each cheaper: a lower bound of their number says nothing certain about their cost.
    private func costPerLead(_ leads: MetricValue, _ window: Window, _ counted: OwnWindow, _ own: OwnInput) -> Reading {
        let spend = value(of: .spend, over: window)
        let cost: MetricValue =
            switch (spend.value, leads) {
            case (.value(let spend), .value(let leads)):
                leads > Ratio(0)
                    ? spend.divided(by: leads).map(MetricValue.value) ?? .unknown(.overflow)
                    : .unknown(.noActions(Metric.ownLeads.text))
            case (.value, .atLeast), (.atLeast, _): .unknown(.ownIncomplete)
            case (.unknown(let reason), _), (_, .unknown(let reason)): .unknown(reason)
            }
        return reading(cost, .lead, counted, spend: spend, own)
    }

    /// Made of the revenue and the spend, growing with the revenue: of a lower bound it is one.
    private func withSpend(
        _ revenue: MetricValue, _ window: Window, _ counted: OwnWindow, _ own: OwnInput, _ made: (Ratio, Ratio) -> MetricValue
    ) -> Reading {
        let spend = value(of: .spend, over: window)
        let result: MetricValue =
            switch (revenue, spend.value) {
            case (.unknown(let reason), _), (_, .unknown(let reason)): .unknown(reason)
            case (_, .atLeast): .unknown(.ownIncomplete)
            case (.value(let revenue), .value(let spend)): made(revenue, spend)
            case (.atLeast(let revenue), .value(let spend)): made(revenue, spend).asLowerBound
            }
        return Reading(
            value: result, evidence: spend.evidence, own: counted.evidenceOfRevenue, events: counted.newestOfRevenue,
            spendAge: SpendAge(readAtMs: own.spendReadAtMs, text: own.spendAge))
    }

    private static func roas(_ revenue: Ratio, _ spend: Ratio) -> MetricValue {
        guard spend > Ratio(0) else { return .unknown(.noSpend) }
        return revenue.divided(by: spend).map(MetricValue.value) ?? .unknown(.overflow)
    }

    private static func profit(_ revenue: Ratio, _ spend: Ratio, _ margin: Ratio) -> MetricValue {
        revenue.multiplied(by: margin)?.subtracting(spend).map(MetricValue.value) ?? .unknown(.overflow)
    }

    private func reading(_ value: MetricValue, _ count: OwnCount, _ counted: OwnWindow) -> Reading {
        Reading(value: value, evidence: [], own: [counted.evidence(of: count)], events: counted.newest(count))
    }

    private func reading(_ value: MetricValue, _ count: OwnCount, _ counted: OwnWindow, spend: Reading, _ own: OwnInput)
        -> Reading
    {
        Reading(
            value: value, evidence: spend.evidence, own: [counted.evidence(of: count)], events: counted.newest(count),
            spendAge: SpendAge(readAtMs: own.spendReadAtMs, text: own.spendAge))
    }
}

extension MetricValue {
    fileprivate var asLowerBound: MetricValue {
        switch self {
        case .value(let ratio): .atLeast(ratio)
        case .atLeast, .unknown: self
        }
    }
}

extension OwnWindow {
    fileprivate var newestOfRevenue: [Int64] {
        [figures.latest[.purchase], figures.latest[.refund]].compactMap(\.self).max().map { [$0] } ?? []
    }

    fileprivate func newest(_ count: OwnCount) -> [Int64] { figures.latest[count].map { [$0] } ?? [] }
}
