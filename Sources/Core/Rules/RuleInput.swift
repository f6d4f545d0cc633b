/// Everything that the evaluation of one rule for one entity may look at.
package struct RuleInput: Sendable, Equatable {
    package let entity: EntityState
    /// The entity's campaign, when the entity is below it: it may own the budget.
    package let campaign: EntityState?
    /// Nil when Meta's table does not have it: budgets are then unknown and never written.
    package let currency: Currency?
    package let accountToday: AccountDay
    /// The latest versions of this entity's facts, daily and windowed. Others are ignored.
    package let facts: [Fact]
    /// The account's action type per goal, chosen once (`Goal.actionType(known:)`).
    package let purchaseAction: String?
    package let leadAction: String?
    /// What the account has ever reported (`KnownActions`).
    package let knownActions: Set<String>
    /// The workspace's margin, 0.35 for 35 %.
    package let margin: Scaled?
    /// The account's smallest daily budget, in minor units.
    package let minDailyBudgetMinor: Int64?
    /// This entity is paused because a rule paused it, and nobody has resumed it since.
    package let pausedByRule: Bool
    /// Our own figures; nil where no rule asks for any.
    package let own: OwnInput?

    package init(
        entity: EntityState, campaign: EntityState? = nil, currency: Currency?, accountToday: AccountDay, facts: [Fact],
        purchaseAction: String? = nil, leadAction: String? = nil, knownActions: Set<String> = [], margin: Scaled? = nil,
        minDailyBudgetMinor: Int64? = nil, pausedByRule: Bool = false, own: OwnInput? = nil
    ) {
        self.entity = entity
        self.campaign = campaign
        self.currency = currency
        self.accountToday = accountToday
        self.facts = facts
        self.purchaseAction = purchaseAction
        self.leadAction = leadAction
        self.knownActions = knownActions
        self.margin = margin
        self.minDailyBudgetMinor = minDailyBudgetMinor
        self.pausedByRule = pausedByRule
        self.own = own
    }
}
