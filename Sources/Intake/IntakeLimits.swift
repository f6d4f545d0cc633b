package import Core

/// Who may have how much under way, and when nothing new is taken.
package struct IntakeLimits: Sendable, Equatable {
    /// Of each app's webhooks.
    package var perApp: BudgetLimits
    /// Of each source's conversions.
    package var perSource: BudgetLimits
    package var marks: PressureMarks

    package init(
        perApp: BudgetLimits = BudgetLimits(requests: Limits.appRequestsMax, bytes: Limits.appBytesMax),
        perSource: BudgetLimits = BudgetLimits(requests: Limits.sourceRequestsMax, bytes: Limits.sourceBytesMax),
        marks: PressureMarks = PressureMarks()
    ) {
        self.perApp = perApp
        self.perSource = perSource
        self.marks = marks
    }
}
