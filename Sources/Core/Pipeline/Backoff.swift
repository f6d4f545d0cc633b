/// Full jitter: a draw between nothing and the doubled base, never above the maximum.
package enum Backoff {
    /// Milliseconds to wait after the given attempt (from 1). `draw` is uniform in 0..<1 000 000.
    package static func delayMs(attempt: Int, draw: Int64) -> Int64 {
        let doublings = min(max(attempt - 1, 0), 20)
        let ceiling = min(Limits.backoffMaxMs, Limits.backoffBaseMs << Int64(doublings))
        return max(50, ceiling * draw / 1_000_000)
    }
}
