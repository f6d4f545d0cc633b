/// How much must have been delivered before a rule may act on it.
package struct Guard: Sendable, Equatable {
    package let window: Window
    package let minImpressions: Int64?
    /// Major units of the account's currency.
    package let minSpend: Scaled?

    package init(window: Window, minImpressions: Int64? = nil, minSpend: Scaled? = nil) {
        self.window = window
        self.minImpressions = minImpressions
        self.minSpend = minSpend
    }
}
