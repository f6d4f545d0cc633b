/// An account, campaign, ad set or ad as the Graph API last showed it.
package struct EntityState: Sendable, Equatable {
    package let ref: EntityRef
    /// Without `act_`.
    package let accountID: String
    package let campaignID: String?
    package let adsetID: String?
    package let name: String
    /// What was set: `ACTIVE`, `PAUSED`, `ARCHIVED`, `DELETED`.
    package let status: String
    /// What results from it and from the parents: `CAMPAIGN_PAUSED`, `WITH_ISSUES`, …
    package let effectiveStatus: String
    /// Nil when unset; never 0 (the Graph API also writes an unset budget as `null` or `"0"`).
    package let dailyBudgetMinor: Int64?
    package let lifetimeBudgetMinor: Int64?

    package init(
        ref: EntityRef, accountID: String, campaignID: String? = nil, adsetID: String? = nil, name: String, status: String,
        effectiveStatus: String, dailyBudgetMinor: Int64? = nil, lifetimeBudgetMinor: Int64? = nil
    ) {
        self.ref = ref
        self.accountID = accountID
        self.campaignID = campaignID
        self.adsetID = adsetID
        self.name = name
        self.status = status
        self.effectiveStatus = effectiveStatus
        self.dailyBudgetMinor = dailyBudgetMinor == 0 ? nil : dailyBudgetMinor
        self.lifetimeBudgetMinor = lifetimeBudgetMinor == 0 ? nil : lifetimeBudgetMinor
    }
}
