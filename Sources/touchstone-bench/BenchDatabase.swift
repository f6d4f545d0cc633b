import Foundation
import Storage

/// A database of a PostgreSQL server for one run.
struct BenchDatabase {
    let location: StoreLocation
    /// What the server says that a commit is worth.
    let durability: String
    private let server: PostgresAddress
    private let name: String

    init(serverURL: String) throws {
        guard let slash = serverURL.lastIndex(of: "/") else {
            throw BenchFault.failed("--postgres: expected postgres://user:password@host:port/database.")
        }
        server = try PostgresAddress(serverURL)
        name = "bench_\(getpid())"
        location = .server(try PostgresAddress(serverURL[...slash] + name))
        let driver = try PostgresDriver(address: server, role: .setup)
        defer { driver.close() }
        try driver.script("CREATE DATABASE \(name)")
        let settings = try driver.run(
            "SELECT name::text AS name, setting::text AS setting FROM pg_settings WHERE name IN ('fsync', 'synchronous_commit', 'server_version')"
        )
        durability = try settings.map { "\(try $0.text("name")) \(try $0.text("setting"))" }.joined(separator: ", ")
    }

    func drop() {
        do {
            let driver = try PostgresDriver(address: server, role: .setup)
            defer { driver.close() }
            try driver.script("DROP DATABASE \(name) WITH (FORCE)")
        } catch {
            print("  The database \(name) is still there: \(error)")
        }
    }
}
