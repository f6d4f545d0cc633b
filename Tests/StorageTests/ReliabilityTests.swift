import Core
import Storage
import TestSupport
import Testing

/// Failures that other gateways had, one test each; `reliability N` is the failure's number.
@Suite("What others failed at")
struct ReliabilityTests {
    // MARK: 12

    @Test("reliability 12: work that waits, was told to wait, is parked, held, leased or dead has an age as due work has")
    func ages() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        _ = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        for queue in [Queue.jobs, .outbox, .touched] {
            // The second waits for the first, where there is an order.
            let ids = try await store.fill(queue, ["a", "a", nil, nil, nil, nil, nil])
            let claims = try await store.claimed(queue)
            let places = queue == .touched ? [0, 2, 3, 4, 5, 6] : Array(ids.indices).filter { $0 != 1 }
            func claim(_ place: Int) throws -> Claim { try #require(claims.first { $0.id == ids[places[place]] }) }
            let (retried, snoozed, held, dead, due) = (
                try claim(1), try claim(2), try claim(3), try claim(4), try claim(5)
            )
            try await store.write { transaction throws in
                let hour = now + 3_600_000
                _ = try transaction.retry(queue, id: retried.id, attempt: 1, dueAtMs: hour, reason: "server")
                _ = try transaction.snooze(queue, id: snoozed.id, attempt: 1, dueAtMs: hour, reason: "rate")
                _ = try transaction.hold(queue, id: held.id, attempt: 1, gate: .account("1"), reason: "token", nowMs: now)
                _ = try transaction.kill(queue, id: dead.id, attempt: 1, reason: "gone", nowMs: now)
                _ = try transaction.retry(queue, id: due.id, attempt: 1, dueAtMs: now, reason: "server")
            }
        }
        try await store.write { transaction throws in
            _ = try transaction.enqueue(outboxMessage("c", .conversion), nowMs: now)
            let claims = try transaction.claimOutbox(nowMs: now, leaseMs: 9, limit: 9, owner: "boot-1", conversions: true)
            _ = try transaction.snooze(.outbox, id: claims[0].claim.id, attempt: 1, dueAtMs: now + 3_600_000, reason: "rate")
        }
        let standings = try await store.read { try $0.depths(nowMs: now + 30_000) }
        var counts: [String: Int64] = [:]
        for standing in standings where standing.count > 0 {
            counts["\(standing.queue) \(standing.state.name)"] = standing.count
            #expect(standing.oldestMs == 30_000, "\(standing)")
        }
        #expect(
            counts == [
                "deliveries due": 1, "conversions waiting": 1,
                "jobs due": 1, "jobs leased": 1, "jobs waiting": 2, "jobs parked": 1, "jobs held": 1, "jobs dead": 1,
                "outbox due": 1, "outbox leased": 1, "outbox waiting": 2, "outbox parked": 1, "outbox held": 1, "outbox dead": 1,
                "touched due": 1, "touched leased": 2, "touched waiting": 2, "touched held": 1, "touched dead": 1,
            ])
        await store.close()
    }

    // MARK: 18

    @Test("reliability 18: a delivery costs as many statements with thousands before it as with none, from append to done")
    func statementsPerDelivery() async throws {
        let temporary = try TemporaryStore()
        let log = StatementLog()
        let store = try log.open(try temporary.options())
        _ = try await pass(store)  // the first of a day stores the day's key, too
        _ = log.taken()
        _ = try await pass(store)
        let alone = Self.withoutFrames(log.taken())
        #expect(alone.count > 10)
        try await store.pileUp(5_000)
        _ = log.taken()
        let seq = try await pass(store)
        #expect(Self.withoutFrames(log.taken()) == alone)
        #expect(try await store.read { try $0.delivery(seq)?.decoded } == true)
        await store.close()
    }

    @Test("reliability 18: whatever is asked for every delivery and at every look reads no table from end to end")
    func hotPlans() async throws {
        let temporary = try TemporaryStore()
        let log = StatementLog()
        let store = try log.open(try temporary.options())
        try await store.pileUp(2_000)
        _ = log.taken()
        _ = try await pass(store)
        try await store.write { transaction throws in
            for queue in Queue.allCases {
                _ = try transaction.nextDue(queue)
                let claims = try transaction.claim(queue, nowMs: now, leaseMs: 1, limit: 4, owner: "boot-1")
                _ = try transaction.complete(queue, claims[0], nowMs: now)
                _ = try transaction.retry(queue, id: claims[1].id, attempt: 1, dueAtMs: now, reason: "r")
                _ = try transaction.kill(queue, id: claims[2].id, attempt: 1, reason: "r", nowMs: now)
                _ = try transaction.hold(queue, id: claims[3].id, attempt: 1, gate: .account("1"), reason: "r", nowMs: now)
                _ = try transaction.reopenOne(queue, gate: .account("1"), nowMs: now)
            }
            _ = try transaction.release(.account("1"), nowMs: now)
            _ = try transaction.claimTouched(nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1", accountID: "1")
            _ = try transaction.claimOutbox(nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1", conversions: true)
            _ = try transaction.enqueue(message("hot", order: "o"), nowMs: now)
            _ = try transaction.undone(atMost: 1_000_000)
            _ = try transaction.depths(nowMs: now)
        }
        let asked = log.taken()
        #expect(Set(asked.map(\.text)).count > 40)
        let scans = try temporary.scans(of: asked)
        #expect(scans.isEmpty, "\(scans)")
        // The control: what no index helps is found.
        #expect(try temporary.scans(of: ["SELECT 1 FROM jobs WHERE owner = 'x'"]).count == 1)
        await store.close()
    }

    /// A read is answered before its transaction ends, on a thread of its own.
    private static func withoutFrames(_ statements: [Statement]) -> [String] {
        statements.map(\.text).filter { !["BEGIN", "COMMIT"].contains($0) }
    }

    /// One delivery through the store as the gateway takes it there: stored, decoded to one event, its job claimed and done.
    private func pass(_ store: Store) async throws -> Int64 {
        let seq = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        _ = try await store.read { try $0.undecoded(limit: 1) }
        try await store.write { transaction throws in
            _ = try transaction.insertEvent(
                event(key: "k\(seq)", order: "o"), seq: seq, workspace: "w", receivedAtMs: now, routes: oneRoute, nowMs: now - 1)
            try transaction.finishDecoding(seq, events: 1, duplicates: 0, reason: nil)
        }
        _ = try await store.read { try $0.nextDue(.jobs) }
        let job = Transaction.jobID(eventID: Transaction.eventID(seq: seq, position: 0), ordinal: 0)
        let jobs = try await store.write { try $0.claimJobs(nowMs: now, leaseMs: 1, limit: 1, owner: "boot-1") }
        #expect(jobs.map(\.claim.id) == [job])  // due a moment before all that is piled up
        try await store.write { _ = try $0.complete(.jobs, jobs[0].claim, nowMs: now) }
        return seq
    }

    // MARK: 19

    @Test("reliability 19: opening asks the same few questions before thousands of rows, and none reads a table from end to end")
    func opening() async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        options.now = { now }
        let log = StatementLog()
        let store = try log.open(options)
        try await store.pileUp(1)
        await store.close()
        options.bootID = "boot-2"
        let one = try await opened(options, log)
        let filling = try Store.open(options)
        try await filling.pileUp(5_000, from: 2_000_000)
        await filling.close()
        options.bootID = "boot-3"
        let many = try await opened(options, log)
        #expect(Self.withoutFrames(many) == Self.withoutFrames(one))
        let scans = try temporary.scans(of: many)
        #expect(scans.isEmpty, "\(scans)")
        // Looking for leases of earlier processes passes over what is due and what is parked.
        let voiding = many.filter { $0.text.hasPrefix("UPDATE") }
        #expect(voiding.count == (store.isShared ? 0 : 4))
        let driver = try temporary.connect(.setup)
        for statement in voiding {
            let plan = try driver.run("EXPLAIN QUERY PLAN " + statement).map { try $0.text("detail") }
            #expect(plan.contains { $0.contains("(due_at>? AND due_at<?)") }, "\(plan)")
        }
        driver.close()
    }

    /// The statements of opening, and of what is read before the first request and for the first figures.
    private func opened(_ options: Store.Options, _ log: StatementLog) async throws -> [Statement] {
        _ = log.taken()
        let store = try log.open(options)
        try await store.read { transaction throws in
            _ = try transaction.holds(nowMs: now)
            _ = try transaction.readTimes(sinceMs: now)
            _ = try transaction.undone(atMost: 1_000_000)
            _ = try transaction.depths(nowMs: now)
            _ = try transaction.nextDue(.jobs)
        }
        await store.close()
        return log.taken()
    }

    // MARK: 20

    @Test("reliability 20: thousands of leases of a process that is gone are all taken over", arguments: Queue.allCases)
    func rescue(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        options.now = { now }
        var store = try Store.open(options)
        try await store.pileUp(3_000, owner: "boot-1")
        await store.close()
        options.bootID = "boot-2"
        store = try Store.open(options)
        // A file has one process: it takes all over as it starts. Of several gateways each waits for the lease to end.
        let atMs = store.isShared ? now + 60_000 : now
        if store.isShared { #expect(try await store.claimed(queue, at: atMs - 1, owner: "boot-2").isEmpty) }
        var ids: Set<Int64> = [], left = 1
        while left > 0 {
            let claims = try await store.claimed(queue, at: atMs, owner: "boot-2", limit: 400)
            #expect(claims.allSatisfy { $0.attempt == 2 && ids.insert($0.id).inserted })
            left = claims.count
        }
        #expect(ids.count == 3_000)
        await store.close()
    }

    @Test("reliability 20: somebody who holds the turn to write and does nothing keeps nobody waiting for good")
    func hungWriter() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let driver = try temporary.connect(.writer)
        _ = try driver.begin()
        if store.isShared {
            // Deliveries need no turn; the server ends the transaction that does nothing.
            #expect(try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) > 0)
            #expect(try await store.write { try $0.enqueue(message("k"), nowMs: now) } != nil)
            #expect(throws: StoreError.self) { try driver.commit(lastID: nil) }
        } else {
            await #expect(throws: StoreError.busy) { try await store.write { try $0.enqueue(message("k"), nowMs: now) } }
            await #expect(throws: StoreError.busy) {
                try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
            }
            try driver.commit(lastID: nil)
            #expect(try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) > 0)
        }
        driver.close()
        await store.close()
    }

    // MARK: 26

    @Test("reliability 26: retention while deliveries come in: no error on either side, and nothing that is undone goes")
    func retentionUnderLoad() async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        let clock = ManualMs(now)
        options.now = { clock.value }
        let store = try Store.open(options)
        var old: [Int64] = []
        for _ in 0..<30 { old += try await store.decoded("{}", events: 5, at: now) }
        let undone = old[77]
        try await store.finishJobs(of: old.filter { $0 != undone })
        try await store.write { _ = try $0.run("UPDATE jobs SET state = 'held' WHERE state = 'open'") }
        clock.advance(100 * RetentionTests.day)
        _ = try await store.tendPartitions(RetentionPolicy(), nowMs: clock.value)  // as the hours before did
        let young = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var mine: [Int64] = []
                    for _ in 0..<25 { mine += try await store.decoded("{}", events: 2, at: clock.value) }
                    return mine
                }
            }
            group.addTask {
                while !Task.isCancelled {
                    _ = try await store.tendPartitions(RetentionPolicy(), nowMs: clock.value)
                    for table in PrunedTable.allCases {
                        _ = try await store.write { try $0.prune(table, RetentionPolicy(), nowMs: clock.value, limit: 20) }
                    }
                }
                return []
            }
            var young: [Int64] = []
            for _ in 0..<4 { young += try await group.next() ?? [] }
            group.cancelAll()
            try await group.waitForAll()
            return young
        }
        #expect(young.count == 200)
        while try await !store.write({ try $0.prune(RetentionPolicy(), nowMs: clock.value) }).isComplete { continue }
        func ids(_ query: Statement) async throws -> Set<Int64> {
            try await store.read { Set(try $0.run(query).map { try $0.int64("id") }) }
        }
        // On PostgreSQL the day of what is undone stays as it is.
        let events = try await ids("SELECT id FROM events")
        #expect(events.isSuperset(of: young + [undone]))
        #expect(store.isShared || events == Set(young + [undone]))
        #expect(try await ids("SELECT event_id AS id FROM jobs").isSuperset(of: young + [undone]))
        #expect(try await ids("SELECT seq AS id FROM deliveries").isSuperset(of: Set((young + [undone]).map { $0 / 4096 })))
        await store.close()
    }
}
