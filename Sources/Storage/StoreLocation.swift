/// Where a database is.
package enum StoreLocation: Sendable, Equatable {
    /// A SQLite file.
    case file(String)
    /// A PostgreSQL database.
    case server(PostgresAddress)

    package var engine: StoreEngine {
        switch self {
        case .file: .sqlite
        case .server: .postgresql
        }
    }

    /// For messages: the path, or the address without user and password.
    package var shown: String {
        switch self {
        case .file(let path): path
        case .server(let address): address.shown
        }
    }

    /// A connection of one's own.
    package func connect(_ role: DriverRole) throws(StoreError) -> any Driver {
        switch self {
        case .file(let path): try SQLiteDriver(path: path, role: role)
        case .server(let address): try PostgresDriver(address: address, role: role)
        }
    }
}
