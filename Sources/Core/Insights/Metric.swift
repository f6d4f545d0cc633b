/// A figure that a rule can ask for.
package enum Metric: Hashable, Sendable {
    case spend, impressions, clicks, linkClicks
    /// Of exactly the window; never a sum of days.
    case reach
    /// Impressions per person reached, both of the same windowed row.
    case frequency
    /// Clicks (all) per 100 impressions, a percentage as Insights gives it.
    case ctr
    /// Spend per click (all).
    case cpc
    /// Spend per 1 000 impressions.
    case cpm
    /// Spend per purchase, of the account's one purchase action.
    case cpa
    /// Spend per lead, of the account's one lead action.
    case cpl
    /// Purchase value per spend.
    case roas
    /// Purchase value × the workspace's margin − spend.
    case profit
    /// Purchases or leads, whichever the account has; unknown where it has both, because then only `purchases` or `leads` says which.
    case results
    case leads, purchases
    /// Purchase value.
    case revenue
    /// How often one action type happened, `action:link_click`.
    case action(String)
    /// What one action type was worth, `value:omni_purchase`.
    case value(String)
    /// The entity's own budget; no window.
    case dailyBudget, lifetimeBudget
    /// What our own events of the entity came to: the leads, purchases and comments of its ads that came to us.
    case ownLeads, ownPurchases, ownComments
    /// How often money of our own purchases was paid back.
    case ownRefunds
    /// What our own purchases were worth, less what was paid back of them, each at its own time.
    case ownRevenue
    /// Our own revenue × the workspace's margin − spend, as last read.
    case ownProfit
    /// Spend, as last read, per lead of our own.
    case ownCpl
    /// Our own revenue per spend, as last read.
    case ownRoas

    /// All that have a plain name, in the order of the documentation.
    package static let named: [Metric] = [
        .spend, .impressions, .clicks, .linkClicks, .reach, .frequency, .ctr, .cpc, .cpm, .cpa, .cpl, .roas, .profit, .results,
        .leads,
        .purchases, .revenue, .dailyBudget, .lifetimeBudget, .ownLeads, .ownPurchases, .ownRevenue, .ownComments, .ownCpl,
        .ownRoas, .ownRefunds, .ownProfit,
    ]

    /// Reads `roas`, `daily_budget`, `action:link_click`.
    package init(text: String) throws(RuleTextError) {
        if let metric = Self.named.first(where: { $0.text == text }) {
            self = metric
            return
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let isType = parts.count == 2 && !parts[1].isEmpty && !parts[1].contains(where: \.isWhitespace)
        switch (parts[0], isType) {
        case ("action", true): self = .action(String(parts[1]))
        case ("value", true): self = .value(String(parts[1]))
        default:
            let names = Self.named.map(\.text).joined(separator: ", ")
            throw RuleTextError("“\(text)” is no metric: expected one of \(names), action:TYPE or value:TYPE.")
        }
    }

    package var text: String {
        switch self {
        case .spend: "spend"
        case .impressions: "impressions"
        case .clicks: "clicks"
        case .linkClicks: "link_clicks"
        case .reach: "reach"
        case .frequency: "frequency"
        case .ctr: "ctr"
        case .cpc: "cpc"
        case .cpm: "cpm"
        case .cpa: "cpa"
        case .cpl: "cpl"
        case .roas: "roas"
        case .profit: "profit"
        case .results: "results"
        case .leads: "leads"
        case .purchases: "purchases"
        case .revenue: "revenue"
        case .action(let type): "action:\(type)"
        case .value(let type): "value:\(type)"
        case .dailyBudget: "daily_budget"
        case .lifetimeBudget: "lifetime_budget"
        case .ownLeads: "own.leads"
        case .ownPurchases: "own.purchases"
        case .ownRevenue: "own.revenue"
        case .ownComments: "own.comments"
        case .ownCpl: "own.cpl"
        case .ownRoas: "own.roas"
        case .ownRefunds: "own.refunds"
        case .ownProfit: "own.profit"
        }
    }

    package var unit: MetricUnit {
        switch self {
        case .spend, .cpc, .cpm, .cpa, .cpl, .profit, .revenue, .value, .dailyBudget, .lifetimeBudget, .ownRevenue, .ownCpl,
            .ownProfit:
            .money
        case .impressions, .clicks, .linkClicks, .reach, .results, .leads, .purchases, .action, .ownLeads, .ownPurchases,
            .ownComments, .ownRefunds:
            .count
        case .ctr: .percent
        case .frequency, .roas, .ownRoas: .ratio
        }
    }

    /// A setting of the entity, not a figure of some days.
    package var isBudget: Bool {
        switch self {
        case .dailyBudget, .lifetimeBudget: true
        case .spend, .impressions, .clicks, .linkClicks, .reach, .frequency, .ctr, .cpc, .cpm, .cpa, .cpl, .roas, .profit,
            .results, .leads,
            .purchases, .revenue, .action, .value, .ownLeads, .ownPurchases, .ownComments, .ownRevenue, .ownCpl, .ownRoas,
            .ownRefunds,
            .ownProfit:
            false
        }
    }

    /// Made of our own events, alone or with the spend.
    package var isOwn: Bool {
        switch self {
        case .ownLeads, .ownPurchases, .ownComments, .ownRevenue, .ownCpl, .ownRoas, .ownRefunds, .ownProfit: true
        case .spend, .impressions, .clicks, .linkClicks, .reach, .frequency, .ctr, .cpc, .cpm, .cpa, .cpl, .roas, .profit,
            .results, .leads, .purchases, .revenue, .action, .value, .dailyBudget, .lifetimeBudget:
            false
        }
    }

    /// Needs a row of exactly the window, because people counted per day don't add up.
    package var needsReach: Bool { self == .reach || self == .frequency }
}
