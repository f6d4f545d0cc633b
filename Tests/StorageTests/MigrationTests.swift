import Core
import Signing
import Storage
import TestSupport
import Testing

@Suite("Migrations")
struct MigrationTests {
    @Test(
        "a database of the first schema opens with all its rows, and its deliveries are webhooks",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func upgrade() async throws {
        let temporary = try TemporaryStore()
        try Self.makeFirst(temporary)
        #expect(try Store.pendingMigrations(at: temporary.location).map(\.version) == Migration.all.dropFirst().map(\.version))
        let store = try temporary.open()
        #expect(try Store.pendingMigrations(at: temporary.location).isEmpty)
        let delivery = try #require(try await store.read { try $0.delivery(7) })
        #expect(delivery.kind == .webhook)
        #expect(delivery.request?.body == Array("{}".utf8))
        #expect(try await store.read { try $0.entity(EntityRef(.ad, "11"), workspace: "w")?.name } == "old")
        #expect(try await store.read { try $0.ads(backing: ["11"], workspace: "w") } == [])
        #expect(try await store.read { try $0.message(5)?.uniqueKey } == "k")
        #expect(try await store.claimed(.outbox).map(\.id) == [5])
        let replaced = try await store.read {
            try $0.run("SELECT superseded_at FROM metric_facts ORDER BY id").map { try $0.int64OrNil("superseded_at") }
        }
        #expect(replaced == [now, nil])
        #expect(try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) == 8)
        #expect(try store.conceal("user:1").count == 40)
        await store.close()
        await (try temporary.open(bootID: "boot-2")).close()
    }

    @Test(
        "orders of conversions from before the ledger are found by their events' ids",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func orders() async throws {
        let temporary = try TemporaryStore()
        try Self.makeFirst(temporary)
        let driver = try SQLiteDriver(path: temporary.path, role: .setup)
        for step in Migration.all[1..<4] {
            try driver.script(step.script(.sqlite))
            _ = try driver.run("INSERT INTO schema_migrations (version, applied_at) VALUES (\(step.version), \(now))")
        }
        for (id, name) in [(1, "A1"), (2, nil)] as [(Int64, String?)] {
            _ = try driver.run(
                """
                INSERT INTO conversion_events (event_id, workspace_id, source, dataset, event_name, conversion_id, event_time, action_source,
                    is_test, consent, state, forwarded_at, received_at)
                VALUES (\(id), 'w', 'shop', '987', 'Purchase', \(name), 1, 'website', 0, 'granted', 'forwarded', \(now), \(now))
                """)
        }
        driver.close()
        let store = try temporary.open()
        let file = try LedgerFile(Array("order_id\nA1\nA2".utf8), column: "order_id", digest: { _ in "" })
        let found = try await store.reconcile(file, [LedgerTests.filter], wantsExtra: false)
        #expect(found.missing.map(\.id) == ["A2"] && found.count("accepted") == 1)
        await store.close()
    }

    @Test("a reader refuses a database of the first schema and changes nothing", .enabled(if: TemporaryStore.engine == .sqlite))
    func reader() throws {
        let temporary = try TemporaryStore()
        try Self.makeFirst(temporary)
        var options = try temporary.options()
        options.readOnly = true
        #expect(throws: StoreError.olderSchema(found: 1, known: Migration.all.count)) { try Store.open(options) }
        #expect(try Store.pendingMigrations(at: temporary.location).map(\.version) == Migration.all.dropFirst().map(\.version))
    }

    /// As a program of the first schema left it: one row in what this step changes.
    private static func makeFirst(_ temporary: TemporaryStore) throws {
        let driver = try SQLiteDriver(path: temporary.path, role: .setup)
        defer { driver.close() }
        let first = Migration.all[0]
        try driver.script(first.script(.sqlite))
        _ = try driver.run("INSERT INTO schema_migrations (version, applied_at) VALUES (\(first.version), \(now))")
        let key = try DataKey.make(under: MasterKey(hex: TemporaryStore.masterKey))
        _ = try driver.run("INSERT INTO data_keys (id, wrapped, created_at) VALUES (\(key.id), \(key.wrapped), \(now))")
        let place = Array("deliveries\u{1f}blob\u{1f}7\u{1f}".utf8)
        let blob = try Sealer(key).seal(TemporaryStore.envelope("{}").request.encode(), aad: place)
        _ = try driver.run("INSERT INTO deliveries (seq, received_at, app, blob) VALUES (7, \(now), 'main', \(blob))")
        _ = try driver.run(
            """
            INSERT INTO entities (workspace_id, level, entity_id, account_id, name, status, effective_status, fetched_at)
            VALUES ('w', 'ad', '11', '1', 'old', 'ACTIVE', 'ACTIVE', \(now))
            """)
        _ = try driver.run(
            """
            INSERT INTO outbox (id, workspace_id, kind, unique_key, reference, state, due_at, created_at)
            VALUES (5, 'w', 'notify', 'k', '{}', 'open', \(now), \(now))
            """)
        for version in [1, 2] as [Int64] {
            _ = try driver.run(
                """
                INSERT INTO metric_facts (id, workspace_id, account_id, level, entity_id, date_start, date_stop, attribution, version, is_empty,
                    impressions, clicks, link_clicks, spend_minor, currency, actions, read_id)
                VALUES (\(now * 4096 + version), 'w', '1', 'ad', '11', '2026-09-01', '2026-09-01', 'default', \(version), 0, 1, 1, 1, 1, 'EUR',
                    '{}', 1)
                """)
        }
    }
}
