/// Why a metric has no value.
package enum UnknownReason: Hashable, Sendable {
    /// Some day of the window has not been read.
    case notRead
    /// All days were read, and Meta had no row for any.
    case noRows
    /// No row of exactly the window with reach.
    case noReach
    case noImpressions, noClicks, noSpend
    /// A cost per action, and the action did not happen.
    case noActions(String)
    /// The account has never reported this action type, so that its absence says nothing.
    case actionNeverSeen(String)
    /// The action happened without a value, and the account has never reported values of it.
    case valueNeverSeen(String)
    /// The account has reported no action type that stands for the goal.
    case noGoalAction(Goal)
    /// The account has purchases and leads.
    case ambiguousGoal
    /// The workspace has no margin.
    case noMargin
    /// The currency is not in Meta's table, so that budgets can't be read.
    case unknownCurrency
    /// The entity has no such budget of its own.
    case noBudget
    /// Our own events are not counted for this entity, or were not asked for.
    case ownNotCounted
    /// Our own figure is only a lower bound, and that does not settle the comparison.
    case ownIncomplete
    /// Our own revenue is in another currency than the account's.
    case currencyMismatch
    /// The comparison lacks a window, or has one too many; `Rule.faults` says so before.
    case malformed
    /// Beyond 128 bits.
    case overflow

    /// Stable, for filters.
    package var code: String {
        switch self {
        case .notRead: "not_read"
        case .noRows: "no_rows"
        case .noReach: "no_reach"
        case .noImpressions: "no_impressions"
        case .noClicks: "no_clicks"
        case .noSpend: "no_spend"
        case .noActions(let type): "no_actions:\(type)"
        case .actionNeverSeen(let type): "action_never_seen:\(type)"
        case .valueNeverSeen(let type): "value_never_seen:\(type)"
        case .noGoalAction(let goal): "no_goal_action:\(goal.rawValue)"
        case .ambiguousGoal: "ambiguous_goal"
        case .noMargin: "no_margin"
        case .unknownCurrency: "unknown_currency"
        case .noBudget: "no_budget"
        case .ownNotCounted: "own_not_counted"
        case .ownIncomplete: "own_incomplete"
        case .currencyMismatch: "currency_mismatch"
        case .malformed: "malformed"
        case .overflow: "overflow"
        }
    }

    /// For people.
    package var sentence: String {
        switch self {
        case .notRead: "Not every day of the window has been read yet."
        case .noRows: "Meta has no row for any day of the window: nothing was delivered."
        case .noReach: "There is no row of exactly this window with reach; reach of single days does not add up."
        case .noImpressions: "There were no impressions to divide by."
        case .noClicks: "There were no clicks to divide by."
        case .noSpend: "There was no spend to divide by."
        case .noActions(let type): "There was no \(type) to divide by."
        case .actionNeverSeen(let type): "The account has never reported \(type), so that its absence says nothing."
        case .valueNeverSeen(let type): "The account has never reported a value of \(type)."
        case .noGoalAction(let goal): "The account has reported no action type that stands for a \(goal.rawValue)."
        case .ambiguousGoal: "The account has purchases and leads: say purchases or leads instead of results."
        case .noMargin: "The workspace has no margin."
        case .unknownCurrency: "Meta's table of currency offsets does not have the account's currency."
        case .noBudget: "The entity has no such budget of its own."
        case .ownNotCounted: "Our own events of this entity are not counted."
        case .ownIncomplete:
            "Our own figure is only a lower bound: counting began within the window, or a purchase came without its value."
        case .currencyMismatch: "Our own revenue is not in the account's currency alone."
        case .malformed: "The comparison can't be evaluated as it is written."
        case .overflow: "The figure is too large to be computed exactly."
        }
    }
}
