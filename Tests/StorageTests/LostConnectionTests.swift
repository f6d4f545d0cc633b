import Core
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("A database server that comes and goes", .enabled(if: TemporaryStore.engine == .postgresql))
struct LostConnectionTests {
    @Test("reliability 2: every connection is cut, again and again: work resumes by itself, and nothing acknowledged is lost")
    func cut() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let driver = try temporary.connect(.setup)
        var seqs: [Int64] = []
        for round in 0..<25 {
            try Self.cutAll(driver)
            seqs.append(
                try await eventually("stored") {
                    try await tolerating { try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) }
                })
            let isWritten = try await eventually("written") {
                try await tolerating { try await store.write { try $0.enqueue(message("m\(round)"), nowMs: now) } }
            }
            #expect(isWritten != nil)
        }
        let stored = try await eventually("read") {
            try await tolerating { try await store.read { try $0.undecoded(limit: 10_000).map(\.seq) } }
        }
        #expect(Set(stored).isSuperset(of: seqs) && Set(seqs).count == 25)
        #expect(try await store.count("SELECT COUNT(*) AS count FROM outbox") == 25)
        driver.close()
        await store.close()
    }

    @Test("reliability 21: the connections that listen are cut: a ring of one gateway is heard at the other afterwards")
    func listeners() async throws {
        let temporary = try TemporaryStore()
        let one = try temporary.open(), other = try temporary.open(bootID: "boot-2")
        let own = Ear(one.notifier.rings(.outbox)), there = Ear(other.notifier.rings(.jobs))
        let driver = try temporary.connect(.setup)
        try await eventually("both listen") {
            try driver.run("SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()").count
                == 2
        }
        for _ in 0..<5 {
            let (before, beforeThere) = (own.heard, there.heard)
            try Self.cutAll(driver)
            // Whoever listens again looks once by itself: something may have been missed.
            try await eventually("both listen again") { own.heard > before && there.heard > beforeThere }
            let heard = there.heard
            one.notifier.ring(.jobs)
            try await eventually("heard") { there.heard > heard }
        }
        driver.close()
        await one.close()
        await other.close()
    }

    @Test(
        "reliability 20: every connection has a time after which the server gives a statement up", arguments: DriverRole.allCases)
    func statementTimeout(role: DriverRole) throws {
        let temporary = try TemporaryStore()
        let driver = try temporary.connect(role)
        defer { driver.close() }
        let ms = try driver.run("SELECT setting::bigint AS ms FROM pg_settings WHERE name = 'statement_timeout'")[0].int64("ms")
        #expect(ms > 0 && ms <= (role == .setup ? 1_800_000 : 60_000))
        try driver.script("SET statement_timeout = 50")
        #expect(throws: StoreError.timeout) { try driver.run("SELECT 1 AS done FROM pg_sleep(5)") }
        #expect(try driver.run("SELECT 1 AS done").count == 1)
    }

    @Test("reliability 20: a server that never answers is given up by the call itself")
    func silentServer() throws {
        let temporary = try TemporaryStore()
        guard case .server(let address) = temporary.location else { return }
        let driver = try PostgresDriver(address: address, role: .writer, deadlineMs: 50)
        try driver.script("SET statement_timeout = 0")
        #expect(throws: StoreError.timeout) { try driver.run("SELECT 1 AS done FROM pg_sleep(1)") }
        // Whatever it answers later belongs to nobody.
        #expect(throws: StoreError.self) { try driver.run("SELECT 1 AS done") }
        driver.close()
    }

    private static func cutAll(_ driver: any Driver) throws {
        _ = try driver.run(
            """
            SELECT COUNT(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """)
    }

    /// Nil while the database does not serve.
    private func tolerating<T>(_ work: () async throws -> T) async throws -> T? {
        do {
            return try await work()
        } catch StoreError.unreachable {
            return nil
        }
    }
}

/// Counts rings.
private final class Ear: Sendable {
    private let count = Mutex(0)

    var heard: Int { count.withLock { $0 } }

    init(_ rings: AsyncStream<Void>) {
        Task { [weak self] in for await _ in rings { self?.count.withLock { $0 += 1 } } }
    }
}
