/// What a metric is, or why that can't be known. Unknown is not zero.
package enum MetricValue: Sendable, Equatable {
    case value(Ratio)
    case unknown(UnknownReason)

    /// For people and for `rule_executions`: `4.2`, `unknown: not_read`.
    package var text: String {
        switch self {
        case .value(let ratio): ratio.text
        case .unknown(let reason): "unknown: \(reason.code)"
        }
    }
}
