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
        case .ownRevenue: return reading(revenue(figures, isWhole), .purchase, counted)
        case .ownCpl: return costPerLead(Self.count(figures.leads, isWhole), window, counted, own)
        case .ownRoas: return returnOnSpend(revenue(figures, isWhole), window, counted, own)
        case .spend, .impressions, .clicks, .linkClicks, .reach, .frequency, .ctr, .cpc, .cpm, .cpa, .cpl, .roas, .profit,
            .results, .leads, .purchases, .revenue, .action, .value, .dailyBudget, .lifetimeBudget:
            return Reading(value: .unknown(.malformed), evidence: [])  // none of ours
        }
    }

    private static func count(_ number: Int64, _ isWhole: Bool) -> MetricValue {
        isWhole ? .value(Ratio(number)) : .atLeast(Ratio(number))
    }

    /// No purchase is worth less than nothing, so that what is missing only adds.
    private func revenue(_ figures: OwnFigures, _ isWhole: Bool) -> MetricValue {
        guard let currency = input.currency else { return .unknown(.unknownCurrency) }
        guard figures.revenueMinor.keys.allSatisfy({ $0 == currency.code }) else { return .unknown(.currencyMismatch) }
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

    private func returnOnSpend(_ revenue: MetricValue, _ window: Window, _ counted: OwnWindow, _ own: OwnInput) -> Reading {
        let spend = value(of: .spend, over: window)
        let result: MetricValue =
            switch (revenue, spend.value) {
            case (.unknown(let reason), _), (_, .unknown(let reason)): .unknown(reason)
            case (_, .atLeast): .unknown(.ownIncomplete)
            case (_, .value(let spend)) where spend <= Ratio(0): .unknown(.noSpend)
            case (.value(let revenue), .value(let spend)):
                revenue.divided(by: spend).map(MetricValue.value) ?? .unknown(.overflow)
            case (.atLeast(let revenue), .value(let spend)):
                revenue.divided(by: spend).map(MetricValue.atLeast) ?? .unknown(.overflow)
            }
        return reading(result, .purchase, counted, spend: spend, own)
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

extension OwnWindow {
    fileprivate func newest(_ count: OwnCount) -> [Int64] { figures.latest[count].map { [$0] } ?? [] }
}
