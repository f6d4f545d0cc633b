import Core
import Engine
import Signing

extension RuleAction {
    static func budget(by: String? = nil, to: String? = nil, min: String? = nil, max: String? = nil) throws -> RuleAction {
        .adjustBudget(try BudgetChange(by: by, to: to, min: min, max: max))
    }
}

extension VersionedRule {
    /// A rule that acts on every entity of a level whose metric passes a test.
    static func when(
        _ metric: String = "spend", _ window: String? = "last_7d", _ test: String = "> 20", then actions: [RuleAction],
        level: EntityLevel = .campaign,
        name: String = "rule", limits: RuleLimits = RuleLimits(), mode: RuleMode = .active, status: StatusMatch = .active,
        workspace: String = "belmonte"
    ) throws -> VersionedRule {
        let comparison = Comparison(
            metric: try Metric(text: metric), window: try window.map { try Window(text: $0) }, test: try RuleTest(text: test))
        let text = "\(name): \(metric) \(window ?? "") \(test) then \(actions.map(\.text).joined(separator: ", "))"
        let rule = Rule(
            workspace: workspace, name: name, version: SHA256.hex(Array(text.utf8)), scope: Scope(level: level, status: status),
            when: .compare(comparison), actions: actions, limits: limits, mode: mode)
        return VersionedRule(rule: rule, text: text)
    }
}
