import Core
import Storage
import TestSupport
import Testing

@Suite("Sending")
struct SendingTests {
    @Test("conversions and all else are claimed apart, each with its own time to look again")
    func apart() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for (key, kind) in [("a", .conversion), ("b", .notify), ("c", .conversion), ("d", .lead)] as [(String, OutboxKind)] {
                _ = try transaction.enqueue(outboxMessage(key, kind), nowMs: now + (kind == .conversion ? 0 : 7))
            }
            #expect(try transaction.nextDue(.outbox) == now + 7)
            #expect(try transaction.nextDue(.outbox, conversions: true) == now)
            #expect(try transaction.depth(.outbox) == QueueDepth(open: 4, held: 0, dead: 0))
            func claimed(_ conversions: Bool) throws -> [String] {
                try transaction.claimOutbox(nowMs: now + 9, leaseMs: 1_000, limit: 9, owner: "boot-1", conversions: conversions)
                    .map(\.message.uniqueKey)
            }
            #expect(try claimed(true) == ["a", "c"])
            #expect(try claimed(true) == [])
            #expect(try claimed(false) == ["b", "d"])
            #expect(try transaction.nextDue(.outbox, conversions: true) == now + 1_009)
        }
        await store.close()
        let again = try temporary.open(bootID: "boot-2")
        // The leases of both are void after a restart.
        #expect(
            try await again.write {
                try $0.claimOutbox(nowMs: .max - 9, leaseMs: 1, limit: 9, owner: "boot-2", conversions: true).count
            } == 2)
        #expect(try await again.write { try $0.claimOutbox(nowMs: .max - 9, leaseMs: 1, limit: 9, owner: "boot-2").count } == 2)
        await again.close()
    }

    @Test("a conversion whose lease ran out belongs to its new owner alone")
    func fence() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            _ = try transaction.enqueue(outboxMessage("a", .conversion), nowMs: now)
            func claim(_ atMs: Int64) throws -> Claim? {
                try transaction.claimOutbox(nowMs: atMs, leaseMs: 100, limit: 9, owner: "boot-1", conversions: true).first?.claim
            }
            let first = try #require(try claim(now))
            #expect(try claim(now + 99) == nil)
            let second = try #require(try claim(now + 100))
            #expect(second.attempt == first.attempt + 1)
            #expect(try !transaction.complete(.outbox, first, nowMs: now))
            #expect(try !transaction.retry(.outbox, id: first.id, attempt: first.attempt, dueAtMs: now, reason: "late"))
            #expect(try transaction.complete(.outbox, second, nowMs: now))
            #expect(try claim(.max - 1_000) == nil)
        }
        await store.close()
    }

    @Test("claiming conversions uses the index made for it", .enabled(if: TemporaryStore.engine == .sqlite))
    func plan() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let claiming = Transaction.claiming(.outbox, nowMs: now, leaseMs: 1, limit: 64, owner: "boot-1", conversions: true)
        let plan = try await store.write { try $0.run("EXPLAIN QUERY PLAN " + claiming).map { try $0.text("detail") } }
        #expect(plan.contains { $0.hasPrefix("SEARCH q USING") && $0.contains("outbox_due_conversions (due_at<?)") })
        #expect(!plan.contains { $0.hasPrefix("SCAN q") || $0.contains("TEMP B-TREE") })
        for conversions in ["kind = 'conversion'", "kind <> 'conversion'"] {
            let statement: Statement =
                conversions.contains("<>")
                ? "EXPLAIN QUERY PLAN SELECT COUNT(*) FROM outbox WHERE state = 'open' AND kind <> 'conversion'"
                : "EXPLAIN QUERY PLAN SELECT COUNT(*) FROM outbox WHERE state = 'open' AND kind = 'conversion'"
            let plan = try await store.read { try $0.run(statement).map { try $0.text("detail") } }
            #expect(plan.allSatisfy { $0.contains("outbox_due") })
        }
        await store.close()
    }

    @Test("attempts are kept in order, of each answer the first KiB")
    func attempts() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let long = [UInt8](repeating: 0x61, count: 3_000)
        @Sendable func attempt(_ number: Int64, _ status: Int?, _ answer: [UInt8]?) -> SendAttempt {
            SendAttempt(
                outboxID: 9, workspace: "w", atMs: now + number, attempt: number, status: status, outcome: "sent", durationMs: 12,
                answer: answer)
        }
        try await store.write { transaction throws in
            try transaction.insertAttempt(attempt(1, nil, nil))
            try transaction.insertAttempt(attempt(2, 500, []))
            try transaction.insertAttempt(attempt(3, 200, long))
        }
        let stored = try await store.read { try $0.attempts(of: 9) }
        #expect(stored == [attempt(1, nil, nil), attempt(2, 500, []), attempt(3, 200, Array(long.prefix(1_024)))])
        #expect(try await store.read { try $0.attempts(of: 8) } == [])
        await store.close()
    }

    @Test("dead jobs and messages of chosen events go on with a full set of tries; a rule's action does not")
    func retry() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let events = try await store.decoded("{}", events: 3)
        try await store.write { transaction throws in
            for (key, event, action) in [("a", events[0], nil), ("b", events[0], 5), ("c", events[2], nil)]
                as [(String, Int64, Int64?)]
            {
                _ = try transaction.enqueue(outboxMessage(key, .lead, event: event, action: action), nowMs: now)
            }
            for queue in [Queue.jobs, .outbox] {
                for claim in try transaction.claim(queue, nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1") {
                    _ = try transaction.kill(queue, id: claim.id, attempt: claim.attempt, reason: "gone", nowMs: now)
                }
            }
            #expect(try transaction.retryEvents([events[0], 999], nowMs: now) == RetryReport(jobs: 1, messages: 1))
            #expect(try transaction.retryEvents([events[0]], nowMs: now) == RetryReport())
            let claims = try transaction.claim(.outbox, nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1")
            #expect(claims.map(\.tries) == [1])
            #expect(claims.map(\.attempt) == [2])
            var filter = EventFilter()
            filter.workspace = "v"
            #expect(try transaction.retryEvents(filter, limit: 9, nowMs: now) == RetryReport())
            filter.workspace = "w"
            filter.state = .dead
            #expect(try transaction.retryEvents(filter, limit: 1, nowMs: now) == RetryReport(jobs: 1))
            #expect(try transaction.retryEvents(filter, limit: 9, nowMs: now) == RetryReport(jobs: 1, messages: 1))
            #expect(try transaction.depth(.outbox).dead == 1)
        }
        await store.close()
    }

    @Test("a callback is kept once and ends once")
    func callbacks() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            func insert(_ code: String, _ user: String) throws -> Bool {
                try transaction.insertCallback(
                    code: code, app: "main", kind: .dataDeletion, userID: user, eventID: 7, issuedAtMs: nil, receivedAtMs: now)
            }
            #expect(try insert("c1", "canary-user"))
            #expect(try !insert("c1", "canary-user"))
            #expect(try insert("c2", "u2"))
            try transaction.finishCallback("c1", erased: 3, nowMs: now + 1)
            try transaction.finishCallback("c1", erased: 0, nowMs: now + 2)
        }
        let done = try #require(try await store.read { try $0.callback("c1") })
        #expect(done.state == .done)
        #expect(done.erased == 3)
        #expect(done.doneAtMs == now + 1)
        #expect(try store.conceal("user:canary-user") == done.userDigest)
        #expect(try await store.read { try $0.callbacks(state: .open, limit: 9).map(\.code) } == ["c2"])
        #expect(try await store.read { try $0.callbacks(state: nil, limit: 9).count } == 2)
        #expect(try await store.read { try $0.callback("none") } == nil)
        await store.close()
        #expect(!temporary.filesHold("canary-user"))
    }
}
