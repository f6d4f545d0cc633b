/// One call to Insights for one account: which level, which days, and whether day by day.
package struct ReadShape: Hashable, Sendable {
    package let level: EntityLevel
    package let since: AccountDay
    package let until: AccountDay
    /// `time_increment=1`: one row per day; otherwise one row over all days.
    package let daily: Bool
    /// `reach` belongs to the fields.
    package let needsReach: Bool

    package init(level: EntityLevel, since: AccountDay, until: AccountDay, daily: Bool, needsReach: Bool) {
        self.level = level
        self.since = since
        self.until = until
        self.daily = daily
        self.needsReach = needsReach
    }

    /// The fields to ask for. Days come back by themselves; ids do not.
    package var fields: [String] {
        let ids =
            switch level {
            case .account: ["account_id"]
            case .campaign: ["campaign_id"]
            case .adset: ["campaign_id", "adset_id"]
            case .ad: ["campaign_id", "adset_id", "ad_id"]
            }
        let figures = ["impressions", "clicks", "inline_link_clicks", "spend", "actions", "action_values"]
        return ids + figures + (needsReach ? ["reach"] : [])
    }
}
