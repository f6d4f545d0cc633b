import Testing

@testable import Core

@Suite("Small texts of rule files")
struct RulesTextTests {
    @Test(
        "a test is read in any spacing and written in one",
        arguments: [
            ("> 3", "> 3"), (">=3", ">= 3"), ("<  0.80", "< 0.8"), ("<= -5", "<= -5"), ("= 1", "= 1"), ("!=0", "!= 0"),
            ("> 0.8 x daily_budget", "> 0.8 x daily_budget"), (">0.8 * daily_budget", "> 0.8 x daily_budget"),
            ("< 2 × cpa", "< 2 x cpa"), ("> clicks", "> 1 x clicks"), ("between 1 and 2", "between 1 and 2"),
            ("between  1  and  0.5 x lifetime_budget", "between 1 and 0.5 x lifetime_budget"),
            ("> 1 x action:link_click", "> 1 x action:link_click"),
        ])
    func tests(text: String, canonical: String) throws {
        let test = try RuleTest(text: text)
        #expect(test.text == canonical)
        #expect(try RuleTest(text: canonical) == test)
    }

    @Test(
        "what is no test is refused with a sentence",
        arguments: [
            "", "3", ">", "> ", "=> 3", "== 3", "> 3 4", "> three", "> 0.8 x", "> x daily_budget", "> 0.8 y daily_budget",
            "> 0.8 x budget",
            "between 1", "between 1 and", "between and 2", "between 1 or 2", "between", "> 1e99", "<> 3", "> 1,5",
            "between 1 and 2 and 3",
        ])
    func noTest(text: String) {
        #expect { try RuleTest(text: text) } throws: { error in
            (error as? RuleTextError)?.sentence.contains("expected") ?? false
        }
    }

    @Test(
        "what is no metric is refused and told what there is",
        arguments: ["", "ROAS", "action:", "value:", "action", "own.lead", "action: x", "cpx"])
    func noMetric(text: String) {
        #expect { try Metric(text: text) } throws: { error in
            (error as? RuleTextError)?.sentence.contains("roas, profit") ?? false
        }
    }

    @Test(
        "a step is read",
        arguments: [
            ("+25%", nil, nil, nil, "by +25%"), ("-10.00", nil, "5", "500.00", "by -10 min 5 max 500"),
            (nil, "200.00", nil, nil, "to 200"),
            ("-99.9%", nil, nil, nil, "by -99.9%"), ("+0.5", nil, nil, nil, "by +0.5"),
        ] as [(String?, String?, String?, String?, String)])
    func steps(by: String?, to: String?, min: String?, max: String?, text: String) throws {
        #expect(try BudgetChange(by: by, to: to, min: min, max: max).text == text)
    }

    @Test(
        "what is no step is refused with a sentence",
        arguments: [
            (nil, nil, nil, nil), ("+25%", "200", nil, nil), ("25%", nil, nil, nil), ("+0%", nil, nil, nil),
            ("-100%", nil, nil, nil),
            ("+%", nil, nil, nil), ("+", nil, nil, nil), ("", nil, nil, nil), ("much", nil, nil, nil), (nil, "0", nil, nil),
            (nil, "-5", nil, nil),
            (nil, "", nil, nil), ("+25%", nil, "x", nil), ("+25%", nil, nil, "0"), ("++5", nil, nil, nil),
        ] as [(String?, String?, String?, String?)])
    func noStep(by: String?, to: String?, min: String?, max: String?) {
        #expect { try BudgetChange(by: by, to: to, min: min, max: max) } throws: { error in
            (error as? RuleTextError).map { $0.sentence.contains("expected") || $0.sentence.contains("needs") } ?? false
        }
    }

    @Test(
        "names match by their way",
        arguments: [
            ("contains", "Summer", true), ("contains", "summer", false), ("equals", "Big Summer Sale", true),
            ("equals", "Summer", false),
            ("starts_with", "Big", true), ("starts_with", "Summer", false), ("ends_with", "Sale", true),
            ("ends_with", "Big", false),
        ])
    func names(key: String, text: String, matches: Bool) throws {
        #expect(try NameMatch(key: key, text: text).matches("Big Summer Sale") == matches)
    }

    @Test("what is no way to match a name is refused", arguments: [("like", "x"), ("contains", "")])
    func noName(key: String, text: String) {
        #expect(throws: RuleTextError.self) { try NameMatch(key: key, text: text) }
    }

    @Test(
        "a scope holds an entity",
        arguments: [
            (Scope(level: .campaign), "ACTIVE", "ACTIVE", true), (Scope(level: .campaign), "ACTIVE", "WITH_ISSUES", true),
            (Scope(level: .campaign), "PAUSED", "PAUSED", false), (Scope(level: .adset), "ACTIVE", "ACTIVE", false),
            (Scope(level: .campaign, accounts: ["act_1"]), "ACTIVE", "ACTIVE", true),
            (Scope(level: .campaign, accounts: ["2"]), "ACTIVE", "ACTIVE", false),
            (Scope(level: .campaign, name: .contains("Winter")), "ACTIVE", "ACTIVE", false),
            (Scope(level: .campaign, status: .paused), "PAUSED", "PAUSED", true),
            (Scope(level: .campaign, status: .any), "PAUSED", "PAUSED", true),
            (Scope(level: .campaign, status: .any), "ARCHIVED", "ARCHIVED", false),
            (Scope(level: .campaign, status: .any), "ACTIVE", "DELETED", false),
            (Scope(level: .campaign), "ACTIVE", "CAMPAIGN_PAUSED", false),
            (Scope(level: .campaign, status: .paused), "ACTIVE", "CAMPAIGN_PAUSED", false),
        ])
    func scopes(scope: Scope, status: String, effective: String, contains: Bool) {
        #expect(scope.contains(Sample.campaign(status: status, effective: effective)) == contains)
    }

    @Test("the key text keeps different causes apart and equal ones together")
    func keys() throws {
        func key(
            _ rule: String = "r", _ version: String = "v", _ id: String = "1", _ evidence: [Int64] = [1, 2],
            _ action: RuleAction = .pause
        ) -> String {
            idempotencyKeyText(rule: rule, version: version, entity: EntityRef(.ad, id), evidence: evidence, action: action)
        }
        #expect(key() == key("r", "v", "1", [2, 1, 2]))
        let change = try BudgetChange(by: "+25%", to: nil, min: nil, max: nil)
        let others = [
            key("q"), key("r", "w"), key("r", "v", "2"), key("r", "v", "1", [1]), key("r", "v", "1", [12]),
            key("r", "v", "1", [1, 2], .resume),
            key("r", "v", "1", [1, 2], .notify(destination: "a")), key("r", "v", "1", [1, 2], .notify(destination: "b")),
            key("r", "v", "1", [1, 2], .adjustBudget(change)), key("r|1:v", ""), key("", "r"),
        ]
        #expect(Set(others + [key()]).count == others.count + 1)
    }
}
