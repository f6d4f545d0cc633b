/// A step of a budget with its bounds, in major units of the account's currency.
package struct BudgetChange: Sendable, Equatable {
    /// How far, or where to.
    package enum Step: Sendable, Equatable {
        /// 25 is +25 %.
        case percent(Scaled)
        case amount(Scaled)
        case to(Scaled)
    }

    package let step: Step
    package let min: Scaled?
    package let max: Scaled?

    package init(_ step: Step, min: Scaled? = nil, max: Scaled? = nil) {
        self.step = step
        self.min = min
        self.max = max
    }

    /// From the texts of a rule file: `by` is `+25%` or `-10.00`, with its sign; or `to` is `200.00`.
    package init(by: String?, to: String?, min: String?, max: String?) throws(RuleTextError) {
        var (lower, upper): (Scaled?, Scaled?) = (nil, nil)
        if let min { lower = try Self.amount(min, key: "min") }
        if let max { upper = try Self.amount(max, key: "max") }
        switch (by, to) {
        case (let by?, nil): self.init(try Self.step(by), min: lower, max: upper)
        case (nil, let to?):
            self.init(.to(try Self.amount(to, key: "to")), min: lower, max: upper)
        case (nil, nil), (_?, _?):
            throw RuleTextError("A budget step needs either by (\"+25%\", \"-10.00\") or to (200.00).")
        }
    }

    /// Whether it is meant to raise; nil for `to`, which may do either.
    package var isRaise: Bool? {
        switch step {
        case .percent(let value), .amount(let value): value > .zero
        case .to: nil
        }
    }

    /// Canonical: `by +25% max 500`.
    package var text: String {
        let how =
            switch step {
            case .percent(let value): "by \(value > .zero ? "+" : "")\(value.text)%"
            case .amount(let value): "by \(value > .zero ? "+" : "")\(value.text)"
            case .to(let value): "to \(value.text)"
            }
        return how + (min.map { " min \($0.text)" } ?? "") + (max.map { " max \($0.text)" } ?? "")
    }

    private static func step(_ text: String) throws(RuleTextError) -> Step {
        let isPercent = text.hasSuffix("%")
        let number = isPercent ? text.dropLast() : text[...]
        guard let sign = text.first, sign == "+" || sign == "-", let value = Scaled(text: number), value != .zero else {
            throw RuleTextError(
                "“\(text)” is no step: expected a sign and a percentage or an amount other than zero, as in \"+25%\" or \"-10.00\"."
            )
        }
        guard !isPercent || value > Scaled(units: -100 * Scaled.scale) else {
            throw RuleTextError("“\(text)” would leave nothing: expected less than 100% down; use pause to stop spending.")
        }
        return isPercent ? .percent(value) : .amount(value)
    }

    private static func amount(_ text: String, key: String) throws(RuleTextError) -> Scaled {
        guard let value = Scaled(text: text), value > .zero else {
            throw RuleTextError("“\(key)” is “\(text)”: expected an amount above zero in the account's currency, as in 200.00.")
        }
        return value
    }
}
