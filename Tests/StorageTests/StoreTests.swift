import Core
import Foundation
import Signing
import Storage
import TestSupport
import Testing

@Suite("The store")
struct StoreTests {
    @Test("an acknowledged delivery is there after reopening, byte for byte")
    func reopen() async throws {
        let temporary = try TemporaryStore()
        let envelope = try TemporaryStore.envelope(#"{"object":"page"}"#)
        var store = try temporary.open()
        let seq = try await store.append(envelope, receivedAtMs: now)
        await store.close()
        store = try temporary.open(bootID: "boot-2")
        let delivery = try await store.read { try $0.delivery(seq) }
        #expect(delivery?.request == envelope.request)
        #expect(delivery?.app == "main")
        #expect(try await store.read { try $0.undecoded(limit: 10).map(\.seq) } == [seq])
        #expect(try await store.append(envelope, receivedAtMs: now) == seq + 1)
        await store.close()
    }

    @Test(
        "a process that dies leaves every acknowledged delivery: the files as they are at that moment open again",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func crash() async throws {
        let temporary = try TemporaryStore(), copy = try TemporaryStore()
        let store = try temporary.open()
        for number in 0..<20 { _ = try await store.append(try TemporaryStore.envelope("{\"n\":\(number)}"), receivedAtMs: now) }
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(atPath: temporary.path + suffix, toPath: copy.path + suffix)
        }
        let second = try copy.open(bootID: "boot-2")
        #expect(try await second.read { try $0.undecoded(limit: 100).compactMap(\.request).count } == 20)
        await second.close()
        await store.close()
    }

    @Test("a thousand appends at once are a thousand places without a gap, in few commits")
    func concurrentAppends() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let envelope = try TemporaryStore.envelope("{}")
        let places = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<1_000 { group.addTask { try await store.append(envelope, receivedAtMs: now) } }
            return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
        }
        #expect(places.count == 1_000)
        #expect(try #require(places.max()) - #require(places.min()) == 999)
        #expect(store.health.commits < 1_000)
        #expect(store.health.lastCommitAtMs > 0)
        await store.close()
        let again = try temporary.open(bootID: "boot-2")
        #expect(try await again.read { try $0.deliveryCount() } == 1_000)
        await again.close()
    }

    @Test("group size one commits each job alone")
    func groupSizeOne() async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        options.groupJobsMax = 1
        let store = try Store.open(options)
        let envelope = try TemporaryStore.envelope("{}")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { _ = try await store.append(envelope, receivedAtMs: now) } }
            try await group.waitForAll()
        }
        #expect(store.health.commits == 50)
        await store.close()
    }

    @Test(
        "a second opener is refused and names the first; reading beside it works", .enabled(if: TemporaryStore.engine == .sqlite))
    func secondOpener() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        #expect(throws: StoreError.locked(byPid: ProcessInfo.processInfo.processIdentifier)) {
            try temporary.open(bootID: "boot-2")
        }
        var options = try temporary.options(bootID: "reader")
        options.readOnly = true
        let reader = try Store.open(options)
        _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        #expect(try await reader.read { try $0.undecoded(limit: 10).compactMap(\.request).count } == 1)
        await #expect(throws: StoreError.readOnly) { try await reader.write { _ in } }
        await #expect(throws: StoreError.readOnly) {
            try await reader.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        }
        await reader.close()
        await store.close()
        await (try temporary.open(bootID: "boot-3")).close()
    }

    @Test("a reader sees keys that the writer made after it opened")
    func laterKey() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        var options = try temporary.options(bootID: "reader")
        options.readOnly = true
        let reader = try Store.open(options)
        await store.close()
        let second = try temporary.open(bootID: "boot-2")
        let seq = try await second.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        #expect(try await reader.read { try $0.delivery(seq)?.request } != nil)
        await reader.close()
        await second.close()
    }

    @Test("readers can't write")
    func readersCannotWrite() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        await #expect(throws: StoreError.readOnly) {
            try await store.read { _ = try $0.run("INSERT INTO pulse (id, at) VALUES (1, 1)") }
        }
        await #expect(throws: StoreError.readOnly) { try await store.read { try $0.nextID(now) } }
        await store.close()
    }

    @Test("a wrong master key is refused at once, for writing and for reading, and an older key still opens")
    func masterKeys() async throws {
        let temporary = try TemporaryStore()
        let other = String(repeating: "2e", count: 32)
        let store = try temporary.open()
        let seq = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        await store.close()
        var options = try temporary.options(bootID: "boot-2", masterKey: other)
        #expect(throws: StoreError.wrongMasterKey) { try Store.open(options) }
        options.readOnly = true
        #expect(throws: StoreError.wrongMasterKey) { try Store.open(options) }
        options.readOnly = false
        options.masterKeys = [try MasterKey(hex: other), try MasterKey(hex: TemporaryStore.masterKey)]
        let rotated = try Store.open(options)
        #expect(try await rotated.read { try $0.delivery(seq)?.request } != nil)
        await rotated.close()
    }

    @Test("a fresh database shows a wrong key before anything was sealed")
    func freshKey() async throws {
        let temporary = try TemporaryStore()
        await (try temporary.open()).close()
        #expect(throws: StoreError.wrongMasterKey) { try temporary.open(masterKey: String(repeating: "2e", count: 32)) }
    }

    @Test("a day has a key of its own, and the days before still open")
    func keyPerDay() async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        let clock = ManualMs(now)
        options.now = { clock.value }
        let store = try Store.open(options)
        for _ in 0..<3 {
            _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
            _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
            clock.advance(86_400_000)
        }
        #expect(
            try await store.read { try $0.run("SELECT id FROM data_keys WHERE id <> 'index'").count } == (store.isShared ? 4 : 3))
        #expect(try await store.read { try $0.undecoded(limit: 10).compactMap(\.request).count } == 6)
        await store.close()
    }

    @Test("a delivery whose bytes were changed on disk is given without its request, and hinders no other")
    func changedBlob() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let first = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        let second = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        try await store.write { transaction throws in
            let other = try transaction.run("SELECT blob FROM deliveries WHERE seq = \(second)")[0].bytes("blob")
            try transaction.run("UPDATE deliveries SET blob = \(other) WHERE seq = \(first)")
        }
        #expect(try await store.read { try $0.undecoded(limit: 10).map { $0.request == nil } } == [true, false])
        await store.close()
    }

    @Test("a newer schema is refused; an absent file has everything to migrate")
    func schema() async throws {
        let temporary = try TemporaryStore()
        if TemporaryStore.engine == .sqlite { #expect(try Store.pendingMigrations(at: temporary.location) == Migration.all) }
        let store = try temporary.open()
        #expect(try Store.pendingMigrations(at: temporary.location).isEmpty)
        try await store.write { _ = try $0.run("INSERT INTO schema_migrations (version, applied_at) VALUES (99, 1)") }
        await store.close()
        #expect(throws: StoreError.newerSchema(found: 99, known: Migration.all.count)) { try temporary.open() }
        #expect(throws: StoreError.newerSchema(found: 99, known: Migration.all.count)) {
            try Store.pendingMigrations(at: temporary.location)
        }
    }

    @Test(
        "what is no database is refused, and a missing one is not made by reading", .enabled(if: TemporaryStore.engine == .sqlite)
    )
    func notADatabase() throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        options.readOnly = true
        #expect(throws: StoreError.missing) { try Store.open(options) }
        try Data(repeating: 0x41, count: 8192).write(to: URL(fileURLWithPath: temporary.path))
        #expect(throws: StoreError.corrupt) { try temporary.open() }
    }

    @Test("a closed store refuses everything")
    func closed() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        await store.close()
        await #expect(throws: StoreError.closed) { try await store.write { _ in } }
        await #expect(throws: StoreError.closed) { try await store.read { _ in } }
        await #expect(throws: StoreError.closed) { try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) }
        await store.close()
    }

    @Test("what a person wrote is on disk nowhere; the control, written in the open, is found")
    func canary() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        _ = try await store.append(try TemporaryStore.envelope(#"{"text":"canary-sealed-93b1"}"#), receivedAtMs: now)
        try await store.write {
            try $0.storeRule(workspace: "w", name: "r", version: "1", text: "canary-open-93b1", mode: "dry_run", nowMs: now)
        }
        func found(_ text: String) -> Bool { temporary.filesHold(text) }
        #expect(!found("canary-sealed-93b1"))
        #expect(found("canary-open-93b1"))
        await store.close()
        #expect(!found("canary-sealed-93b1"))
        #expect(found("canary-open-93b1"))
    }

    @Test("only the owner can read the files", .enabled(if: TemporaryStore.engine == .sqlite))
    func rights() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        for suffix in ["", "-wal", ".lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: temporary.path + suffix)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
        await store.close()
    }

    @Test("ids rise from process to process, even when the clock goes back")
    func ids() async throws {
        let temporary = try TemporaryStore()
        var store = try temporary.open()
        let first = try await store.write { try $0.enqueue(message("a"), nowMs: now) }
        await store.close()
        store = try temporary.open(bootID: "boot-2")
        let second = try await store.write { try $0.enqueue(message("b"), nowMs: now - 1_000_000) }
        #expect(try #require(second) > #require(first))
        await store.close()
    }

    @Test("a probe is a durable write, and bells ring after the commit only")
    func probeAndBells() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.probe()
        #expect(store.health.commits == 1)
        var deliveries = store.notifier.rings(.deliveries).makeAsyncIterator()
        var outbox = store.notifier.rings(.outbox).makeAsyncIterator()
        for _ in 0..<5 { _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) }
        #expect(await deliveries.next() != nil)
        await #expect(throws: Refusal.self) {
            try await store.write { transaction throws in
                _ = try transaction.enqueue(message("rolled back"), nowMs: now)
                throw Refusal()
            }
        }
        #expect(try await store.read { try $0.messages(state: nil, limit: 1).isEmpty })
        let kept = try await store.write { try $0.enqueue(message("kept"), nowMs: now) }
        #expect(await outbox.next() != nil)
        #expect(try await store.read { try $0.messages(state: nil, limit: 2).map(\.id) } == [kept])
        await store.close()
    }
}

struct Refusal: Error {}
