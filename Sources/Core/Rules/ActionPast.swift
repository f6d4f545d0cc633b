/// What has been done before, as far as it limits one action of one rule on one target.
package struct ActionPast: Sendable, Equatable {
    package let nowMs: Int64
    /// This rule's last action of this kind on this target (would, queued or done; not failed or cancelled).
    package let lastActionAtMs: Int64?
    /// This rule's writes today, over all entities of the account, in the account's day.
    package let actionsTodayByRule: Int
    /// The sum of all raises of budgets in this workspace today (queued or done), in minor units of the account's currency.
    package let raisedTodayMinorInWorkspace: Int64
    /// The target's budget when the account's day began; nil when nothing has changed it today.
    package let budgetTodayStartMinor: Int64?
    /// Budget writes to the target in the last 60 minutes, by any rule.
    package let budgetWritesLastHour: Int

    package init(
        nowMs: Int64, lastActionAtMs: Int64? = nil, actionsTodayByRule: Int = 0, raisedTodayMinorInWorkspace: Int64 = 0,
        budgetTodayStartMinor: Int64? = nil, budgetWritesLastHour: Int = 0
    ) {
        self.nowMs = nowMs
        self.lastActionAtMs = lastActionAtMs
        self.actionsTodayByRule = actionsTodayByRule
        self.raisedTodayMinorInWorkspace = raisedTodayMinorInWorkspace
        self.budgetTodayStartMinor = budgetTodayStartMinor
        self.budgetWritesLastHour = budgetWritesLastHour
    }
}
