import Testing

@testable import Core

@Suite("A rule over facts")
struct RulesEvaluationTests {
    /// Yesterday: 1 000 impressions, 50 clicks, spend 160.00; the daily budget is 200.00.
    private static let facts = [Sample.row(3, daysAgo: 1, spend: 16_000), Sample.row(9, daysAgo: 2, spend: 1)]

    @Test(
        "each operator, at, above and below",
        arguments: [
            ("> 160", false), ("> 159.99", true), (">= 160", true), (">= 160.01", false), ("< 160", false),
            ("< 160.000001", true), ("<= 160", true),
            ("<= 159.999999", false), ("= 160", true), ("= 160.000001", false), ("!= 160", false), ("!= 159", true),
            ("between 160 and 160", true),
            ("between 100 and 159.99", false), ("between 160.01 and 200", false), ("> 0.8 x daily_budget", false),
            (">= 0.8 x daily_budget", true),
            ("> 0.799999 x daily_budget", true), ("between 0.5 x daily_budget and 1 x daily_budget", true), ("> -1", true),
        ])
    func operators(test: String, expected: Bool) throws {
        let rule = Sample.rule(try Sample.compare(.spend, .yesterday, test), [.pause])
        #expect(RuleEngine.evaluate(rule, Sample.input(Self.facts)).truth == Truth(expected))
    }

    @Test("a ratio that is not a decimal number compares exactly")
    func exact() throws {
        // 1.00 / 3 clicks: above 0.333333, below 0.333334
        let facts = [Sample.row(1, daysAgo: 1, clicks: 3, spend: 100)]
        let above = Sample.rule(try Sample.compare(.cpc, .yesterday, "> 0.333333"), [.pause])
        let below = Sample.rule(try Sample.compare(.cpc, .yesterday, "< 0.333334"), [.pause])
        #expect(RuleEngine.evaluate(above, Sample.input(facts)).truth == .true)
        #expect(RuleEngine.evaluate(below, Sample.input(facts)).truth == .true)
    }

    @Test("what is not known makes the comparison unknown, and between is false as soon as one end is")
    func unknown() throws {
        let input = Sample.input(Self.facts, entity: Sample.campaign(daily: nil))
        func truth(_ test: String) throws -> Truth {
            RuleEngine.evaluate(Sample.rule(try Sample.compare(.spend, .yesterday, test), [.pause]), input).truth
        }
        #expect(try truth("> 0.8 x daily_budget") == .unknown(.noBudget))
        #expect(try truth("between 170 and 1 x daily_budget") == .false)
        #expect(try truth("between 100 and 1 x daily_budget") == .unknown(.noBudget))
    }

    @Test("every comparison is written down with its path and values, also those that no longer matter")
    func operands() throws {
        let rule = Sample.rule(
            .all([
                try Sample.compare(.impressions, .yesterday, "> 5000"),
                .any([
                    try Sample.compare(.spend, .yesterday, "between 1 and 1 x daily_budget"),
                    .not(try Sample.compare(.roas, .today, "> 3")),
                ]),
            ]), [.pause])
        let evaluation = RuleEngine.evaluate(rule, Sample.input(Self.facts))
        #expect(evaluation.truth == .false)
        #expect(evaluation.operands.map(\.path) == ["when.all[0]", "when.all[1].any[0]", "when.all[1].any[1].not"])
        #expect(evaluation.operands.map(\.left.text) == ["1000", "160", "unknown: not_read"])
        #expect(evaluation.operands.map { $0.right.map(\.text) } == [["5000"], ["1", "200"], ["3"]])
        #expect(evaluation.operands.map(\.truth) == [.false, .true, .unknown(.notRead)])
        #expect(rule.when.comparisons.map(\.path) == evaluation.operands.map(\.path))
    }

    @Test("evidence is the ids of all facts looked at, sorted, each once, the guard's too")
    func evidence() throws {
        let rule = Sample.rule(
            .all([try Sample.compare(.spend, .yesterday, "> 1"), try Sample.compare(.clicks, .yesterday, "> 1")]), [.pause],
            guards: Guard(window: .lastDays(2), minImpressions: 1))
        #expect(RuleEngine.evaluate(rule, Sample.input(Self.facts)).evidence == [3, 9])
        let without = Sample.rule(try Sample.compare(.dailyBudget, nil, "> 1"), [.pause])
        #expect(RuleEngine.evaluate(without, Sample.input(Self.facts)).evidence.isEmpty)
    }

    @Test(
        "the guard holds a rule back until enough was delivered, and says so",
        arguments: [
            (Guard(window: .yesterday, minImpressions: 1_000), nil),
            (Guard(window: .yesterday, minSpend: Sample.number("160")), nil),
            (Guard(window: .yesterday, minImpressions: 1_001), "impressions over yesterday is 1000, below the guard's 1001."),
            (
                Guard(window: .yesterday, minImpressions: 1, minSpend: Sample.number("160.01")),
                "spend over yesterday is 160, below the guard's 160.01."
            ),
            (
                Guard(window: .today, minImpressions: 1),
                "impressions over today is unknown: Not every day of the window has been read yet."
            ),
        ] as [(Guard, String?)])
    func guards(guards: Guard, held: String?) throws {
        let rule = Sample.rule(try Sample.compare(.spend, .yesterday, "> 1"), [.pause], guards: guards)
        let input = Sample.input(Self.facts)
        let evaluation = RuleEngine.evaluate(rule, input)
        #expect(evaluation.truth == .true)
        #expect(evaluation.guardHeld == held)
        #expect(evaluation.isMatch == (held == nil))
        let decisions = RuleEngine.decide(rule, evaluation, input, history: Sample.noPast(rule, input), money: nil)
        #expect(decisions.isEmpty == (held != nil))
    }

    @Test("unknown never acts, not even turned around")
    func unknownNeverActs() throws {
        let condition = try Sample.compare(.spend, .today, "> 1")
        for when in [condition, .not(condition), .not(.not(condition)), .any([condition, .not(condition)])] {
            let rule = Sample.rule(when, [.pause, .notify(destination: "team")])
            let input = Sample.input(Self.facts)
            let evaluation = RuleEngine.evaluate(rule, input)
            #expect(evaluation.truth == .unknown(.notRead))
            #expect(RuleEngine.decide(rule, evaluation, input, history: Sample.noPast(rule, input), money: nil).isEmpty)
        }
    }

    @Test("nesting works to the bound and is unknown beyond")
    func depth() throws {
        var condition = try Sample.compare(.spend, .yesterday, "> 1")
        for _ in 0..<Condition.depthMax { condition = .not(condition) }
        #expect(RuleEngine.evaluate(Sample.rule(condition, [.pause]), Sample.input(Self.facts)).truth == .true)
        #expect(Sample.rule(condition, [.pause]).faults.isEmpty)
        let deeper = Sample.rule(.not(condition), [.pause])
        #expect(RuleEngine.evaluate(deeper, Sample.input(Self.facts)).truth == .unknown(.malformed))
        #expect(deeper.faults.map(\.sentence) == ["The condition is nested deeper than 64 levels."])
    }

    @Test("the same input gives the same evaluation")
    func deterministic() throws {
        let rule = Sample.rule(try Sample.compare(.ctr, .lastDays(2), "> 1"), [.pause])
        let shuffled = Sample.input(Self.facts.reversed())
        #expect(RuleEngine.evaluate(rule, Sample.input(Self.facts)) == RuleEngine.evaluate(rule, shuffled))
    }
}
