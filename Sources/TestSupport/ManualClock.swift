import Foundation
import Synchronization

/// A clock that starts where a test wants it, runs on with the machine's, and is moved forward by hand.
package final class ManualClock: Sendable {
    private let offset: Mutex<Int64>

    /// Starts at `ms` since 1970.
    package init(at ms: Int64) { offset = Mutex(ms - Self.machineMs()) }

    package func nowMs() -> Int64 { Self.machineMs() + offset.withLock { $0 } }

    package func advance(ms: Int64) { offset.withLock { $0 += ms } }

    private static func machineMs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1_000) }
}
