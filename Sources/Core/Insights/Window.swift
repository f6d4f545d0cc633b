/// The days that a figure is over, named as Insights names them.
package enum Window: Hashable, Sendable {
    case today
    case yesterday
    /// `last_7d`: seven full days, without today.
    case lastDays(Int)
    /// `last_7d+today`: the same and today.
    case lastDaysAndToday(Int)

    /// Days that a window may go back. Meta itself gives daily rows for 37 months, but an id filter over more than a quarter is slow.
    package static let daysMax = 90

    /// Reads `today`, `yesterday`, `last_7d`, `last_7d+today`.
    package init(text: String) throws(RuleTextError) {
        switch text {
        case "today": self = .today
        case "yesterday": self = .yesterday
        default:
            let withToday = text.hasSuffix("+today")
            let base = withToday ? text.dropLast(6) : text[...]
            guard base.hasPrefix("last_"), base.hasSuffix("d"), let days = Int(base.dropFirst(5).dropLast()),
                (1...Self.daysMax).contains(days), base == "last_\(days)d"
            else {
                throw RuleTextError(
                    """
                    “\(text)” is no window: expected today, yesterday, last_Nd (N full days without today) or last_Nd+today, \
                    N from 1 to \(Self.daysMax).
                    """)
            }
            self = withToday ? .lastDaysAndToday(days) : .lastDays(days)
        }
    }

    package var text: String {
        switch self {
        case .today: "today"
        case .yesterday: "yesterday"
        case .lastDays(let days): "last_\(days)d"
        case .lastDaysAndToday(let days): "last_\(days)d+today"
        }
    }

    /// First and last day, both within, when it is `today` at the account.
    package func range(today: AccountDay) -> ClosedRange<AccountDay> {
        switch self {
        case .today: today...today
        case .yesterday: today.adding(days: -1)...today.adding(days: -1)
        case .lastDays(let days): today.adding(days: -max(days, 1))...today.adding(days: -1)
        case .lastDaysAndToday(let days): today.adding(days: -max(days, 0))...today
        }
    }

    /// The daily row is the whole window.
    package var isOneDay: Bool {
        switch self {
        case .today, .yesterday, .lastDays(1): true
        case .lastDays, .lastDaysAndToday: false
        }
    }
}
