/// When a destination is left alone for a while.
package struct BreakerPolicy: Sendable, Equatable {
    /// Failures in a row.
    package let after: Int
    /// How long nothing is sent then; after it one message goes ahead.
    package let forMs: Int64

    package init(after: Int = 10, forMs: Int64 = 30_000) {
        self.after = after
        self.forMs = forMs
    }
}
