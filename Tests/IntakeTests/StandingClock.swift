import Foundation
import Synchronization

/// A clock that stands still until a test moves it. It begins at the machine's time: conversions are judged by their age.
final class StandingClock: Sendable {
    private let now = Mutex(Int64(Date().timeIntervalSince1970 * 1_000))

    var nowMs: Int64 { now.withLock { $0 } }

    func advance(ms: Int64) { now.withLock { $0 += ms } }
}
