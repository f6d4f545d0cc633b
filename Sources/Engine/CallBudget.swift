import Core
import Synchronization

/// How many reads an account may still have in the last hour.
///
/// The budget is what polling the account every 15 minutes would cost: four times the calls of one full read (design 5.2).
/// It is filled from `api_logs` at start, so that a restart does not give a new budget.
package final class CallBudget: Sendable {
    private static let hourMs: Int64 = 3_600_000
    private let calls = Mutex<[String: [Int64]]>([:])

    package init() {}

    /// Takes note of a read, also of those found in `api_logs` at start.
    package func note(account: String, atMs: Int64) {
        calls.withLock { $0[account, default: []].append(atMs) }
    }

    /// Nil when `wanted` more calls fit into the budget of the hour; else the time at which they will.
    package func waitUntil(account: String, wanted: Int, perHour: Int, nowMs: Int64) -> Int64? {
        calls.withLock { calls in
            let recent = calls[account, default: []].filter { $0 > nowMs - Self.hourMs }.sorted()
            calls[account] = recent
            guard recent.count + wanted > perHour, !recent.isEmpty else { return nil }
            let mustLeave = min(recent.count + wanted - perHour, recent.count)
            return recent[mustLeave - 1] + Self.hourMs
        }
    }
}
