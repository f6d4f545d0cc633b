import Testing

@testable import Core

@Suite("Faults of a rule")
struct RulesFaultsTests {
    private func faults(_ when: Condition, level: EntityLevel = .campaign, actions: [RuleAction] = [.pause]) -> [RuleFault] {
        Sample.rule(when, actions, level: level, status: .any).faults
    }

    private func fine() throws -> Condition { try Sample.compare(.spend, .today, "> 1") }

    @Test(
        "a comparison that can't be meant",
        arguments: [
            (Metric.spend, nil, "> 1", EntityLevel.campaign, "spend needs a window, such as last_7d."),
            (.dailyBudget, .today, "> 1", .campaign, "daily_budget is a setting of the entity and has no window."),
            (.dailyBudget, nil, "> 2 x spend", .campaign, "spend needs a window, such as last_7d."),
            (
                .spend, .today, "> 0.8 x daily_budget", .ad,
                "daily_budget does not exist at level ad: only campaigns and ad sets have budgets."
            ),
            (
                .lifetimeBudget, nil, "> 1", .account,
                "lifetime_budget does not exist at level account: only campaigns and ad sets have budgets."
            ),
            (.spend, .today, "> 2 x clicks", .campaign, "spend (money) can't be compared with clicks (count)."),
            (.roas, .today, "> 1 x ctr", .campaign, "roas (ratio) can't be compared with ctr (percent)."),
            (
                .spend, .today, "between 2 and 1", .campaign,
                "between 2 and 1 is never true: the first number must not be above the second."
            ),
        ] as [(Metric, Window?, String, EntityLevel, String)])
    func comparisons(metric: Metric, window: Window?, test: String, level: EntityLevel, sentence: String) throws {
        let when = Condition.all([try fine(), .not(try Sample.compare(metric, window, test))])
        #expect(
            faults(when, level: level, actions: [.notify(destination: "team")]) == [
                RuleFault(path: "when.all[1].not", sentence: sentence)
            ])
    }

    @Test(
        "comparisons that are fine",
        arguments: [
            (Metric.spend, Window.today, "> 0.8 x daily_budget", EntityLevel.adset),
            (.dailyBudget, nil, "< 2 x lifetime_budget", .campaign),
            (.dailyBudget, .lastDays(7), "< 2 x spend", .campaign), (.frequency, .lastDays(7), "> 3", .ad),
            (.reach, .lastDaysAndToday(7), "> 1", .account),
            (.action("link_click"), .today, "> 2 x leads", .ad), (.cpa, .lastDays(7), "> 1.5 x cpl", .ad),
            (.value("x"), .today, "> 1 x spend", .ad),
        ] as [(Metric, Window?, String, EntityLevel)])
    func fineComparisons(metric: Metric, window: Window?, test: String, level: EntityLevel) throws {
        let action = RuleAction.notify(destination: "team")
        #expect(faults(try Sample.compare(metric, window, test), level: level, actions: [action]).isEmpty)
    }

    @Test("empty lists, everywhere")
    func empty() throws {
        #expect(faults(.all([])).map(\.path) == ["when.all"])
        #expect(faults(.all([.any([])])).map(\.path) == ["when.all[0].any"])
        #expect(faults(try fine(), actions: []).map(\.path) == ["then"])
        let unnamed = Rule(workspace: "w", name: "", version: "v", scope: Scope(level: .ad), when: try fine(), actions: [.pause])
        #expect(unnamed.faults.map(\.path) == ["name"])
    }

    @Test(
        "actions that can't be carried out or contradict each other",
        arguments: [
            ([RuleAction.pause], EntityLevel.account, StatusMatch.any, ["then[0]"]), ([.resume], .account, .any, ["then[0]"]),
            ([.pause], .ad, .paused, ["then[0]"]), ([.resume], .ad, .active, ["then[0]"]),
            ([.pause, .resume], .ad, .any, ["then[1]"]),
            ([.pause, .pause], .ad, .any, ["then[1]"]),
            ([.notify(destination: "a"), .notify(destination: "a")], .ad, .any, ["then[1]"]),
            ([.notify(destination: "")], .ad, .any, ["then[0]"]),
            ([.notify(destination: "a"), .notify(destination: "b")], .account, .any, []),
            ([.adjustBudget(BudgetChange(.percent(.one)))], .ad, .any, ["then[0]"]),
            ([.adjustBudget(BudgetChange(.percent(.one)))], .account, .any, ["then[0]"]),
            (
                [.adjustBudget(BudgetChange(.percent(.one))), .adjustBudget(BudgetChange(.amount(.one)))], .adset, .any,
                ["then[1]"]
            ),
            ([.adjustBudget(BudgetChange(.percent(.one), min: Sample.number("2"), max: .one))], .adset, .any, ["then[0]"]),
            ([.adjustBudget(BudgetChange(.to(.one), min: Sample.number("2")))], .adset, .any, ["then[0]"]),
            ([.adjustBudget(BudgetChange(.to(Sample.number("3")), max: Sample.number("2")))], .adset, .any, ["then[0]"]),
            ([.adjustBudget(BudgetChange(.to(.one), min: .one, max: .one)), .resume], .adset, .paused, []),
        ] as [([RuleAction], EntityLevel, StatusMatch, [String])])
    func actions(actions: [RuleAction], level: EntityLevel, status: StatusMatch, paths: [String]) throws {
        #expect(Sample.rule(try fine(), actions, level: level, status: status).faults.map(\.path) == paths)
    }

    @Test(
        "guards and limits that mean nothing",
        arguments: [
            (Guard(window: .today), RuleLimits(), ["guard"]),
            (Guard(window: .today, minImpressions: -1), RuleLimits(), ["guard.impressions"]),
            (Guard(window: .today, minSpend: Scaled(units: -1)), RuleLimits(), ["guard.spend"]),
            (nil, RuleLimits(actionsPerDay: 0), ["limits.actions_per_day"]),
            (nil, RuleLimits(cooldownMs: -1), ["limits.cooldown"]),
            (Guard(window: .today, minImpressions: 0), RuleLimits(actionsPerDay: 1, cooldownMs: 0), []),
        ] as [(Guard?, RuleLimits, [String])])
    func limits(guards: Guard?, limits: RuleLimits, paths: [String]) throws {
        #expect(Sample.rule(try fine(), [.pause], guards: guards, limits: limits).faults.map(\.path) == paths)
    }

    @Test("a rule knows its windows, those that need reach, and its metrics")
    func inventory() throws {
        let rule = Sample.rule(
            .any([
                try Sample.compare(.impressions, .lastDays(3), "> 2 x reach"),
                try Sample.compare(.profit, .today, "> 1 x daily_budget"),
            ]), [.pause],
            guards: Guard(window: .lastDays(7), minImpressions: 1))
        #expect(rule.windows == [.lastDays(3), .today, .lastDays(7)])
        #expect(rule.reachWindows == [.lastDays(3)])
        #expect(rule.metrics == [.impressions, .reach, .profit, .dailyBudget])
    }
}
