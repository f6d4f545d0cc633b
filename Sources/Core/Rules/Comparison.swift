/// One metric over one window, and what it has to be.
package struct Comparison: Sendable, Equatable {
    package let metric: Metric
    /// Nil for budgets only.
    package let window: Window?
    package let test: RuleTest

    package init(metric: Metric, window: Window?, test: RuleTest) {
        self.metric = metric
        self.window = window
        self.test = test
    }

    /// The metrics of both sides.
    package var metrics: [Metric] { [metric] + test.metrics }
}
