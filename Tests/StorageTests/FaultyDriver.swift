import Storage
import Synchronization

/// Counts the calls of all connections that write, and fails one of them.
final class Faults: Sendable {
    enum Moment: Sendable, CaseIterable {
        /// The call does nothing.
        case before
        /// The call does its work, and the answer is lost.
        case after
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

    /// Opens a store whose writing connections these faults meet.
    func open(_ options: Store.Options) throws(StoreError) -> Store {
        let path = options.path
        return try Store.open(options) { role throws(StoreError) in
            let driver = try SQLiteDriver(path: path, role: role)
            return role == .writer || role == .setup ? FaultyDriver(driver, self) : driver
        }
    }
}

/// A connection whose nth call fails.
final class FaultyDriver: Driver {
    private let driver: SQLiteDriver
    private let faults: Faults

    init(_ driver: SQLiteDriver, _ faults: Faults) {
        self.driver = driver
        self.faults = faults
    }

    var inTransaction: Bool { driver.inTransaction }
    var walPages: Int { driver.walPages }

    func run(_ statement: Statement) throws(StoreError) -> [Row] {
        try failing { () throws(StoreError) in try driver.run(statement) }
    }

    func script(_ text: String) throws(StoreError) {
        try failing { () throws(StoreError) in try driver.script(text) }
    }

    func checkpoint(_ mode: CheckpointMode) throws(StoreError) { try driver.checkpoint(mode) }

    func close() { driver.close() }

    private func failing<T>(_ call: () throws(StoreError) -> T) throws(StoreError) -> T {
        let strikes = faults.strikes()
        if strikes, faults.moment == .before { throw faults.error }
        let answer = try call()
        if strikes { throw faults.error }
        return answer
    }
}
