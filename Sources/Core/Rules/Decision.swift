/// What a rule wants done for one entity, or why it does nothing.
package struct Decision: Sendable, Equatable {
    /// Whether to act.
    package enum Verdict: Sendable, Equatable {
        case act
        case nothing(Reason)
    }

    package let action: RuleAction
    /// The entity that is written: the campaign where it owns the budget.
    package let target: EntityRef
    package let field: DecisionField
    /// The value that the decision saw: a status, or a budget in minor units.
    package let old: String
    /// The absolute value to set, in the same form; for `notify` the destination.
    package let new: String
    package let verdict: Verdict

    package init(action: RuleAction, target: EntityRef, field: DecisionField, old: String, new: String, verdict: Verdict) {
        self.action = action
        self.target = target
        self.field = field
        self.old = old
        self.new = new
        self.verdict = verdict
    }

    package var acts: Bool { verdict == .act }
}
