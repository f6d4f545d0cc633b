/// How often and how long a piece of work is tried.
///
/// By number: `Limits.attemptsMax` attempts. By time: up to the work's own deadline. What is put off by others is put off no further than the
/// deadline; past it every try counts, and the `triesPastDeadline`th is the last: somebody who retries old work by hand gets some tries.
package struct RetryBound: Sendable, Equatable {
    /// In ms since 1970.
    package let deadlineMs: Int64
    /// How long that is from the beginning, for people.
    package let spanMs: Int64

    package static let triesPastDeadline: Int64 = 4

    /// `startMs`: when the work was made.
    package init(startMs: Int64, spanMs: Int64 = Limits.retryMs) {
        let (sum, overflows) = startMs.addingReportingOverflow(spanMs)
        deadlineMs = overflows ? .max : sum
        self.spanMs = spanMs
    }

    /// What becomes of work after an attempt that did not succeed.
    package enum Ending: Equatable, Sendable {
        /// Tried again; `counts`: as one more attempt.
        case again(dueAtMs: Int64, counts: Bool, Reason)
        case held(Gate, Reason)
        case dead(Reason)
    }

    /// `tries`: attempts that count, this one among them. `draw`: uniform in 0..<1 000 000, for the jitter.
    package func ending(_ disposition: Disposition, tries: Int64, nowMs: Int64, draw: Int64) -> Ending {
        switch disposition {
        case .cancel(let reason): return .dead(reason)
        case .hold(let gate, let reason): return .held(gate, reason)
        case .retry(let reason), .split(let reason):
            guard tries < Int64(Limits.attemptsMax) else { return .dead(reason.afterTries(tries)) }
            guard !isOver(tries, nowMs) else { return .dead(reason.afterTime(spanMs)) }
            let dueAtMs = nowMs + Backoff.delayMs(attempt: Int(clamping: tries), draw: draw)
            return .again(dueAtMs: capped(dueAtMs, nowMs), counts: true, reason)
        case .snooze(let untilMs, let reason):
            guard !isOver(tries, nowMs) else { return .dead(reason.afterTime(spanMs)) }
            return .again(dueAtMs: capped(untilMs, nowMs), counts: nowMs >= deadlineMs, reason)
        }
    }

    private func isOver(_ tries: Int64, _ nowMs: Int64) -> Bool { nowMs >= deadlineMs && tries >= Self.triesPastDeadline }

    /// The last try before the deadline is at the deadline.
    private func capped(_ dueAtMs: Int64, _ nowMs: Int64) -> Int64 {
        nowMs < deadlineMs ? min(dueAtMs, deadlineMs) : dueAtMs
    }
}

extension Reason {
    private static let byHand = "Mend what it says, then `touchstone events retry`."

    /// The code stays that of the last failure, so that lists by code find it.
    fileprivate func afterTries(_ tries: Int64) -> Reason {
        Reason(code, "\(sentence) Given up after \(tries) attempts.", remedy: remedy.isEmpty ? Self.byHand : remedy)
    }

    fileprivate func afterTime(_ spanMs: Int64) -> Reason {
        let hours = spanMs / 3_600_000
        let span = hours % 24 == 0 && hours > 24 ? "\(hours / 24) days" : "\(hours) hours"
        return Reason(
            "tried_too_long", "It could not be done within \(span); the last time: \(code): \(sentence)",
            remedy: remedy.isEmpty ? Self.byHand : remedy)
    }
}
