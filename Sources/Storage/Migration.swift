/// One step of the schema. Steps are only added, at the end; what has been released is never edited.
///
/// A step may run while gateways of the program before it still serve the same PostgreSQL database: it only adds tables, columns that have a
/// default, indexes and views. What is to go goes one release later, when nobody uses it any more.
package struct Migration: Sendable, Equatable {
    package let version: Int
    package let name: String
    private let sqlite: String
    private let postgresql: String

    /// Without a text of its own, PostgreSQL gets the same with its names of the types.
    init(version: Int, name: String, sqlite: String, postgresql: String? = nil) {
        self.version = version
        self.name = name
        self.sqlite = sqlite
        self.postgresql = postgresql ?? PostgresText.schema(sqlite)
    }

    /// What it does, on one engine.
    package func script(_ engine: StoreEngine) -> String {
        switch engine {
        case .sqlite: sqlite
        case .postgresql: postgresql
        }
    }

    static var latest: Int { all.last?.version ?? 0 }

    /// Not yet in this database. Throws `.newerSchema` for one of a later program.
    static func pending(_ driver: any Driver) throws(StoreError) -> [Migration] {
        let found = try version(driver)
        guard found <= latest else { throw .newerSchema(found: found, known: latest) }
        return all.filter { $0.version > found }
    }

    /// 0 for an empty database.
    static func version(_ driver: any Driver) throws(StoreError) -> Int {
        let table: Statement =
            switch driver.engine {
            case .sqlite: "SELECT name FROM sqlite_master WHERE name = \("schema_migrations")"
            case .postgresql: "SELECT 1 AS found WHERE to_regclass(\("schema_migrations")) IS NOT NULL"
            }
        guard try !driver.run(table).isEmpty else { return 0 }
        return Int(try driver.run("SELECT MAX(version) AS version FROM schema_migrations").first?.int64OrNil("version") ?? 0)
    }

    /// Each step is a transaction of its own.
    package static func migrate(_ driver: any Driver, nowMs: Int64) throws(StoreError) {
        for step in try pending(driver) {
            switch driver.engine {
            case .sqlite: _ = try driver.run("BEGIN IMMEDIATE")
            case .postgresql: _ = try driver.run("BEGIN")
            }
            try driver.script(step.script(driver.engine))
            _ = try driver.run("INSERT INTO schema_migrations (version, applied_at) VALUES (\(step.version), \(nowMs))")
            _ = try driver.run("COMMIT")
        }
    }
}
