/// What a decision changes, as the Graph API names it.
package enum DecisionField: String, Sendable, CaseIterable {
    case status
    case dailyBudget = "daily_budget"
    case lifetimeBudget = "lifetime_budget"
    /// Nothing at Meta: a message.
    case notify
}
