import Core
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("The writer")
struct WriterTests {
    @Test(
        "while deliveries come in without end, other writes go on, one in each group",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func intakeLeavesRoom() async throws {
        let temporary = try TemporaryStore()
        let options = try temporary.options()
        let envelope = try TemporaryStore.envelope("{}")
        let box = Mutex<Store?>(nil)
        let left = Mutex(200)
        let store = try Store.open(options) { role throws(StoreError) in
            WatchedDriver(try options.location.connect(role)) { call throws(StoreError) in
                guard case .run(let statement) = call, statement.text.hasPrefix("INSERT INTO deliveries"),
                    left.withLock({ left in
                        left = max(0, left - 1)
                        return left > 0
                    })
                else { return }
                // the next is there before this one is stored, and its storing takes its time
                box.withLock { $0 }?.append(envelope, receivedAtMs: now) { _ in }
                let end = ContinuousClock.now + .milliseconds(3)
                while ContinuousClock.now < end { continue }
            }
        }
        box.withLock { $0 = store }
        _ = try await store.append(envelope, receivedAtMs: now)
        for number in 0..<3 { _ = try await store.write { try $0.enqueue(message("m\(number)"), nowMs: now) } }
        #expect(left.withLock { $0 } > 0)
        left.withLock { $0 = 0 }
        box.withLock { $0 = nil }
        await store.close()
    }

    @Test("a job that throws rolls back alone")
    func throwsAlone() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let outcomes = try await withThrowingTaskGroup(of: (Int, Bool).self) { group in
            for number in 0..<60 {
                group.addTask {
                    do {
                        try await store.write { transaction throws in
                            _ = try transaction.enqueue(message("m\(number)"), nowMs: now)
                            if number.isMultiple(of: 3) { throw Refusal() }
                        }
                        return (number, true)
                    } catch is Refusal {
                        return (number, false)
                    }
                }
            }
            return try await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
        }
        #expect(outcomes.allSatisfy { $0.value == !$0.key.isMultiple(of: 3) })
        let stored = try await store.read { try $0.messages(state: nil, limit: 100).map(\.uniqueKey) }
        #expect(Set(stored) == Set((0..<60).filter { !$0.isMultiple(of: 3) }.map { "m\($0)" }))
        await store.close()
    }

    @Test("the first use of a key that is rolled back is made good by the next")
    func keyOfFailedJob() async throws {
        let temporary = try TemporaryStore()
        await (try temporary.open()).close()
        let store = try temporary.open(bootID: "boot-2")  // its key is not stored yet
        await #expect(throws: Refusal.self) {
            try await store.write { transaction throws in
                _ = try transaction.seal([1], table: "rules", column: "text", row: 1, workspace: "w")
                throw Refusal()
            }
        }
        _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        await store.close()
        let again = try temporary.open(bootID: "boot-3")
        #expect(try await again.read { try $0.undecoded(limit: 1).first?.request } != nil)
        await again.close()
    }

    @Test(
        "a full database answers full and recovers by itself when there is room", .enabled(if: TemporaryStore.engine == .sqlite))
    func full() async throws {
        let temporary = try TemporaryStore()
        let options = try temporary.options()
        let pagesMax = Mutex<Int64>(120)
        let store = try Store.open(options) { role throws(StoreError) in
            let driver = try options.location.connect(role)
            if role == .writer { try driver.script("PRAGMA max_page_count = \(pagesMax.withLock { $0 })") }
            return driver
        }
        let envelope = try TemporaryStore.envelope("{\"text\":\"\(String(repeating: "x", count: 20_000))\"}")
        var acknowledged: [Int64] = []
        var refusal: StoreError?
        while refusal == nil {
            do { acknowledged.append(try await store.append(envelope, receivedAtMs: now)) } catch let error as StoreError {
                refusal = error
            }
        }
        #expect(refusal == .full)
        #expect(store.health.lastFailure == .full)
        #expect(!acknowledged.isEmpty)
        #expect(try await store.read { try $0.undecoded(limit: 1_000).map(\.seq) } == acknowledged)
        try await store.write { _ = try $0.run("PRAGMA max_page_count = 100000") }
        acknowledged.append(try await store.append(envelope, receivedAtMs: now))
        #expect(store.health.lastFailure == nil)
        await store.close()
        let again = try temporary.open(bootID: "boot-2")
        #expect(try await again.read { try $0.undecoded(limit: 1_000).compactMap(\.request).count } == acknowledged.count)
        await again.close()
    }

    @Test(
        "a probe says when the database can't grow, though a row could still be changed",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func probeWithoutRoom() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.probe()
        #expect(try await store.read { try $0.run("SELECT id FROM pulse").map { try $0.int64("id") } } == [1])
        try await store.write { transaction throws in
            // No page is free, and there will be no more.
            try transaction.run("CREATE TABLE filler (bytes BLOB) STRICT")
            while try transaction.run("PRAGMA freelist_count")[0].int64("freelist_count") > 0 {
                try transaction.run("INSERT INTO filler (bytes) VALUES (\([UInt8](repeating: 1, count: 4000)))")
            }
            try transaction.run("PRAGMA max_page_count = 1")
        }
        try await store.write { _ = try $0.run("UPDATE pulse SET at = 5 WHERE id = 1") }
        #expect(store.health.lastFailure == nil)
        await #expect(throws: StoreError.full) { try await store.probe() }
        #expect(store.health.lastFailure == .full)
        try await store.write { _ = try $0.run("PRAGMA max_page_count = 1073741823") }
        try await store.probe()
        #expect(store.health.lastFailure == nil)
        await store.close()
    }

    @Test(
        "a commit that fails fails all of its group, and the next group is served",
        arguments: [StoreError.ioFailure(code: 10), .full])
    func failedCommit(error: StoreError) async throws {
        let temporary = try TemporaryStore()
        let failing = Mutex(false)
        let options = try temporary.options()
        let store = try Store.open(options) { role throws(StoreError) in
            WatchedDriver(try options.location.connect(role)) { call throws(StoreError) in
                switch call {
                case .commit, .together: if failing.withLock({ $0 }) { throw error }
                case .run, .script, .begin: break
                }
            }
        }
        _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        failing.withLock { $0 = true }
        let envelope = try TemporaryStore.envelope("{}")
        let failures = await withTaskGroup(of: StoreError?.self) { group in
            for number in 0..<40 {
                group.addTask {
                    do {
                        if number.isMultiple(of: 2) {
                            _ = try await store.append(envelope, receivedAtMs: now)
                        } else {
                            _ = try await store.write { try $0.enqueue(message("m\(number)"), nowMs: now) }
                        }
                        return nil
                    } catch {
                        return error as? StoreError
                    }
                }
            }
            return await group.reduce(into: [StoreError?]()) { $0.append($1) }
        }
        #expect(failures.allSatisfy { $0 == error })
        #expect(store.health.lastFailure == error)
        failing.withLock { $0 = false }
        _ = try await store.append(envelope, receivedAtMs: now)
        #expect(store.health.lastFailure == nil)
        #expect(try await store.read { try $0.deliveryCount() } == 2)
        #expect(try await store.read { try $0.messages(state: nil, limit: 1).isEmpty })
        await store.close()
    }

    @Test(
        "above the bound of the queue appends are refused, and nothing accepted is lost",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func overload() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let gate = Gatekeeper()
        async let blocked: Void = store.write { _ in gate.wait() }
        await gate.entered()
        let envelope = try TemporaryStore.envelope("{}")
        let counts = Mutex((accepted: 0, refused: 0))
        for _ in 0..<(Limits.writerQueueMax + 10) {
            store.append(envelope, receivedAtMs: now) { result in
                counts.withLock { counts in
                    switch result {
                    case .success: counts.accepted += 1
                    case .failure(.overloaded): counts.refused += 1
                    case .failure: counts.accepted = .min
                    }
                }
            }
        }
        #expect(counts.withLock { $0.refused } == 10)
        gate.open()
        try await blocked
        await store.close()
        #expect(counts.withLock { $0.accepted } == Limits.writerQueueMax)
    }

    @Test(
        "the log is written back beside the work, and never grows far beyond its limit",
        .enabled(if: TemporaryStore.engine == .sqlite))
    func checkpoints() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        var pages = 0
        for seq in 1...100 as ClosedRange<Int64> {
            try await grow(store, seq)
            pages = max(pages, store.health.walPages)
        }
        #expect(pages * 4096 <= 2 * Limits.walBytesMax + 2_000_000)
        await store.close()
    }

    @Test("a reader that stays makes the log longer, and stops nobody", .enabled(if: TemporaryStore.engine == .sqlite))
    func longReader() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let gate = Gatekeeper()
        async let reading: Int64 = store.read { transaction in
            let count = try transaction.deliveryCount()
            gate.wait()
            #expect(try transaction.deliveryCount() == count)
            return count
        }
        await gate.entered()
        for seq in 1...90 as ClosedRange<Int64> { try await grow(store, seq) }
        #expect(store.health.walPages * 4096 > Limits.walBytesMax)
        gate.open()
        #expect(try await reading == 0)
        // The log is written back beside the writes that follow, and one of them begins it anew.
        var writes = 0
        while store.health.walPages * 4096 > Limits.walBytesMax, writes < 20_000 {
            try await store.probe()
            writes += 1
        }
        #expect(store.health.walPages * 4096 < Limits.walBytesMax)
        await store.close()
    }

    private func grow(_ store: Store, _ seq: Int64) async throws {
        try await store.write {
            _ = try $0.run("INSERT INTO deliveries (seq, received_at, app, blob) VALUES (\(seq), 0, 'a', zeroblob(1000000))")
        }
    }
}

/// Holds the writer's thread inside a job until the test lets it go.
final class Gatekeeper: Sendable {
    private let doorway = AsyncStream.makeStream(of: Void.self)
    private let isOpen = Mutex(false)

    func wait() {
        doorway.continuation.yield()
        while !isOpen.withLock({ $0 }) { continue }
    }

    func entered() async { for await _ in doorway.stream { return } }

    func open() { isOpen.withLock { $0 = true } }
}
