/// How often one action type happened in a row, and what it was worth.
package struct ActionCount: Sendable, Hashable {
    /// Attribution models may give fractions.
    package let count: Scaled
    /// Nil when Meta gave no value for this action type in this row.
    package let valueMinor: Int64?

    package init(count: Scaled, valueMinor: Int64? = nil) {
        self.count = count
        self.valueMinor = valueMinor
    }
}
