/// Where in an account something hangs. Meta's own names of the levels.
enum Level: String, Sendable, CaseIterable, Comparable {
    case account, campaign, adset, ad

    /// What Meta calls a node of this level in error texts.
    var nodeType: String {
        switch self {
        case .account: "AdAccount"
        case .campaign: "AdCampaignGroup"
        case .adset: "AdCampaign"
        case .ad: "Adgroup"
        }
    }

    /// The edge that lists this level.
    var edge: String {
        switch self {
        case .account: "adaccounts"
        case .campaign: "campaigns"
        case .adset: "adsets"
        case .ad: "ads"
        }
    }

    var depth: Int {
        switch self {
        case .account: 0
        case .campaign: 1
        case .adset: 2
        case .ad: 3
        }
    }

    static func < (a: Level, b: Level) -> Bool { a.depth < b.depth }
}

/// An account, a campaign, an ad set or an ad.
struct Entity: Sendable {
    /// `act_1` for an account.
    let id: String
    let level: Level
    /// The number of the account, without `act_`.
    let account: String
    /// Nil for an account.
    let parent: String?
    let campaign: String?
    let adset: String?
    var children: [String] = []

    var name: String
    var status = "ACTIVE"
    /// What the review or the delivery says while everything else would be ACTIVE.
    var review: String?
    var dailyBudgetMinor: Int64?
    var lifetimeBudgetMinor: Int64?
    /// Further readable fields, as the scenario gives them.
    var extra: [String: Value] = [:]
    var createdMs: Int64
    var updatedMs: Int64
    /// When the budget was changed through the API, for the limit of four an hour.
    var budgetChangesMs: [Int64] = []
    /// Spent before the days that the scenario has figures for.
    var spentBefore = Amount.zero

    var hasBudget: Bool { dailyBudgetMinor != nil || lifetimeBudgetMinor != nil }
}
