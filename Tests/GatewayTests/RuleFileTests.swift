import Core
import Foundation
import Testing

@testable import Gateway

@Suite("A rule file")
struct RuleFileTests {
    private static func rules(_ text: String) throws -> [LoadedRule] {
        try SettingsCases.settings(SettingsCases.base, files: ["rules.yaml": text]).rules
    }

    @Test("the design's example becomes the rule that it says")
    func example() throws {
        let loaded = try #require(try Self.rules(SettingsTests.rule).first)
        let rule = loaded.rule
        #expect(rule.workspace == "belmonte")
        #expect(rule.scope == Scope(level: .campaign, accounts: ["123"], name: .contains("Summer"), status: .active))
        let roas = Comparison(metric: .roas, window: .lastDays(7), test: try RuleTest(text: "> 3"))
        let profit = Comparison(metric: .profit, window: .lastDays(7), test: try RuleTest(text: "> 100"))
        let spend = Comparison(metric: .spend, window: .today, test: try RuleTest(text: "> 0.8 x daily_budget"))
        #expect(rule.when == .all([.compare(roas), .compare(profit), .not(.compare(spend))]))
        #expect(rule.guards == Guard(window: .lastDays(7), minImpressions: 1000, minSpend: Scaled(20)))
        #expect(
            try rule.actions == [
                .adjustBudget(BudgetChange(by: "+25%", to: nil, min: nil, max: "500.00")), .notify(destination: "team"),
            ])
        #expect(rule.limits == RuleLimits(actionsPerDay: 10, cooldownMs: 86_400_000))
        #expect(rule.mode == .dryRun)
        #expect(rule.version.count == 64)
        #expect(loaded.place == "rules.yaml:2")
    }

    @Test("a new rule starts in dry_run, for active entities of all accounts, without limits")
    func defaults() throws {
        let text = """
            rules:
              - {name: stop, workspace: belmonte, scope: {level: ad}, when: {metric: spend, window: today, is: "> 10"}, then: [pause]}
            """
        let rule = try #require(try Self.rules(text).first).rule
        #expect(rule.mode == .dryRun)
        #expect(rule.scope == Scope(level: .ad))
        #expect(rule.guards == nil)
        #expect(rule.limits == RuleLimits())
        #expect(rule.actions == [.pause])
    }

    @Test("two spellings of one rule are one version")
    func sameVersion() throws {
        let flow = """
            rules:
              - {mode: dry_run, then: [{adjust_budget: {max: 500, by: "+25.0%"}}, {notify: team}], limits: {cooldown: 1440m, actions_per_day: 10},
                 name: scale-high-performers, workspace: belmonte, guard: {spend: 20, impressions: 1000, window: last_7d},
                 scope: {name: {contains: Summer}, level: campaign, accounts: ["123"]},
                 when: {all: [{window: last_7d, metric: roas, is: ">3"}, {metric: profit, window: last_7d, is: "> 100.00"},
                              {not: {metric: spend, is: "> 0.80 x daily_budget", window: today}}]}}
            """
        #expect(try Self.rules(flow).map(\.rule.version) == Self.rules(SettingsTests.rule).map(\.rule.version))
    }

    @Test(
        "whatever changes the meaning changes the version",
        arguments: [
            ("> 3", "> 4"), ("last_7d, is: \"> 100\"", "last_7d+today, is: \"> 100\""), ("> 3", ">= 3"), ("+25%", "+26%"),
            ("max: 500.00", "max: 600.00"),
            ("Summer", "Winter"), ("contains", "equals"), ("status: active", "status: any"), ("dry_run", "active"),
            ("24h", "23h"),
            ("actions_per_day: 10", "actions_per_day: 11"), ("impressions: 1000", "impressions: 1001"),
            ("      - notify: team\n", ""),
            (
                "not: {metric: spend, window: today, is: \"> 0.8 x daily_budget\"}",
                "{metric: spend, window: today, is: \"> 0.8 x daily_budget\"}"
            ),
            ("all:", "any:"), ("[act_123]", "[act_124]"), ("spend: 20.00", "spend: 20.01"), ("scale-high-performers", "scale"),
        ])
    func otherVersion(old: String, new: String) throws {
        let changed = SettingsTests.rule.replacing(old, with: new)
        #expect(changed != SettingsTests.rule)
        #expect(try Self.rules(changed).map(\.rule.version) != Self.rules(SettingsTests.rule).map(\.rule.version))
    }

    @Test("the canonical text is JSON with sorted keys; its digest is the version")
    func canonical() throws {
        let loaded = try #require(try Self.rules(SettingsTests.rule).first)
        #expect(
            loaded.text == """
                {"actions_per_day":10,"cooldown_ms":86400000,"guard":{"impressions":1000,"spend":"20","window":"last_7d"},"mode":"dry_run",\
                "name":"scale-high-performers","scope":{"accounts":["123"],"level":"campaign","name":{"contains":"Summer"},"status":"active"},\
                "then":["adjust_budget by +25% max 500","notify team"],"when":{"all":[{"is":"> 3","metric":"roas","window":"last_7d"},\
                {"is":"> 100","metric":"profit","window":"last_7d"},{"not":{"is":"> 0.8 x daily_budget","metric":"spend","window":"today"}}]},\
                "workspace":"belmonte"}
                """)
    }

    @Test(
        "what is wrong with it is told, all at once, each at its place",
        arguments: SettingsCase.all.filter { $0.name.hasPrefix("rule-") })
    func faults(golden: SettingsCase) throws {
        let told = try SettingsCases.report(SettingsCases.base, files: ["rules.yaml": golden.input])
        #expect(told == golden.expected, "told:\n\(told.joined(separator: "\n"))")
    }

    @Test("a name is unique in its workspace over all files; files of a pattern come sorted, each once")
    func files() throws {
        let base = SettingsCases.base.replacing("[rules.yaml]", with: "[\"r/*.yaml\", r/a.yaml]")
        func file(_ name: String, _ workspace: String) -> String {
            """
            rules:
              - {name: \(name), workspace: \(workspace), scope: {level: ad}, when: {metric: spend, window: today, is: "> 10"}, then: [pause]}

            """
        }
        let rules = try SettingsCases.settings(
            base,
            files: [
                "r/b.yaml": file("two", "belmonte"), "r/a.yaml": file("one", "belmonte"), "r/c.yaml": file("one", "bare"),
                "r/.d.yaml": "x",
            ]
        ).rules
        #expect(rules.map(\.place) == ["r/a.yaml:2", "r/b.yaml:2", "r/c.yaml:2"])
        let report = try SettingsCases.report(
            base, files: ["r/b.yaml": file("one", "belmonte"), "r/a.yaml": file("one", "belmonte")])
        #expect(report == ["r/b.yaml:2:12: rules[0].name: the workspace \"belmonte\" has a rule \"one\" already, at r/a.yaml:2."])
    }

    @Test("faults of the configuration and of rule files come together")
    func together() throws {
        let base = SettingsCases.base.replacing("writes: off", with: "writes: maybe")
        let report = try SettingsCases.report(base, files: ["rules.yaml": "rules: {}\n"])
        #expect(report.count == 2)
        #expect(report.last == "rules.yaml:1:8: rules: found a mapping, expected a list of rules.")
    }
}
