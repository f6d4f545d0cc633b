import Storage
import Synchronization
import TestSupport

/// Counts the calls of all connections that write, and fails one of them.
final class Faults: Sendable {
    enum Moment: Sendable, CaseIterable {
        /// The call does nothing.
        case before
        /// The call does its work, and the answer is lost.
        case after
        /// The connection breaks just before the call.
        case cut
    }

    private struct State {
        var calls = 0
        var failAt: Int?
        var hasFailed = false
    }

    private let state: Mutex<State>
    let moment: Moment
    let error: StoreError

    init(failAt: Int?, moment: Moment = .before, error: StoreError = .ioFailure(code: 10)) {
        state = Mutex(State(failAt: failAt))
        self.moment = moment
        self.error = error
    }

    var hasFailed: Bool { state.withLock { $0.hasFailed } }

    func strikes() -> Bool {
        state.withLock { state in
            state.calls += 1
            guard state.calls == state.failAt else { return false }
            state.hasFailed = true
            return true
        }
    }

    private static func cut(_ driver: any Driver) {
        if let driver = driver as? PostgresDriver { driver.cut() } else { driver.close() }
    }

    /// Opens a store whose writing connections these faults meet.
    func open(_ options: Store.Options) throws(StoreError) -> Store {
        try Store.open(options) { role throws(StoreError) in
            let driver = try options.location.connect(role)
            guard role != .reader else { return driver }
            return WatchedDriver(driver) { _ throws(StoreError) in
                switch self.moment {
                case .before: if self.strikes() { throw self.error }
                case .cut: if self.strikes() { Self.cut(driver) }
                case .after: break
                }
            } after: { _ throws(StoreError) in
                if self.moment == .after, self.strikes() { throw self.error }
            }
        }
    }
}
