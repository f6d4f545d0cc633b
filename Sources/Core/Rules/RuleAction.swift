/// What a rule does with an entity that matches.
package enum RuleAction: Sendable, Equatable {
    case pause
    /// Only what a rule paused.
    case resume
    case adjustBudget(BudgetChange)
    /// A message to a destination of the configuration; sent only along with the rule's other actions, if it has any.
    case notify(destination: String)

    package var kind: ActionKind {
        switch self {
        case .pause: .pause
        case .resume: .resume
        case .adjustBudget: .adjustBudget
        case .notify: .notify
        }
    }

    /// Canonical: `pause`, `adjust_budget by +25% max 500`, `notify team`.
    package var text: String {
        switch self {
        case .pause, .resume: kind.rawValue
        case .adjustBudget(let change): "\(kind.rawValue) \(change.text)"
        case .notify(let destination): "\(kind.rawValue) \(destination)"
        }
    }
}
