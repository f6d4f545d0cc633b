import Core
import Storage
import TestSupport
import Testing

@Suite("The queues")
struct QueueTests {
    @Test("no two workers get the same row", arguments: Queue.allCases)
    func noTwoOwners(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let all = try await store.fill(queue, Array(repeating: nil, count: 300))
        let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
            for worker in 0..<8 {
                group.addTask {
                    var mine: [Int64] = []
                    while true {
                        let claims = try await store.claimed(queue, owner: "w\(worker)", limit: 7)
                        if claims.isEmpty { return mine }
                        mine += claims.map(\.id)
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(claimed.sorted() == all)
        await store.close()
    }

    @Test("a lease that has run out is due again, and its first owner is fenced off", arguments: Queue.allCases)
    func expiredLease(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        _ = try await store.fill(queue, [nil])
        let first = try #require(try await store.claimed(queue, at: now).first)
        #expect(try await store.claimed(queue, at: now + 59_999).isEmpty)
        let second = try #require(try await store.claimed(queue, at: now + 60_000).first)
        #expect(second == Claim(id: first.id, attempt: 2, tries: 2))
        try await store.write { transaction throws in
            #expect(try !transaction.complete(queue, first, nowMs: now))
            #expect(try !transaction.retry(queue, id: first.id, attempt: 1, dueAtMs: 0, reason: ""))
            #expect(try !transaction.snooze(queue, id: first.id, attempt: 1, dueAtMs: 0, reason: ""))
            #expect(try !transaction.kill(queue, id: first.id, attempt: 1, reason: "", nowMs: now))
            #expect(try !transaction.hold(queue, id: first.id, attempt: 1, gate: .account("1"), reason: "", nowMs: now))
            #expect(try !transaction.isClosed(.account("1")))
            #expect(try transaction.complete(queue, second, nowMs: now))
            #expect(try !transaction.complete(queue, second, nowMs: now))
        }
        await store.close()
    }

    @Test("one order key goes one after the other, in the order of storing; other keys go on", arguments: [Queue.jobs, .outbox])
    func order(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ids = try await store.fill(queue, ["a", "a", nil, "b", "a"])
        let first = try await store.claimed(queue)
        #expect(first.map(\.id) == [ids[0], ids[2], ids[3]])
        // A retry that waits keeps its place.
        try await store.write { transaction throws in
            #expect(try transaction.retry(queue, id: ids[0], attempt: 1, dueAtMs: now + 500, reason: "later"))
        }
        #expect(try await store.claimed(queue).isEmpty)
        #expect(try await store.read { try $0.nextDue(queue) } == now + 500)
        let again = try await store.claimed(queue, at: now + 500)
        #expect(again == [Claim(id: ids[0], attempt: 2, tries: 2)])
        try await store.write { transaction throws in #expect(try transaction.complete(queue, again[0], nowMs: now + 600)) }
        let next = try await store.claimed(queue, at: now + 600)
        #expect(next.map(\.id) == [ids[1]])
        // A dead one lets the next go.
        try await store.write { transaction throws in
            #expect(try transaction.kill(queue, id: ids[1], attempt: 1, reason: "no", nowMs: now + 700))
        }
        #expect(try await store.claimed(queue, at: now + 700).map(\.id) == [ids[4]])
        await store.close()
    }

    @Test("order holds per route: a held job of one route does not hold back another route")
    func orderPerRoute() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let routes = [(ordinal: 0, name: "leads"), (ordinal: 1, name: "pass")]
        try await store.write { transaction throws in
            for seq in 1...2 as ClosedRange<Int64> {
                _ = try transaction.insertEvent(
                    event(order: "lead:1"), seq: seq, workspace: "w", receivedAtMs: now, routes: routes, nowMs: now)
            }
        }
        let first = try await store.claimed(.jobs)
        #expect(first.count == 2)
        try await store.write { transaction throws in
            _ = try transaction.hold(
                .jobs, id: first[0].id, attempt: 1, gate: .token(workspace: "w"), reason: "token", nowMs: now)
            _ = try transaction.complete(.jobs, first[1], nowMs: now)
        }
        let next = try await store.write { try $0.claimJobs(nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1") }
        #expect(next.map(\.route) == ["pass"])
        await store.close()
    }

    @Test("held work waits for its gate, counts no attempt, and goes on when the gate opens", arguments: Queue.allCases)
    func heldAndReleased(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ids = try await store.fill(queue, ["a", "a", "b"])
        let gate = Gate.destination("crm")
        for claim in try await store.claimed(queue) {
            try await store.write { transaction throws in
                #expect(
                    try transaction.hold(
                        queue, id: claim.id, attempt: claim.attempt, gate: gate, reason: "refused", nowMs: now, probeAtMs: now + 5
                    ))
            }
        }
        #expect(try await store.claimed(queue, at: now + 1_000_000).isEmpty)
        #expect(try await store.read { try $0.gates(dueAtMs: now + 4).isEmpty })
        #expect(try await store.read { try $0.gates(dueAtMs: now + 5).map(\.gate) } == [gate])
        try await store.write { transaction throws in #expect(try transaction.reopenOne(queue, gate: gate, nowMs: now + 5)) }
        let probe = try await store.claimed(queue, at: now + 5)
        #expect(probe == [Claim(id: ids[0], attempt: 2, tries: 1)])
        #expect(try await store.write { try $0.release(gate, nowMs: now + 6) } == (queue == .touched ? 2 : 1))
        #expect(try await store.read { try !$0.isClosed(gate) })
        let released = try await store.claimed(queue, at: now + 6)
        #expect(released.allSatisfy { $0.tries == 1 && $0.attempt == 2 })
        #expect(released.last?.id == ids[2])
        await store.close()
    }

    @Test("a snooze counts no attempt; a retry does")
    func snooze() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let id = try await store.fill(.outbox, [nil])[0]
        for attempt in 1...3 as ClosedRange<Int64> {
            #expect(try await store.claimed(.outbox, at: now + attempt) == [Claim(id: id, attempt: attempt, tries: 1)])
            try await store.write { transaction throws in
                #expect(try transaction.snooze(.outbox, id: id, attempt: attempt, dueAtMs: now, reason: "rate"))
            }
        }
        #expect(try await store.claimed(.outbox, at: now + 4).first?.tries == 1)
        try await store.write { transaction throws in
            #expect(try transaction.retry(.outbox, id: id, attempt: 4, dueAtMs: now, reason: "server"))
        }
        #expect(try await store.claimed(.outbox, at: now + 5) == [Claim(id: id, attempt: 5, tries: 2)])
        await store.close()
    }

    @Test("dead work is listed, and goes on when a person reopens it", arguments: [Queue.jobs, .outbox])
    func reopen(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ids = try await store.fill(queue, ["a", "a"])
        _ = try await store.claimed(queue)
        try await store.write { _ = try $0.kill(queue, id: ids[0], attempt: 1, reason: "gone", nowMs: now) }
        #expect(try await store.read { try $0.depth(queue) } == QueueDepth(open: 1, held: 0, dead: 1))
        try await store.write { transaction throws in
            #expect(try transaction.reopen(queue, id: ids[0], nowMs: now))
            #expect(try !transaction.reopen(queue, id: ids[0], nowMs: now))
        }
        // It is the first of its key again.
        #expect(try await store.claimed(queue) == [Claim(id: ids[0], attempt: 2, tries: 1)])
        try await store.write { transaction throws in #expect(try transaction.complete(queue, id: ids[0], attempt: 2, nowMs: now))
        }
        #expect(try await store.claimed(queue).map(\.id) == [ids[1]])
        await store.close()
    }

    @Test("work inserted behind a later one of its key is not lost")
    func insertedBehind() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        for seq in [2, 1] as [Int64] {
            try await store.write {
                _ = try $0.insertEvent(
                    event(order: "a"), seq: seq, workspace: "w", receivedAtMs: now, routes: oneRoute, nowMs: now)
            }
        }
        for seq in [1, 2] as [Int64] {
            let claims = try await store.claimed(.jobs)
            #expect(claims.map { $0.id / 64 / 4096 } == [seq])
            try await store.write { _ = try $0.complete(.jobs, claims[0], nowMs: now) }
        }
        await store.close()
    }

    @Test("leases of another boot are void at start; its own would stand", arguments: Queue.allCases)
    func voidLeases(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        var store = try temporary.open()
        _ = try await store.fill(queue, [nil, nil, nil])
        #expect(try await store.claimed(queue).count == 3)
        #expect(try await store.write { try $0.voidLeases(nowMs: now) } == 0)
        await store.close()
        store = try temporary.open(bootID: "boot-2")
        #expect(try await store.claimed(queue, at: .max - 100_000, owner: "boot-2").map(\.attempt) == [2, 2, 2])
        await store.close()
    }

    @Test("a message's key is unique for all time")
    func uniqueKey() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        #expect(try await store.write { try $0.enqueue(message("k"), nowMs: now) } != nil)
        let claim = try #require(try await store.claimed(.outbox).first)
        try await store.write { transaction throws in #expect(try transaction.complete(.outbox, claim, nowMs: now + 9)) }
        #expect(try await store.write { try $0.enqueue(message("k"), nowMs: now) } == nil)
        #expect(try await store.read { try $0.message(claim.id)?.doneAtMs } == now + 9)
        await store.close()
    }

    @Test("a claim uses the indexes made for it", .enabled(if: TemporaryStore.engine == .sqlite), arguments: Queue.allCases)
    func plan(queue: Queue) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let claiming = Transaction.claiming(queue, nowMs: now, leaseMs: 1, limit: 64, owner: "boot-1")
        let plan = try await store.write { try $0.run("EXPLAIN QUERY PLAN " + claiming).map { try $0.text("detail") } }
        #expect(plan.contains { $0.hasPrefix("SEARCH q USING") && $0.contains("_due (due_at<?)") })
        #expect(plan.contains { $0.hasPrefix("SEARCH b USING") && $0.contains("_order (order_key=?)") })
        #expect(!plan.contains { $0.hasPrefix("SCAN q") || $0.hasPrefix("SCAN b") || $0.contains("TEMP B-TREE") })
        await store.close()
    }
}
