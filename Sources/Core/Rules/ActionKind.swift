/// The actions by name, as in rule files and in `action_history`.
package enum ActionKind: String, Sendable, CaseIterable {
    case pause, resume
    case adjustBudget = "adjust_budget"
    case notify
}
