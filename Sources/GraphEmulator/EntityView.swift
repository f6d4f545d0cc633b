/// An entity as it stands now, for tests and for whoever compares.
package struct EntityView: Sendable, Equatable {
    /// `act_1` for an account.
    package let id: String
    /// `account`, `campaign`, `adset` or `ad`.
    package let level: String
    /// The account's number.
    package let account: String
    package let campaign: String?
    package let adset: String?
    package let name: String
    package let status: String
    package let effectiveStatus: String
    /// Minor units by Meta's offsets; nil when unset.
    package let dailyBudget: String?
    package let lifetimeBudget: String?

    var value: Value {
        [
            "id": .string(id), "level": .string(level), "account": .string(account), "campaign": .optional(campaign),
            "adset": .optional(adset), "name": .string(name), "status": .string(status),
            "effective_status": .string(effectiveStatus), "daily_budget": .optional(dailyBudget),
            "lifetime_budget": .optional(lifetimeBudget),
        ]
    }
}
