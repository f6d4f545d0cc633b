/// A connection to a database engine: the seam of storage.
///
/// One connection belongs to one thread. `run` prepares each text once and keeps it.
package protocol Driver: AnyObject {
    /// Runs one statement to its end and gives its rows.
    func run(_ statement: Statement) throws(StoreError) -> [Row]
    /// Runs several statements without values, as migrations and settings are.
    func script(_ text: String) throws(StoreError)
    /// False after the engine itself has rolled back, as SQLite may on a full disk.
    var inTransaction: Bool { get }
    /// Pages in the write-ahead log after the last commit of this connection; 0 where the engine has none.
    var walPages: Int { get }
    /// Moves pages of the write-ahead log into the database.
    func checkpoint(_ mode: CheckpointMode) throws(StoreError)
    func close()
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
package enum DriverRole: Sendable {
    case setup, writer, reader, checkpointer
}
