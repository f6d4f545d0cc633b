package import Storage

/// One call of a store to its database.
package enum DriverCall: Sendable {
    case run(Statement)
    case script(String)
    case together([Statement])
    case begin
    case commit
}

/// A connection whose calls are seen, and failed, by a test: what `before` throws happens instead of the call, what `after` throws in place of its
/// answer.
package final class WatchedDriver: Driver {
    package typealias Watch = (DriverCall) throws(StoreError) -> Void

    private let driver: any Driver
    private let before: Watch
    private let after: Watch

    package init(
        _ driver: any Driver, before: @escaping Watch, after: @escaping Watch = { _ throws(StoreError) in }
    ) {
        self.driver = driver
        self.before = before
        self.after = after
    }

    package var engine: StoreEngine { driver.engine }
    package var inTransaction: Bool { driver.inTransaction }
    package var walPages: Int { driver.walPages }

    package func run(_ statement: Statement) throws(StoreError) -> [Row] {
        try watched(.run(statement)) { () throws(StoreError) in try driver.run(statement) }
    }

    package func later(_ statement: Statement) throws(StoreError) {
        try watched(.run(statement)) { () throws(StoreError) in try driver.later(statement) }
    }

    package func together(_ statements: [Statement]) throws(StoreError) {
        try watched(.together(statements)) { () throws(StoreError) in try driver.together(statements) }
    }

    package func script(_ text: String) throws(StoreError) {
        try watched(.script(text)) { () throws(StoreError) in try driver.script(text) }
    }

    package func begin() throws(StoreError) -> Int64? {
        try watched(.begin) { () throws(StoreError) in try driver.begin() }
    }

    package func commit(lastID: Int64?) throws(StoreError) {
        try watched(.commit) { () throws(StoreError) in try driver.commit(lastID: lastID) }
    }

    package func checkpoint(_ mode: CheckpointMode) throws(StoreError) { try driver.checkpoint(mode) }

    package func close() { driver.close() }

    private func watched<T>(_ call: DriverCall, _ work: () throws(StoreError) -> T) throws(StoreError) -> T {
        try before(call)
        let answer = try work()
        try after(call)
        return answer
    }
}
