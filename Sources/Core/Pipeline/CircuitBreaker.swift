/// Leaves somebody alone who fails time after time, and asks now and then whether they are back.
///
/// Closed: messages go. After `after` failures in a row it is open: nothing goes for `forMs`. Then it is half open: one message goes ahead; its
/// success closes the breaker, its failure opens it for another `forMs`. A message that goes ahead and never reports (its process was cut off
/// in between) is given up after `forMs`, so that the next one asks.
package struct CircuitBreaker: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case closed, open
        /// One message is under way to see.
        case halfOpen = "half_open"
    }

    package enum Verdict: Equatable, Sendable {
        /// Send; `isProbe`: everybody else waits for what comes of this one.
        case go(isProbe: Bool)
        case wait(untilMs: Int64)
    }

    package let policy: BreakerPolicy
    package private(set) var state = State.closed
    /// Failures in a row; 0 after a success.
    package private(set) var failures = 0
    /// Since when the state is what it is; 0: from the beginning.
    package private(set) var sinceMs: Int64 = 0
    private var untilMs: Int64 = 0

    package init(policy: BreakerPolicy) { self.policy = policy }

    /// Whether a message may go now.
    package mutating func ask(nowMs: Int64) -> Verdict {
        switch state {
        case .closed: return .go(isProbe: false)
        case .open, .halfOpen:
            guard nowMs >= untilMs else { return .wait(untilMs: untilMs) }
            (state, sinceMs, untilMs) = (.halfOpen, nowMs, nowMs + policy.forMs)
            return .go(isProbe: true)
        }
    }

    /// What came of a message that went. True: this opened or closed the breaker.
    @discardableResult
    package mutating func note(success: Bool, nowMs: Int64) -> Bool {
        guard !success else {
            let wasClosed = state == .closed
            (failures, untilMs) = (0, 0)
            if !wasClosed { (state, sinceMs) = (.closed, nowMs) }
            return !wasClosed
        }
        failures += 1
        switch state {
        case .closed where failures >= policy.after:
            (state, sinceMs, untilMs) = (.open, nowMs, nowMs + policy.forMs)
            return true
        case .halfOpen:
            (state, sinceMs, untilMs) = (.open, nowMs, nowMs + policy.forMs)
            return false
        case .closed, .open: return false
        }
    }

    /// The message that went ahead to see has told nothing: the next one does.
    package mutating func withdraw(nowMs: Int64) {
        guard state == .halfOpen else { return }
        (state, untilMs) = (.open, nowMs)
    }

    /// When the next message may go; nil: now.
    package var reopensAtMs: Int64? { state == .closed ? nil : untilMs }
}

/// A breaker as it is shown to people.
package struct BreakerStanding: Sendable, Equatable {
    package let workspace: String
    package let destination: String
    package let state: CircuitBreaker.State
    /// In a row.
    package let failures: Int
    package let sinceMs: Int64
    /// When the next message goes ahead; nil while it is closed.
    package let reopensAtMs: Int64?
    /// Messages that were put off since it opened.
    package let putOff: Int

    package init(
        workspace: String, destination: String, state: CircuitBreaker.State, failures: Int, sinceMs: Int64, reopensAtMs: Int64?,
        putOff: Int
    ) {
        self.workspace = workspace
        self.destination = destination
        self.state = state
        self.failures = failures
        self.sinceMs = sinceMs
        self.reopensAtMs = reopensAtMs
        self.putOff = putOff
    }
}
