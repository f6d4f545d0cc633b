import Synchronization

/// A clock that a test moves.
final class ManualMs: Sendable {
    private let state: Mutex<Int64>

    init(_ ms: Int64) { state = Mutex(ms) }

    var value: Int64 { state.withLock { $0 } }

    func advance(_ ms: Int64) { state.withLock { $0 += ms } }
}
