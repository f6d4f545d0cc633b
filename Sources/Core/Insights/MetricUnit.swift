/// What a metric is counted in; metrics of different units are never compared with each other.
package enum MetricUnit: String, Sendable {
    /// Major units of the account's currency.
    case money
    case count
    /// 1.5 is 1.5 %.
    case percent
    case ratio
}
