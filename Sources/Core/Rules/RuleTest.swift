/// What a metric has to be: `> 3`, `> 0.8 x daily_budget`, `between 1 and 2`.
package enum RuleTest: Sendable, Equatable {
    case compare(Operator, Side)
    /// Both ends included.
    case between(Side, Side)

    /// Reads the text of `is:`.
    package init(text: String) throws(RuleTextError) {
        let trimmed = text.split(separator: " ").joined(separator: " ")
        if trimmed.hasPrefix("between ") {
            self = try Self.between(trimmed)
            return
        }
        // The longer operators first, so that `>=` is not read as `>`.
        let operators = Operator.allCases.sorted { $0.rawValue.count > $1.rawValue.count }
        guard let found = operators.first(where: { trimmed.hasPrefix($0.rawValue) }) else { throw Self.expected(text) }
        let side = trimmed.dropFirst(found.rawValue.count).drop { $0 == " " }
        guard !side.isEmpty else { throw Self.expected(text) }
        self = .compare(found, try Side(text: String(side)))
    }

    /// In one spelling, which `init(text:)` reads again.
    package var text: String {
        switch self {
        case .compare(let op, let side): "\(op.rawValue) \(side.text)"
        case .between(let low, let high): "between \(low.text) and \(high.text)"
        }
    }

    package var metrics: [Metric] {
        switch self {
        case .compare(_, let side): [side.metric].compactMap(\.self)
        case .between(let low, let high): [low.metric, high.metric].compactMap(\.self)
        }
    }

    private static func between(_ text: String) throws(RuleTextError) -> RuleTest {
        let words = text.split(separator: " ").dropFirst()
        guard let and = words.firstIndex(of: "and"), and > words.startIndex, and < words.endIndex - 1 else {
            throw expected(text)
        }
        let low = words[words.startIndex..<and].joined(separator: " ")
        let high = words[(and + 1)...].joined(separator: " ")
        return .between(try Side(text: low), try Side(text: high))
    }

    private static func expected(_ text: String) -> RuleTextError {
        RuleTextError(
            """
            “\(text)” is no test: expected >, >=, <, <=, = or != with a number or FACTOR x METRIC, or between A and B, \
            as in "> 3" or "> 0.8 x daily_budget".
            """)
    }
}
