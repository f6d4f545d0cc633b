/// Why the store could not do something. Holds no data: values are bound, never part of a text.
package enum StoreError: Error, Equatable, Sendable {
    /// The disk, or the size that the database may have, is used up.
    case full
    /// The operating system could not read or write; SQLite's extended code.
    case ioFailure(code: Int32)
    /// Another process serves this database; 0 when its id can't be read.
    case locked(byPid: Int32)
    case corrupt
    /// Another connection held a lock for longer than the patience.
    case busy
    case constraint(StoreConstraint)
    /// The store is closed, or a transaction was used after its end.
    case closed
    /// Too much work waits for the writer.
    case overloaded
    /// The database server can't be reached, or the connection broke; libpq's or the server's sentence, without a password.
    case unreachable(String)
    /// A call took longer than it may.
    case timeout
    /// What this gateway was to do is another's by now.
    case fenced
    case newerSchema(found: Int, known: Int)
    /// Opened for reading only, and its schema is older than this program.
    case olderSchema(found: Int, known: Int)
    /// None of the master keys given opens the data keys of this database.
    case wrongMasterKey
    /// Opened for reading only, and there is no such file.
    case missing
    case cannotOpen(code: Int32)
    case readOnly
    /// Sealed bytes that don't open: changed, moved, or of a key that is gone.
    case sealed
    /// SQL that the engine does not accept: a fault of this program.
    case statement(code: Int32, text: String)
    /// A column is not there or is of another type than asked for: a fault of this program, or of who edited the database.
    case column(name: String, problem: String)
}

/// What kind of rule of the schema a row broke.
package enum StoreConstraint: String, Sendable {
    case unique, notNull, dataType, check, other
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .full: "The disk or the database is full."
        case .ioFailure(let code): "The disk could not be read or written (SQLite code \(code))."
        case .locked(let pid):
            pid > 0 ? "The database is in use by process \(pid)." : "The database is in use by another process."
        case .corrupt: "The database file is damaged or is no SQLite database."
        case .busy: "The database stayed locked by another connection."
        case .constraint(let kind): "A row breaks a rule of the schema (\(kind.rawValue))."
        case .closed: "The store is closed."
        case .overloaded: "Too much work waits to be stored."
        case .unreachable(let why): "The database server does not serve: \(why)"
        case .timeout: "The database did not answer in time."
        case .fenced: "Another gateway has taken this over."
        case .newerSchema(let found, let known):
            "The database has schema \(found); this program knows \(known). Use a newer program."
        case .olderSchema(let found, let known):
            "The database has schema \(found); this program needs \(known). Run `touchstone migrate`."
        case .wrongMasterKey:
            "The master key does not open this database; give the one it was sealed with, as current or previous key."
        case .missing: "There is no database file at this path."
        case .cannotOpen(let code): "The database file can't be opened (code \(code))."
        case .readOnly: "The store is open for reading only."
        case .sealed: "A sealed value does not open."
        case .statement(let code, let text): "The database does not accept a statement (code \(code)): \(text)"
        case .column(let name, let problem): "Column \(name) \(problem)."
        }
    }
}
