import Testing

@testable import Core

@Suite("Metrics from sums of facts")
struct InsightsMetricsTests {
    /// Two of seven days with figures: 3 000 impressions, 60 clicks, 50 link clicks, spend 30.00, 4 purchases worth 120.00.
    private static let facts = Sample.week([
        Sample.row(
            1, daysAgo: 6, impressions: 1_000, clicks: 20, linkClicks: 10, spend: 1_000, actions: Sample.purchases("1", 2_000)),
        Sample.row(
            2, daysAgo: 2, impressions: 2_000, clicks: 40, linkClicks: 40, spend: 2_000, actions: Sample.purchases("3", 10_000)),
    ])

    private func value(_ metric: Metric, _ window: Window?, _ input: RuleInput) -> MetricValue {
        EntityMetrics(input: input).value(of: metric, over: window).value
    }

    private func value(_ metric: Metric, _ input: RuleInput) -> MetricValue { value(metric, .lastDays(7), input) }

    @Test(
        "each is computed from the sums of its window",
        arguments: [
            (Metric.spend, Ratio(30)), (.impressions, Ratio(3_000)), (.clicks, Ratio(60)), (.linkClicks, Ratio(50)),
            (.ctr, Ratio(2)),
            (.cpc, Ratio(1, over: 2)), (.cpm, Ratio(10)), (.cpa, Ratio(30, over: 4)), (.roas, Ratio(4)), (.profit, Ratio(12)),
            (.results, Ratio(4)),
            (.purchases, Ratio(4)), (.revenue, Ratio(120)), (.action("omni_purchase"), Ratio(4)),
            (.value("omni_purchase"), Ratio(120)),
            (.dailyBudget, Ratio(200)),
        ])
    func sums(metric: Metric, expected: Ratio) {
        let input = Sample.input(Self.facts, margin: Sample.number("0.35"))
        #expect(value(metric, metric.isBudget ? nil : .lastDays(7), input) == .value(expected))
    }

    @Test(
        "the same over currencies without a minor unit",
        arguments: [(Metric.spend, Ratio(3_000)), (.roas, Ratio(4)), (.dailyBudget, Ratio(20_000))])
    func withoutMinorUnit(metric: Metric, expected: Ratio) {
        #expect(
            value(metric, metric.isBudget ? nil : .lastDays(7), Sample.input(Self.facts, currency: Currency(code: "HUF")))
                == .value(expected))
    }

    @Test("last_7d has no today in it, last_7d+today has")
    func todayIsExplicit() {
        let facts = Sample.week([
            Sample.row(1, daysAgo: 0, spend: 500), Sample.row(2, daysAgo: 7, spend: 70), Sample.row(3, daysAgo: 1, spend: 1),
        ])
        #expect(value(.spend, .lastDays(7), Sample.input(facts)) == .value(Ratio(71, over: 100)))
        #expect(value(.spend, .lastDaysAndToday(7), Sample.input(facts)) == .value(Ratio(571, over: 100)))
        #expect(value(.spend, .today, Sample.input(facts)) == .value(Ratio(5)))
        #expect(value(.spend, .yesterday, Sample.input(facts)) == .value(Ratio(1, over: 100)))
        #expect(value(.spend, .lastDays(6), Sample.input(facts)) == .value(Ratio(1, over: 100)))
    }

    @Test("a window with a day that was not read is unknown, one that was read and is empty throughout too")
    func unknownWindows() {
        #expect(value(.spend, .lastDays(7), Sample.input([])) == .unknown(.notRead))
        #expect(value(.spend, .lastDays(8), Sample.input(Self.facts)) == .unknown(.notRead))
        #expect(
            value(.spend, .lastDays(7), Sample.input(Self.facts.filter { $0.dateStart != Sample.today.adding(days: -3) }))
                == .unknown(.notRead))
        #expect(value(.spend, .today, Sample.input(Self.facts)) == .unknown(.noRows))
        #expect(value(.impressions, .lastDays(7), Sample.input(Sample.week([]))) == .unknown(.noRows))
    }

    @Test("an empty range covers its days until a row says otherwise")
    func emptyRange() {
        let range = Fact.empty(level: .campaign, entityID: "11", dateStart: Sample.today.adding(days: -7), dateStop: Sample.today)
            .stored(as: 5)
        #expect(value(.spend, .lastDays(7), Sample.input([range])) == .unknown(.noRows))
        let reading = EntityMetrics(input: Sample.input([range, Sample.row(6, daysAgo: 2)])).value(of: .spend, over: .lastDays(7))
        #expect(reading.value == .value(Ratio(10)))
        #expect(Set(reading.evidence) == [5, 6])
    }

    @Test("facts of other entities and levels, and older versions, don't count")
    func others() {
        let facts =
            Self.facts + [
                Sample.row(90, daysAgo: 2, of: "12"), Sample.row(91, daysAgo: 2, level: .adset),
                Sample.row(-1, daysAgo: 2, spend: 9),
            ]
        #expect(value(.spend, .lastDays(7), Sample.input(facts)) == .value(Ratio(30)))
    }

    @Test(
        "a division by zero is unknown and says what was missing",
        arguments: [
            (Metric.ctr, UnknownReason.noImpressions), (.cpm, .noImpressions), (.cpc, .noClicks), (.roas, .noSpend),
            (.cpa, .noActions("omni_purchase")), (.cpl, .noActions("lead")),
        ])
    func zeroDivision(metric: Metric, reason: UnknownReason) {
        let facts = Sample.week([Sample.row(1, daysAgo: 1, impressions: 0, clicks: 0, linkClicks: 0, spend: 0)])
        let input = Sample.input(facts, leadAction: "lead", known: ["omni_purchase", "value:omni_purchase", "lead"])
        #expect(value(metric, input) == .unknown(reason))
    }

    @Test("a row without an action that the account knows is 0, of one it never reported nothing is known")
    func absentActions() {
        let facts = Sample.week([Sample.row(1, daysAgo: 1)])
        #expect(value(.action("lead"), Sample.input(facts, known: ["lead"])) == .value(Ratio(0)))
        #expect(value(.action("lead"), Sample.input(facts, known: [])) == .unknown(.actionNeverSeen("lead")))
        #expect(value(.revenue, Sample.input(facts)) == .value(Ratio(0)))
        #expect(value(.roas, Sample.input(facts)) == .value(Ratio(0)))
        #expect(value(.profit, Sample.input(facts)) == .value(Ratio(-10)))
        #expect(value(.revenue, Sample.input(facts, known: ["omni_purchase"])) == .unknown(.valueNeverSeen("omni_purchase")))
        #expect(value(.revenue, Sample.input(facts, known: [])) == .unknown(.actionNeverSeen("omni_purchase")))
        let withoutValue = Sample.week([Sample.row(1, daysAgo: 1, actions: Sample.purchases("2", nil))])
        #expect(value(.revenue, Sample.input(withoutValue, known: [])) == .unknown(.valueNeverSeen("omni_purchase")))
        #expect(value(.purchases, Sample.input(withoutValue, known: [])) == .value(Ratio(2)))
    }

    @Test("goals are never summed across action types")
    func goals() {
        let actions = ["omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase"].map {
            ($0, ActionCount(count: .one, valueMinor: 100))
        }
        let facts = Sample.week([Sample.row(1, daysAgo: 1, actions: Dictionary(uniqueKeysWithValues: actions))])
        #expect(value(.purchases, Sample.input(facts)) == .value(Ratio(1)))
        #expect(value(.revenue, Sample.input(facts)) == .value(Ratio(1)))
        #expect(value(.purchases, Sample.input(facts, purchaseAction: nil)) == .unknown(.noGoalAction(.purchase)))
        #expect(value(.cpl, Sample.input(facts)) == .unknown(.noGoalAction(.lead)))
        #expect(value(.results, Sample.input(facts, leadAction: "lead", known: ["lead"])) == .unknown(.ambiguousGoal))
        #expect(
            value(.results, Sample.input(facts, purchaseAction: nil, leadAction: "lead", known: ["lead"])) == .value(Ratio(0)))
        #expect(value(.results, Sample.input(facts, purchaseAction: nil)) == .unknown(.noGoalAction(.purchase)))
    }

    @Test("profit needs a margin, budgets a currency and a budget")
    func settings() {
        #expect(value(.profit, Sample.input(Self.facts, margin: nil)) == .unknown(.noMargin))
        #expect(value(.dailyBudget, nil, Sample.input([], currency: nil)) == .unknown(.unknownCurrency))
        #expect(value(.lifetimeBudget, nil, Sample.input([])) == .unknown(.noBudget))
        #expect(value(.spend, .lastDays(7), Sample.input(Self.facts, currency: nil)) == .value(Ratio(30)))
        #expect(value(.spend, nil, Sample.input(Self.facts)) == .unknown(.malformed))
    }

    @Test("reach and frequency come from the row of exactly the window, never from a sum")
    func reach() {
        let days = Sample.week([
            Sample.row(1, daysAgo: 2, impressions: 1_000, reach: 800), Sample.row(2, daysAgo: 1, impressions: 1_000, reach: 900),
        ])
        let range = Window.lastDays(7).range(today: Sample.today)
        let windowed = Fact(
            id: 50, level: .campaign, entityID: "11", dateStart: range.lowerBound, dateStop: range.upperBound, impressions: 2_000,
            reach: 1_000)
        #expect(value(.reach, Sample.input(days)) == .unknown(.noReach))
        #expect(value(.reach, Sample.input(days + [windowed])) == .value(Ratio(1_000)))
        #expect(value(.frequency, Sample.input(days + [windowed])) == .value(Ratio(2)))
        #expect(EntityMetrics(input: Sample.input(days + [windowed])).value(of: .frequency, over: .lastDays(7)).evidence == [50])
        #expect(value(.spend, Sample.input(days + [windowed])) == .value(Ratio(20)))
        #expect(value(.frequency, .yesterday, Sample.input(days)) == .value(Ratio(10, over: 9)))
        #expect(value(.reach, .lastDays(1), Sample.input(days)) == .value(Ratio(900)))
        #expect(value(.frequency, .today, Sample.input(days)) == .unknown(.noRows))
    }

    @Test(
        "a reach of 0 beside impressions is a dropped figure",
        arguments: [
            (0, 0, MetricValue.value(Ratio(0)), MetricValue.unknown(.noReach)), (10, 0, .unknown(.noReach), .unknown(.noReach)),
            (10, nil, .unknown(.noReach), .unknown(.noReach)),
        ] as [(Int64, Int64?, MetricValue, MetricValue)])
    func droppedReach(impressions: Int64, reach: Int64?, expected: MetricValue, frequency: MetricValue) {
        let input = Sample.input([Sample.row(1, daysAgo: 1, impressions: impressions, reach: reach)])
        #expect(value(.reach, .yesterday, input) == expected)
        #expect(value(.frequency, .yesterday, input) == frequency)
    }

    @Test("sums beyond 64 bits are unknown, not wrong")
    func overflow() {
        let facts = Sample.week([Sample.row(1, daysAgo: 1, spend: .max), Sample.row(2, daysAgo: 2, spend: 1)])
        #expect(value(.spend, Sample.input(facts)) == .unknown(.overflow))
        #expect(value(.impressions, Sample.input(facts)) == .value(Ratio(2_000)))
    }

    @Test("every metric is read by its own name, and every reason has a code and a sentence")
    func names() throws {
        for metric in Metric.named + [.action("link_click"), .value("omni_purchase")] {
            #expect(try Metric(text: metric.text) == metric)
        }
        #expect(Set(Metric.named.map(\.text)).count == Metric.named.count)
        let reasons: [UnknownReason] = [
            .notRead, .noRows, .noReach, .noImpressions, .noClicks, .noSpend, .noActions("x"), .actionNeverSeen("x"),
            .valueNeverSeen("x"),
            .noGoalAction(.lead), .ambiguousGoal, .noMargin, .unknownCurrency, .noBudget, .malformed, .overflow, .ownNotCounted,
            .ownIncomplete, .currencyMismatch,
        ]
        #expect(Set(reasons.map(\.code)).count == reasons.count)
        #expect(reasons.allSatisfy { $0.sentence.hasSuffix(".") })
        #expect(MetricValue.unknown(.notRead).text == "unknown: not_read")
    }
}
