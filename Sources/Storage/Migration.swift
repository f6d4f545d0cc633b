/// One step of the schema. Steps are only added, at the end; what has been released is never edited.
package struct Migration: Sendable, Equatable {
    package let version: Int
    package let name: String
    package let script: String

    static var latest: Int { all.last?.version ?? 0 }

    /// Not yet in this database. Throws `.newerSchema` for one of a later program.
    static func pending(_ driver: any Driver) throws(StoreError) -> [Migration] {
        let found = try version(driver)
        guard found <= latest else { throw .newerSchema(found: found, known: latest) }
        return all.filter { $0.version > found }
    }

    /// 0 for an empty file.
    static func version(_ driver: any Driver) throws(StoreError) -> Int {
        guard try !driver.run("SELECT name FROM sqlite_master WHERE name = \("schema_migrations")").isEmpty else { return 0 }
        return Int(try driver.run("SELECT MAX(version) AS version FROM schema_migrations").first?.int64OrNil("version") ?? 0)
    }

    /// Each step is a transaction of its own.
    static func migrate(_ driver: any Driver, nowMs: Int64) throws(StoreError) {
        for step in try pending(driver) {
            _ = try driver.run("BEGIN IMMEDIATE")
            try driver.script(step.script)
            _ = try driver.run("INSERT INTO schema_migrations (version, applied_at) VALUES (\(step.version), \(nowMs))")
            _ = try driver.run("COMMIT")
        }
    }
}
