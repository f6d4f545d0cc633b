/// A connection to a database engine: the seam of storage.
///
/// One connection belongs to one thread. `run` prepares each text once and keeps it.
package protocol Driver: AnyObject {
    var engine: StoreEngine { get }
    /// Runs one statement to its end and gives its rows.
    func run(_ statement: Statement) throws(StoreError) -> [Row]
    /// Runs a statement whose answer nobody needs, at the latest before the savepoint or the transaction ends; what it throws may be thrown there.
    func later(_ statement: Statement) throws(StoreError)
    /// Runs statements that commit together or not at all, in one round trip where there is one. Not within a transaction.
    func together(_ statements: [Statement]) throws(StoreError)
    /// Runs several statements without values, as migrations and settings are.
    func script(_ text: String) throws(StoreError)
    /// Begins a transaction that writes: on SQLite with the file's write lock, on PostgreSQL when it is this gateway's turn among all.
    ///
    /// Gives the last id that any process gave; nil where there is one process.
    func begin() throws(StoreError) -> Int64?
    /// Ends what `begin` began. `lastID`: the last id that was given, told to the next whose turn it is; nil when none was.
    func commit(lastID: Int64?) throws(StoreError)
    /// Still true after a failed statement, where it can be undone to a savepoint; false after the engine itself has rolled back, as SQLite
    /// may on a full disk, and when the connection is lost.
    var inTransaction: Bool { get }
    /// Pages in the write-ahead log after the last commit of this connection; 0 where the engine has none.
    var walPages: Int { get }
    /// Moves pages of the write-ahead log into the database.
    func checkpoint(_ mode: CheckpointMode) throws(StoreError)
    func close()
}

/// The two engines.
package enum StoreEngine: String, Sendable, CaseIterable {
    /// A file of one process.
    case sqlite
    /// A server that several gateways share.
    case postgresql
}

/// How much a checkpoint may wait for.
package enum CheckpointMode: Sendable {
    /// Moves what it can and waits for nobody.
    case passive
    /// Also lets the next commit start the log from its beginning; waits for readers.
    case restart
    /// Also empties the file; for the last act of a process.
    case truncate
}

/// What a connection is for; readers can't write.
package enum DriverRole: Sendable, CaseIterable {
    case setup, writer, reader
    /// SQLite: moves pages of the log beside the writer.
    case checkpointer
    /// PostgreSQL: stores deliveries beside the writer.
    case appender
    /// PostgreSQL: makes and drops partitions.
    case tender
}
