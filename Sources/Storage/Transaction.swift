import Signing

/// One unit of work on a connection; lives as long as the closure it is given to.
///
/// A synchronous closure: no network call can hold a lock. What the topics can do is in `Store+Topic.swift`.
package final class Transaction {
    private let driver: any Driver
    private let keys: DataKeys
    /// Nil where nothing can be written.
    private let memory: WriterMemory?
    private var isOver = false
    private var batch = RowBatch()
    private(set) var bells: Set<Bell> = []
    /// The process, as leases name it.
    package let bootID: String

    init(_ driver: any Driver, keys: DataKeys, memory: WriterMemory?, bootID: String) {
        self.driver = driver
        self.keys = keys
        self.memory = memory
        self.bootID = bootID
    }

    /// Other processes may serve the same database.
    package var isShared: Bool { driver.engine == .postgresql }

    /// For the few statements that differ.
    var engine: StoreEngine { driver.engine }

    /// The rows of one statement. For "how many", use `RETURNING`.
    @discardableResult
    package func run(_ statement: Statement) throws(StoreError) -> [Row] {
        guard !isOver else { throw .closed }
        try settle()
        return try driver.run(statement)
    }

    /// A statement whose answer nobody needs: on PostgreSQL it travels with the next one. Its fault may be thrown by a later call, or as the work
    /// ends.
    func later(_ statement: Statement) throws(StoreError) {
        guard !isOver else { throw .closed }
        try settle()
        try driver.later(statement)
    }

    /// A row that is stored together with others of its kind, before any other statement of this work runs; its fault may be thrown there.
    ///
    /// `row` is its values in parentheses; what it says must not depend on rows that wait beside it. Rows of one `key` do depend on each other:
    /// each goes after the one before it.
    func insert(_ head: Statement, row: Statement, _ tail: Statement = "", key: String? = nil) throws(StoreError) {
        guard !isOver else { throw .closed }
        if batch.has(key) { try settle() }
        batch.add(head, row, tail, key: key)
    }

    /// Sends the rows that wait.
    func settle() throws(StoreError) {
        guard !batch.isEmpty else { return }
        for statement in batch.take() { try driver.later(statement) }
    }

    /// Everything so far has been carried out, or its fault is thrown.
    package func ensureStored() throws(StoreError) { try run("SELECT 1") }

    /// An id greater than all before it, of this process and of earlier ones; about the time in ms times 4 096.
    package func nextID(_ nowMs: Int64) throws(StoreError) -> Int64 {
        guard let memory, !isOver else { throw isOver ? .closed : .readOnly }
        return memory.nextID(nowMs)
    }

    /// The next place in the order of storing.
    func nextSeq() throws(StoreError) -> Int64 {
        guard let memory, !isOver else { throw isOver ? .closed : .readOnly }
        return memory.nextSeq()
    }

    /// Seals for one place; what is read from another place does not open.
    package func seal(
        _ plain: [UInt8], table: StaticString, column: StaticString, row: Int64, workspace: String
    ) throws(StoreError) -> [UInt8] {
        guard let memory, !isOver else { throw isOver ? .closed : .readOnly }
        return try memory.seal(plain, aad: Self.place(table, column, row, workspace), driver)
    }

    package func open(
        _ sealed: [UInt8], table: StaticString, column: StaticString, row: Int64, workspace: String
    ) throws(StoreError) -> [UInt8] {
        guard !isOver else { throw .closed }
        return try keys.open(sealed, aad: Self.place(table, column, row, workspace), driver)
    }

    /// The keyed digest of a text, 40 hexadecimal digits: finds again what was stored about it, and tells nothing else.
    package func conceal(_ text: String) throws(StoreError) -> String {
        guard !isOver else { throw .closed }
        return try keys.conceal(text)
    }

    /// Rung after the commit, and only then.
    package func ring(_ bell: Bell) { bells.insert(bell) }

    func end() { isOver = true }

    /// The workspace comes last: it alone is free text.
    /// A row that is written to see that one can be.
    static func pulse(_ nowMs: Int64) -> Statement {
        "INSERT INTO pulse (id, at) VALUES (1, \(nowMs)) ON CONFLICT (id) DO UPDATE SET at = excluded.at"
    }

    static func place(_ table: StaticString, _ column: StaticString, _ row: Int64, _ workspace: String) -> [UInt8] {
        Array("\(table)\u{1f}\(column)\u{1f}\(row)\u{1f}\(workspace)".utf8)
    }
}
