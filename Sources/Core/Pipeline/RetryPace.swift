/// How work that a person retries is spread over time, so that what comes in meanwhile is not held up.
package struct RetryPace: Sendable, Equatable {
    package let perSecond: Int

    package init(perSecond: Int) { self.perSecond = max(1, perSecond) }

    /// Events that go together: a tenth of a second's worth, one at least, and no more than one call takes.
    package var step: Int { min(500, max(1, perSecond / 10)) }

    /// Between two steps.
    package var pauseMs: Int64 { Int64(step) * 1_000 / Int64(perSecond) }

    /// When the nth event is due, from 0.
    package func offsetMs(_ index: Int) -> Int64 { Int64(index) * 1_000 / Int64(perSecond) }
}
