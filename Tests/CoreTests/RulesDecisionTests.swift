import Testing

@testable import Core

@Suite("What a rule decides")
struct RulesDecisionTests {
    private static let nowMs: Int64 = 1_795_176_000_000
    private static let hour: Int64 = 3_600_000

    private func always(_ actions: [RuleAction], level: EntityLevel = .campaign, limits: RuleLimits = RuleLimits()) throws -> Rule
    {
        Sample.rule(try Sample.compare(.spend, .yesterday, "> 0"), actions, level: level, status: .any, limits: limits)
    }

    private func step(_ by: String? = nil, to: String? = nil, min: String? = nil, max: String? = nil) throws -> RuleAction {
        .adjustBudget(try BudgetChange(by: by, to: to, min: min, max: max))
    }

    private func input(
        _ entity: EntityState = Sample.campaign(), campaign: EntityState? = nil, code: String = "EUR",
        minDailyBudget: Int64? = nil,
        pausedByRule: Bool = false
    ) -> RuleInput {
        let fact = Sample.row(1, daysAgo: 1, of: entity.ref.id, level: entity.ref.level)
        return Sample.input(
            [fact], entity: entity, campaign: campaign, currency: Currency(code: code), minDailyBudget: minDailyBudget,
            pausedByRule: pausedByRule)
    }

    private func decide(_ rule: Rule, _ input: RuleInput, _ past: ActionPast? = nil, money: MoneyEnvelope? = nil) -> [Decision] {
        let past = Sample.past(rule, input, past ?? ActionPast(nowMs: Self.nowMs))
        return RuleEngine.decide(rule, RuleEngine.evaluate(rule, input), input, history: past, money: money)
    }

    /// `act` or the reason's code.
    private func verdict(_ decision: Decision?) -> String {
        switch decision?.verdict {
        case .act: "act"
        case .nothing(let reason): reason.code
        case nil: "none"
        }
    }

    @Test(
        "pause and resume do only what is left to do",
        arguments: [
            (RuleAction.pause, "ACTIVE", false, "act"), (.pause, "PAUSED", false, "already_paused"),
            (.pause, "PAUSED", true, "already_paused"),
            (.pause, "ARCHIVED", false, "not_alive"), (.resume, "PAUSED", true, "act"),
            (.resume, "PAUSED", false, "not_paused_by_rule"),
            (.resume, "ACTIVE", true, "already_active"), (.resume, "DELETED", true, "not_alive"),
        ])
    func status(action: RuleAction, status: String, pausedByRule: Bool, expected: String) throws {
        let decision = decide(try always([action]), input(Sample.campaign(status: status), pausedByRule: pausedByRule)).first
        #expect(verdict(decision) == expected)
        #expect(decision?.field == .status)
        #expect(decision?.old == status)
        #expect(decision?.new == (action == .pause ? "PAUSED" : "ACTIVE"))
    }

    @Test(
        "a step comes to whole units, towards less spend",
        arguments: [
            // currency, old, by, to, min, max, account minimum → new, verdict
            ("EUR", 20_000, "+25%", nil, nil, "500.00", nil, 25_000, "act"), ("EUR", 333, "+10%", nil, nil, nil, nil, 366, "act"),
            ("EUR", 333, "-10%", nil, nil, nil, nil, 299, "act"), ("JPY", 333, "+10%", nil, nil, nil, nil, 366, "act"),
            ("JPY", 200, "+0.9", nil, nil, nil, nil, 200, "no_change"), ("JPY", 200, "-0.1", nil, nil, nil, nil, 199, "act"),
            ("EUR", 45_000, "+25%", nil, nil, "500.00", nil, 50_000, "act"),
            ("EUR", 50_000, "+25%", nil, nil, "500.00", nil, 50_000, "at_maximum"),
            ("EUR", 60_000, "+25%", nil, nil, "500.00", nil, 60_000, "at_maximum"),
            ("JPY", 400, "+50%", nil, nil, "500.9", nil, 500, "act"),
            ("EUR", 2_000, "-50%", nil, "15.00", nil, nil, 1_500, "act"),
            ("EUR", 1_500, "-50%", nil, "15.00", nil, nil, 1_500, "at_minimum"),
            ("EUR", 1_000, "-50%", nil, "15.00", nil, nil, 1_000, "at_minimum"),
            ("JPY", 20, "-50%", nil, "14.2", nil, nil, 15, "act"),
            ("EUR", 1_000, "-10.00", nil, nil, nil, nil, 1_000, "nothing_left"),
            ("EUR", 1_000, "-9.00", nil, nil, nil, nil, 100, "act"),
            ("EUR", 1_000, "-9.00", nil, nil, nil, 250, 250, "act"),
            ("EUR", 250, "-10%", nil, nil, nil, 250, 250, "below_account_minimum"),
            ("EUR", 20_000, nil, "200.00", nil, nil, nil, 20_000, "no_change"),
            ("EUR", 20_000, nil, "150.009", nil, nil, nil, 15_000, "act"),
            ("EUR", 20_000, nil, "300", "100", "300", nil, 30_000, "act"),
            ("EUR", 60_000, nil, "300", "100", "300", nil, 30_000, "act"),
            ("EUR", 5, "+10%", nil, nil, nil, nil, 5, "no_change"),
            ("EUR", Int64.max, "+25%", nil, nil, nil, nil, Int64.max, "overflow"),
            ("EUR", 20_000, "+5.00", nil, "250.00", nil, nil, 25_000, "act"),
            ("JOD", 20_000, "+25%", nil, nil, "500.00", nil, 25_000, "act"),
            ("HUF", 200, "+25%", nil, nil, "500", nil, 250, "act"),
            ("LKR", 20_000, "+25%", nil, nil, nil, nil, 20_000, "no_currency"),
        ] as [(String, Int64, String?, String?, String?, String?, Int64?, Int64, String)])
    func steps(
        code: String, old: Int64, by: String?, to: String?, min: String?, max: String?, accountMinimum: Int64?, new: Int64,
        expected: String
    ) throws {
        let rule = try always([step(by, to: to, min: min, max: max)])
        let decision = decide(rule, input(Sample.campaign(daily: old), code: code, minDailyBudget: accountMinimum)).first
        #expect(verdict(decision) == expected)
        #expect(decision?.old == String(old))
        #expect(decision?.new == String(new))
        #expect(decision?.field == .dailyBudget)
    }

    @Test("drawn steps: a raise never lowers or passes its maximum, a cut never raises or passes its minimum")
    func drawnSteps() throws {
        var random = SplitMix(seed: 5)
        for _ in 0..<2_000 {
            let old = Int64.random(in: 1...100_000, using: &random)
            let percent = Int64.random(in: -99...200, using: &random)
            guard percent != 0 else { continue }
            let bound = Int64.random(in: 1...1_000, using: &random)
            let isRaise = percent > 0
            let change = try BudgetChange(
                by: "\(isRaise ? "+" : "")\(percent)%", to: nil, min: isRaise ? nil : String(bound),
                max: isRaise ? String(bound) : nil)
            let code = Bool.random(using: &random) ? "EUR" : "JPY"
            let limit = bound * (code == "EUR" ? 100 : 1)
            guard
                let decision = decide(try always([.adjustBudget(change)]), input(Sample.campaign(daily: old), code: code)).first,
                decision.acts, let new = Int64(decision.new)
            else { continue }
            #expect(isRaise ? new > old && new <= limit : new < old && new >= limit)
            #expect(isRaise ? new * 100 <= old * (100 + percent) : new == limit || new * 100 <= old * (100 + percent))
        }
    }

    @Test(
        "the budget is written where it is",
        arguments: [
            // level, own daily, own lifetime, campaign's daily, campaign's lifetime → target, field, verdict
            (EntityLevel.campaign, 100, nil, nil, nil, EntityRef(.campaign, "11"), DecisionField.dailyBudget, "act"),
            (.campaign, nil, 100, nil, nil, EntityRef(.campaign, "11"), .lifetimeBudget, "act"),
            (.campaign, nil, nil, nil, nil, EntityRef(.campaign, "11"), .dailyBudget, "no_budget"),
            (.campaign, 100, 100, nil, nil, EntityRef(.campaign, "11"), .dailyBudget, "two_budgets"),
            (.adset, 100, nil, nil, nil, EntityRef(.adset, "111"), .dailyBudget, "act"),
            (.adset, nil, 100, nil, nil, EntityRef(.adset, "111"), .lifetimeBudget, "act"),
            (.adset, nil, nil, 100, nil, EntityRef(.campaign, "11"), .dailyBudget, "act"),
            (.adset, nil, nil, nil, 100, EntityRef(.campaign, "11"), .lifetimeBudget, "act"),
            (.adset, 100, nil, 100, nil, EntityRef(.adset, "111"), .dailyBudget, "budget_on_both"),
            (.adset, nil, nil, nil, nil, EntityRef(.adset, "111"), .dailyBudget, "no_budget"),
            (.adset, 0, nil, 100, 0, EntityRef(.campaign, "11"), .dailyBudget, "act"),
        ] as [(EntityLevel, Int64?, Int64?, Int64?, Int64?, EntityRef, DecisionField, String)])
    func owner(
        level: EntityLevel, daily: Int64?, lifetime: Int64?, above: Int64?, aboveLifetime: Int64?, target: EntityRef,
        field: DecisionField,
        expected: String
    ) throws {
        let rule = try always([step("+50%")], level: level)
        let input =
            level == .campaign
            ? input(Sample.campaign(daily: daily, lifetime: lifetime))
            : input(
                Sample.adset(daily: daily, lifetime: lifetime), campaign: Sample.campaign(daily: above, lifetime: aboveLifetime))
        let decision = decide(rule, input).first
        #expect(verdict(decision) == expected)
        #expect(decision?.target == target)
        #expect(decision?.field == field)
        #expect(RuleEngine.slots(rule, input) == [ActionSlot(.adjustBudget, target)])
    }

    @Test(
        "an action waits for its cooldown",
        arguments: [
            ("+25%", nil, 23, "cooldown"), ("+25%", nil, 24, "act"), ("+25%", 1, 1, "act"), ("+25%", 2, 1, "cooldown"),
            ("+25%", 0, 0, "act"),
            (nil, nil, 0, "act"), (nil, 2, 1, "cooldown"),
        ] as [(String?, Int64?, Int64, String)])
    func cooldown(by: String?, cooldownHours: Int64?, agoHours: Int64, expected: String) throws {
        let action = try by.map { try step($0) } ?? .pause
        let rule = try always([action], limits: RuleLimits(cooldownMs: cooldownHours.map { $0 * Self.hour }))
        let past = ActionPast(nowMs: Self.nowMs, lastActionAtMs: Self.nowMs - agoHours * Self.hour)
        #expect(verdict(decide(rule, input(), past).first) == expected)
    }

    @Test(
        "a rule has so many writes a day, and two in one go count as two",
        arguments: [(8, ["act", "act"]), (9, ["act", "actions_per_day"]), (10, ["actions_per_day", "actions_per_day"])])
    func actionsPerDay(today: Int, expected: [String]) throws {
        let rule = try always([.pause, step("-10%")], limits: RuleLimits(actionsPerDay: 10))
        #expect(decide(rule, input(), ActionPast(nowMs: Self.nowMs, actionsTodayByRule: today)).map(verdict) == expected)
    }

    @Test("without knowing the past nothing is done")
    func historyMissing() throws {
        let rule = try always([.pause])
        let evaluation = RuleEngine.evaluate(rule, input())
        #expect(RuleEngine.decide(rule, evaluation, input(), history: [:], money: nil).map(verdict) == ["history_missing"])
    }

    @Test(
        "the envelope refuses a raise whole and leaves cuts alone",
        arguments: [
            // by, raised today, start of day, writes in the hour → verdict; budget 200.00, at most 100.00 a day, 50 % per entity, 3 writes an hour
            ("+25%", 0, nil, 0, "act"), ("+25%", 5_000, nil, 0, "act"), ("+25%", 5_001, nil, 0, "envelope_raise_per_day"),
            ("+50%", 0, nil, 0, "act"), ("+50.01%", 0, nil, 0, "envelope_raise_per_day"), ("+25%", 0, 16_667, 0, "act"),
            ("+25%", 0, 16_666, 0, "envelope_raise_per_entity"), ("+25%", 0, nil, 2, "act"),
            ("+25%", 0, nil, 3, "envelope_writes_per_hour"),
            ("-25%", 90_000, 1, 2, "act"), ("-25%", 0, nil, 3, "envelope_writes_per_hour"),
            ("+25%", Int64.max, nil, 0, "envelope_raise_per_day"),
        ] as [(String, Int64, Int64?, Int, String)])
    func envelope(by: String, raised: Int64, start: Int64?, writes: Int, expected: String) throws {
        let money = MoneyEnvelope(
            raisePerDay: Sample.number("100"), raisePerEntityPerDayPercent: Sample.number("50"), budgetWritesPerEntityPerHour: 3)
        let past = ActionPast(
            nowMs: Self.nowMs, raisedTodayMinorInWorkspace: raised, budgetTodayStartMinor: start, budgetWritesLastHour: writes)
        let decision = decide(try always([step(by)]), input(), past, money: money).first
        #expect(verdict(decision) == expected)
        if case .nothing(let reason) = decision?.verdict, reason.code.hasPrefix("envelope_raise") {
            #expect(reason.sentence.contains("never done in part"))
        }
    }

    @Test("the envelope of 100 is 100 whole units where there is no minor unit")
    func envelopeInYen() throws {
        let money = MoneyEnvelope(raisePerDay: Sample.number("100"))
        let rule = try always([step("+25%")])
        #expect(verdict(decide(rule, input(Sample.campaign(daily: 400), code: "JPY"), money: money).first) == "act")
        #expect(
            verdict(decide(rule, input(Sample.campaign(daily: 404), code: "JPY"), money: money).first) == "envelope_raise_per_day"
        )
    }

    @Test("a message goes out along with the rule's other actions, or alone when it has none")
    func notify() throws {
        let both = try always([.notify(destination: "team"), .pause])
        #expect(decide(both, input()).map(verdict) == ["act", "act"])
        #expect(decide(both, input(Sample.campaign(status: "PAUSED"))).map(verdict) == ["no_action", "already_paused"])
        let alone = try always([.notify(destination: "team")], limits: RuleLimits(actionsPerDay: 1, cooldownMs: Self.hour))
        let decision = decide(alone, input(), ActionPast(nowMs: Self.nowMs, actionsTodayByRule: 5)).first
        #expect(verdict(decision) == "act")
        #expect(decision?.new == "team")
        #expect(decision?.field == .notify)
        #expect(
            decide(alone, input(), ActionPast(nowMs: Self.nowMs, lastActionAtMs: Self.nowMs - 1)).map(verdict) == ["cooldown"])
    }

    @Test("actions of one rule each look at their own past")
    func slots() throws {
        let rule = try always([step("+25%"), .pause, .notify(destination: "team"), .notify(destination: "boss")], level: .adset)
        let input = input(Sample.adset(), campaign: Sample.campaign())
        let slots = RuleEngine.slots(rule, input)
        #expect(
            slots == [
                ActionSlot(.adjustBudget, EntityRef(.campaign, "11")), ActionSlot(.pause, EntityRef(.adset, "111")),
                ActionSlot(.notify, EntityRef(.adset, "111")),
            ])
        var history = Sample.noPast(rule, input)
        history[slots[0]] = ActionPast(nowMs: Self.nowMs, lastActionAtMs: Self.nowMs - 1)
        let decisions = RuleEngine.decide(rule, RuleEngine.evaluate(rule, input), input, history: history, money: nil)
        #expect(decisions.map(verdict) == ["cooldown", "act", "act", "act"])
    }
}
