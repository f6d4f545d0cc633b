/// How much a workspace lets rules raise. A raise beyond it is refused whole, never done in part.
package struct MoneyEnvelope: Sendable, Equatable {
    /// Major units of the account's currency, over all rules and entities of the workspace in one day of the account.
    package let raisePerDay: Scaled?
    /// 50 is 50 % above the budget with which the account's day began.
    package let raisePerEntityPerDayPercent: Scaled?
    /// Raises and cuts alike.
    package let budgetWritesPerEntityPerHour: Int?

    package init(raisePerDay: Scaled? = nil, raisePerEntityPerDayPercent: Scaled? = nil, budgetWritesPerEntityPerHour: Int? = nil)
    {
        self.raisePerDay = raisePerDay
        self.raisePerEntityPerDayPercent = raisePerEntityPerDayPercent
        self.budgetWritesPerEntityPerHour = budgetWritesPerEntityPerHour
    }
}
