/// How often a rule may act.
package struct RuleLimits: Sendable, Equatable {
    /// `adjust_budget` waits this long on the same entity, unless the rule says otherwise.
    ///
    /// A budget that is stepped again on nearly the same week of figures compounds.
    package static let adjustBudgetCooldownMs: Int64 = 24 * 3_600_000

    /// Writes of this rule over all entities within one day of the account; nil: no limit. Notifications don't count.
    package let actionsPerDay: Int?
    /// As written in the rule; nil: the action's own default.
    package let cooldownMs: Int64?

    package init(actionsPerDay: Int? = nil, cooldownMs: Int64? = nil) {
        self.actionsPerDay = actionsPerDay
        self.cooldownMs = cooldownMs
    }

    /// How long `kind` waits after the last action of this kind by this rule on the same entity.
    package func cooldownMs(of kind: ActionKind) -> Int64 {
        switch kind {
        case .adjustBudget: cooldownMs ?? Self.adjustBudgetCooldownMs
        case .pause, .resume, .notify: cooldownMs ?? 0
        }
    }
}
