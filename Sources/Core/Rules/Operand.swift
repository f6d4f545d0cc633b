/// One comparison as it came out, for `why`.
package struct Operand: Sendable, Equatable {
    /// Where in the rule: `when.all[2].not`, or `guard.impressions`.
    package let path: String
    package let metric: Metric
    package let window: Window?
    package let left: MetricValue
    package let test: RuleTest
    /// What the right side came to; two for `between`.
    package let right: [MetricValue]
    package let truth: Truth
    /// The newest of our own events that either side was made of.
    package let ownEvents: [Int64]
    /// For figures of ours that have the spend in them.
    package let spendAge: SpendAge?

    package init(
        path: String, metric: Metric, window: Window?, left: MetricValue, test: RuleTest, right: [MetricValue], truth: Truth,
        ownEvents: [Int64] = [], spendAge: SpendAge? = nil
    ) {
        self.path = path
        self.metric = metric
        self.window = window
        self.left = left
        self.test = test
        self.right = right
        self.truth = truth
        self.ownEvents = ownEvents
        self.spendAge = spendAge
    }
}
