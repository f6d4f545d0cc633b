/// The right side of a test: a number, or a multiple of another metric of the same window.
package enum Side: Sendable, Equatable {
    case number(Scaled)
    case multiple(factor: Scaled, of: Metric)

    /// Reads `3`, `-12.50`, `0.8 x daily_budget`, `daily_budget`.
    package init(text: String) throws(RuleTextError) {
        if let number = Scaled(text: text) {
            self = .number(number)
            return
        }
        let words = text.split(separator: " ")
        switch words.count {
        case 1:
            guard let metric = try? Metric(text: String(words[0])) else { throw Self.expected(text) }
            self = .multiple(factor: .one, of: metric)
        case 3 where ["x", "*", "×"].contains(words[1]):
            guard let factor = Scaled(text: words[0]) else { throw Self.expected(text) }
            self = .multiple(factor: factor, of: try Metric(text: String(words[2])))
        default:
            throw Self.expected(text)
        }
    }

    package var text: String {
        switch self {
        case .number(let number): number.text
        case .multiple(let factor, let metric): "\(factor.text) x \(metric.text)"
        }
    }

    package var metric: Metric? {
        switch self {
        case .number: nil
        case .multiple(_, let metric): metric
        }
    }

    private static func expected(_ text: String) -> RuleTextError {
        RuleTextError(
            "“\(text)” is nothing to compare with: expected a number (3, 12.50) or FACTOR x METRIC (0.8 x daily_budget).")
    }
}
