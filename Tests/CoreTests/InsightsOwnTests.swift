import Testing

@testable import Core

@Suite("Metrics of our own events")
struct InsightsOwnTests {
    /// 78.13 spent yesterday, every other day of the week read and empty.
    private static let facts = Sample.week([Sample.row(1, daysAgo: 1, spend: 7_813)])

    private func reading(_ metric: Metric, _ own: OwnInput?, facts: [Fact] = Self.facts, currency: Currency? = Sample.euro)
        -> EntityMetrics.Reading
    {
        EntityMetrics(input: Sample.input(facts, currency: currency, own: own)).value(of: metric, over: .lastDays(7))
    }

    @Test(
        "each is what was counted, a lower bound where counting began within the window, or unknown for a reason",
        arguments: [
            (Metric.ownLeads, Sample.own(leads: 3), "3"), (.ownLeads, Sample.own(leads: 0), "0"),
            (.ownLeads, Sample.own(leads: 3, countedMs: 0), "3"), (.ownLeads, Sample.own(leads: 3, countedMs: -1), "at least 3"),
            (.ownLeads, Sample.own(leads: 0, countedMs: -1), "at least 0"),
            (.ownPurchases, Sample.own(purchases: 2), "2"),
            (.ownPurchases, Sample.own(purchases: 2, countedMs: -1), "at least 2"),
            (.ownComments, Sample.own(comments: 7), "7"), (.ownComments, Sample.own(comments: 7, countedMs: -1), "at least 7"),
            (.ownRevenue, Sample.own(purchases: 2, revenue: ["EUR": 12_345]), "123.45"),
            (.ownRevenue, Sample.own(purchases: 0), "0"),
            (.ownRevenue, Sample.own(purchases: 2, revenue: ["EUR": 12_345], withoutValue: 1), "at least 123.45"),
            (.ownRevenue, Sample.own(purchases: 2, revenue: ["EUR": 12_345], countedMs: -1), "at least 123.45"),
            (.ownRevenue, Sample.own(purchases: 1, revenue: ["USD": 1]), "unknown: currency_mismatch"),
            (.ownRevenue, Sample.own(purchases: 2, revenue: ["EUR": 5, "USD": 1]), "unknown: currency_mismatch"),
            (.ownCpl, Sample.own(leads: 4), "19.5325"), (.ownCpl, Sample.own(leads: 0), "unknown: no_actions:own.leads"),
            (.ownCpl, Sample.own(leads: 4, countedMs: -1), "unknown: own_incomplete"),
            (.ownRoas, Sample.own(purchases: 1, revenue: ["EUR": 15_626]), "2"), (.ownRoas, Sample.own(), "0"),
            (.ownRoas, Sample.own(purchases: 1, revenue: ["EUR": 15_626], countedMs: -1), "at least 2"),
            (.ownRoas, Sample.own(purchases: 2, revenue: ["EUR": 15_626], withoutValue: 1), "at least 2"),
            (.ownRoas, Sample.own(purchases: 1, revenue: ["USD": 15_626]), "unknown: currency_mismatch"),
            (.ownRefunds, Sample.own(refunds: 2), "2"), (.ownRefunds, Sample.own(countedMs: -1, refunds: 2), "at least 2"),
            // what was paid back is in the revenue already; a week may have more of it than of purchases
            (.ownRevenue, Sample.own(purchases: 1, revenue: ["EUR": -500], refunds: 1), "-5"),
            (.ownRevenue, Sample.own(purchases: 1, revenue: ["EUR": -500], countedMs: -1, refunds: 1), "at least -5"),
            (
                .ownRevenue, Sample.own(purchases: 1, revenue: ["EUR": 500], refunds: 1, refundsWithoutValue: 1),
                "unknown: own_incomplete"
            ),
            (.ownRoas, Sample.own(purchases: 1, revenue: ["EUR": -15_626], refunds: 1), "-2"),
            (.ownProfit, Sample.own(purchases: 1, revenue: ["EUR": 15_626]), "78.13"),
            (.ownProfit, Sample.own(revenue: ["EUR": -100], refunds: 1), "-79.13"), (.ownProfit, Sample.own(), "-78.13"),
            (.ownProfit, Sample.own(purchases: 1, revenue: ["EUR": 15_626], countedMs: -1), "at least 78.13"),
            (.ownProfit, Sample.own(purchases: 2, revenue: ["EUR": 15_626], withoutValue: 1), "at least 78.13"),
            (.ownProfit, Sample.own(purchases: 1, revenue: ["USD": 15_626]), "unknown: currency_mismatch"),
        ])
    func values(metric: Metric, own: OwnInput, expected: String) {
        #expect(reading(metric, own).value.text == expected)
    }

    @Test("a figure without its spend, its currency or its count is unknown")
    func missing() {
        let own = Sample.own(leads: 4, purchases: 1, revenue: ["EUR": 100])
        for metric in [Metric.ownCpl, .ownRoas] {
            #expect(reading(metric, own, facts: []).value == .unknown(.notRead))
            #expect(reading(metric, own, facts: Sample.week([])).value == .unknown(.noRows))
        }
        #expect(reading(.ownRoas, own, facts: Sample.week([Sample.row(1, daysAgo: 1, spend: 0)])).value == .unknown(.noSpend))
        #expect(reading(.ownRevenue, own, currency: nil).value == .unknown(.unknownCurrency))
        #expect(reading(.ownLeads, own, facts: []).value == .value(Ratio(4)))  // needs no read at all
        for metric in Metric.named where metric.isOwn {
            #expect(reading(metric, nil).value == .unknown(.ownNotCounted))
            #expect(reading(metric, Sample.own(window: .today)).value == .unknown(.ownNotCounted))
            let never = OwnInput(windows: own.windows, sinceMs: nil, spendReadAtMs: nil, nowMs: 0)
            #expect(reading(metric, never).value == .unknown(.ownNotCounted))
        }
    }

    @Test(
        "profit is the revenue times the margin, less the spend; without a margin it is unknown, without spend a loss is a loss")
    func profit() {
        let own = Sample.own(purchases: 1, revenue: ["EUR": 10_000])
        func profit(_ facts: [Fact], margin: Scaled?) -> MetricValue {
            EntityMetrics(input: Sample.input(facts, margin: margin, own: own)).value(of: .ownProfit, over: .lastDays(7)).value
        }
        #expect(profit(Self.facts, margin: nil) == .unknown(.noMargin))
        #expect(profit(Sample.week([Sample.row(1, daysAgo: 1, spend: 0)]), margin: .one) == .value(Ratio(100)))
        #expect(profit([], margin: .one) == .unknown(.notRead))
        let half = Scaled(text: "0.5")
        #expect(profit(Self.facts, margin: half).text == "-28.13")
    }

    @Test("a refund is new evidence for revenue, return and profit, and its event is the one behind them")
    func refundEvidence() {
        let before = Sample.own(purchases: 1, revenue: ["EUR": 5], latest: [.purchase: 71])
        let after = Sample.own(purchases: 1, revenue: ["EUR": 5], latest: [.purchase: 71, .refund: 72], refunds: 1)
        for metric in [Metric.ownRevenue, .ownRoas, .ownProfit] {
            #expect(reading(metric, before).own != reading(metric, after).own)
            #expect(reading(metric, after).events == [72])
            // without refunds it is what it was before there were any: nothing acts again for it
            #expect(reading(metric, before).own == reading(.ownPurchases, before).own)
        }
    }

    @Test("revenue is in Meta's minor units: yen have none")
    func offsets() {
        let own = Sample.own(purchases: 1, revenue: ["JPY": 1_500])
        #expect(reading(.ownRevenue, own, currency: Currency(code: "JPY")).value == .value(Ratio(1_500)))
    }

    @Test("what is made with the spend says how old that is, and what is not says nothing of it")
    func age() {
        let cases: [(Int64?, String)] = [
            (9_280_000, "spend read 12 min ago"), (9_999_999, "spend read less than a minute ago"), (nil, "spend never read"),
            (10_000_001, "spend read less than a minute ago"),
        ]
        for (readAtMs, text) in cases {
            for metric in [Metric.ownCpl, .ownRoas] {
                let age = reading(metric, Sample.own(leads: 1, readAtMs: readAtMs)).spendAge
                #expect(age == SpendAge(readAtMs: readAtMs, text: text))
            }
        }
        #expect(reading(.ownLeads, Sample.own(leads: 1)).spendAge == nil)
    }

    @Test("evidence changes with every new event, every other value and every other window, and names the newest event")
    func evidence() {
        let base = Sample.own(leads: 1, purchases: 1, revenue: ["EUR": 5], latest: [.lead: 70, .purchase: 71])
        let first = reading(.ownPurchases, base)
        #expect(first.events == [71] && first.evidence.isEmpty)
        #expect(reading(.ownLeads, base).events == [70])
        #expect(reading(.ownPurchases, base).own == first.own)
        let others = [
            Sample.own(purchases: 1, revenue: ["EUR": 5], latest: [.purchase: 72]),
            Sample.own(purchases: 2, revenue: ["EUR": 5], latest: [.purchase: 71]),
            Sample.own(purchases: 1, revenue: ["EUR": 6], latest: [.purchase: 71]),
        ].map { reading(.ownPurchases, $0).own }
        #expect(Set(others + [first.own, reading(.ownLeads, base).own]).count == 5)
        let roas = reading(.ownRoas, base)
        #expect(roas.own == first.own && roas.evidence.contains(1))
        let later = OwnWindow(startMs: 5_000_001, endMs: 9_000_000, figures: base.windows[.lastDays(7)]?.figures ?? OwnFigures())
        let moved = OwnInput(windows: [.lastDays(7): later], sinceMs: 0, spendReadAtMs: nil, nowMs: 0)
        #expect(reading(.ownPurchases, moved).own != first.own)
    }
}
