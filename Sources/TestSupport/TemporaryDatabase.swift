import Foundation
import Storage
import Synchronization

/// A database of the test server, with the schema and nothing in it; emptied with the last reference, for the next test.
final class TemporaryDatabase: Sendable {
    struct NoServer: Error, CustomStringConvertible {
        let description =
            "TOUCHSTONE_TEST_POSTGRES names no server: `make test` starts one, or `Tests/postgres.sh start DIR` prints an address."
    }

    let name: String
    let address: PostgresAddress

    init() throws {
        if let used = Self.free.withLock({ $0.popLast() }) {
            name = used
            address = try Self.address(of: used)
            return
        }
        name = "t_" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
        address = try Self.address(of: name)
        let template = try Self.template.get()
        try Self.command("CREATE DATABASE \(name) TEMPLATE \(template)")
    }

    deinit {
        do {
            try empty()
            Self.free.withLock { $0.append(name) }
        } catch {
            // It is not used again; the whole server is temporary.
        }
    }

    private func empty() throws {
        let driver = try PostgresDriver(address: address, role: .setup)
        defer { driver.close() }
        try driver.script(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid();
            DO $$
            DECLARE name TEXT;
            BEGIN
                FOR name IN SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                    AND c.relname <> 'schema_migrations'
                LOOP
                    EXECUTE format('DELETE FROM %I', name);
                END LOOP;
                DELETE FROM schema_migrations WHERE version > \(Migration.all.count);
                INSERT INTO holds_changes (id, number) VALUES (1, 0);
                INSERT INTO writer_turn (id, last_id) VALUES (1, 0);
                PERFORM setval('deliveries_seq', 1, false);
                PERFORM touchstone_make_day(0);
            END $$;
            """)
    }

    /// Every row of every table as text, after its table's name; of bytes what is ASCII stands as it is.
    func contents() throws -> String { try contents(bytesAs: "escape") }

    /// Whether the bytes stand anywhere, as text or as bytes.
    func holds(_ bytes: [UInt8]) throws -> Bool {
        let hexadecimal = bytes.map { String(format: "%02x", $0) }.joined()
        return try contents().contains(String(decoding: bytes, as: UTF8.self)) || contents(bytesAs: "hex").contains(hexadecimal)
    }

    private func contents(bytesAs format: String) throws -> String {
        let driver = try PostgresDriver(address: address, role: .reader)
        defer { driver.close() }
        try driver.script("SET bytea_output = '\(format)'")
        let tables = try driver.run(
            "SELECT c.relname::text AS name FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace")
        var contents = ""
        for table in tables {
            let name = try table.text("name")
            contents += name + "\n"
            for row in try driver.run(Statement(stringLiteral: "SELECT t::text AS line FROM \"\(name)\" t")) {
                contents += try row.text("line") + "\n"
            }
        }
        return contents
    }

    private static let free = Mutex<[String]>([])
    private static let serverURL = ProcessInfo.processInfo.environment["TOUCHSTONE_TEST_POSTGRES"]

    /// The schema, made once for all tests of this process.
    private static let template = Result<String, any Error> {
        let name = "template_\(ProcessInfo.processInfo.processIdentifier)"
        try command("CREATE DATABASE \(name)")
        let driver = try PostgresDriver(address: address(of: name), role: .setup)
        defer { driver.close() }
        try Migration.migrate(driver, nowMs: 0)
        _ = try driver.run("SELECT touchstone_make_day(\(0)) AS made")  // for tests that count deliveries from 1
        return name
    }

    private static func address(of name: String) throws -> PostgresAddress {
        guard let serverURL, let slash = serverURL.lastIndex(of: "/") else { throw NoServer() }
        return try PostgresAddress(serverURL[...slash] + name)
    }

    private static func command(_ text: String) throws {
        guard let serverURL else { throw NoServer() }
        let driver = try PostgresDriver(address: PostgresAddress(serverURL), role: .setup)
        defer { driver.close() }
        try driver.script(text)
    }
}
