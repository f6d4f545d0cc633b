/// What a metric is, or why that can't be known. Unknown is not zero.
package enum MetricValue: Sendable, Equatable {
    case value(Ratio)
    /// A lower bound: we began to count within the window, or do not know what every purchase was worth.
    case atLeast(Ratio)
    case unknown(UnknownReason)

    /// For people and for `rule_executions`: `4.2`, `at least 3`, `unknown: not_read`.
    package var text: String {
        switch self {
        case .value(let ratio): ratio.text
        case .atLeast(let ratio): "at least \(ratio.text)"
        case .unknown(let reason): "unknown: \(reason.code)"
        }
    }
}
