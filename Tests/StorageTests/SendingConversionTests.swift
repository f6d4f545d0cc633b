import Core
import Storage
import TestSupport
import Testing

@Suite("Sending conversions")
struct SendingConversionTests {
    private static func message(_ key: String, reference: String = #"{"dataset":"900","source":"shop"}"#) -> OutboxMessage {
        OutboxMessage(
            kind: .conversion, workspace: "belmonte", orderKey: nil, uniqueKey: key, reference: reference, eventID: nil,
            actionID: nil)
    }

    /// Ids in the order of `keys`, each due a ms after the one before.
    private static func fill(_ store: Store, _ keys: [String]) async throws -> [Int64] {
        try await store.write { transaction throws in
            try keys.enumerated().compactMap { try transaction.enqueue(message($0.element), nowMs: now + Int64($0.offset)) }
        }
    }

    @Test("what is due is shown without being taken, the longest due first; of it only the ones that are named are claimed")
    func waiting() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ids = try await Self.fill(store, ["a", "b", "c", "d"])
        try await store.write { transaction throws in
            _ = try transaction.enqueue(outboxMessage("other", .notify), nowMs: now)
            let waiting = try transaction.waitingConversions(dueAtMs: now + 2, limit: 9)
            #expect(waiting.map(\.id) == Array(ids[0...2]) && waiting.map(\.dueAtMs) == [now, now + 1, now + 2])
            #expect(waiting.allSatisfy { $0.workspace == "belmonte" && $0.reference == #"{"dataset":"900","source":"shop"}"# })
            #expect(try transaction.waitingConversions(dueAtMs: now + 9, limit: 2).map(\.id) == Array(ids[0...1]))
            func claimed(_ among: [Int64]?) throws -> [Int64] {
                try transaction.claimOutbox(
                    nowMs: now + 2, leaseMs: 1_000, limit: 9, owner: "boot-1", conversions: true, among: among
                ).map(\.claim.id)
            }
            #expect(try claimed([]) == [])
            #expect(try claimed([ids[1], ids[3]]) == [ids[1]])  // the other is not due
            #expect(try claimed(nil) == [ids[0], ids[2]])
            #expect(try transaction.waitingConversions(dueAtMs: now + 9, limit: 9).map(\.id) == [ids[3]])
        }
        await store.close()
    }

    @Test("the time of the first attempt is kept with the ids, by the owner of the lease alone")
    func firstAttempt() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        _ = try await Self.fill(store, ["a"])
        try await store.write { transaction throws in
            func claim(_ atMs: Int64) throws -> ClaimedMessage {
                try #require(
                    transaction.claimOutbox(nowMs: atMs, leaseMs: 100, limit: 9, owner: "boot-1", conversions: true).first)
            }
            let first = try claim(now)
            #expect(first.message.firstAttemptMs == nil)
            let second = try claim(now + 100)
            #expect(try !transaction.retry(first, dueAtMs: now + 500, reason: "late", firstAttemptMs: 1))
            #expect(try transaction.retry(second, dueAtMs: now + 500, reason: "lost: x", firstAttemptMs: now))
            #expect(try transaction.waitingConversions(dueAtMs: now + 499, limit: 9).isEmpty)
            let third = try claim(now + 500)
            #expect(third.message.firstAttemptMs == now && third.claim.tries == 3 && third.message.reason == "lost: x")
            let reference = try JSON.parse(Array(third.message.reference.utf8))
            #expect(reference["dataset"]?.text == "900" && reference["source"]?.text == "shop")
            try transaction.noteUnderWay([third.claim], reason: "under_way: x")
            #expect(try transaction.message(third.claim.id)?.reason == "under_way: x")
            try transaction.noteUnderWay([first.claim], reason: "not mine")
            #expect(try transaction.message(third.claim.id)?.reason == "under_way: x")
        }
        await store.close()
    }

    @Test("one of those that wait at a gate goes ahead, whichever is drawn", arguments: [(0, 0), (400_000, 1), (999_999, 2)])
    func reopening(draw: Int64, place: Int) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ids = try await Self.fill(store, ["a", "b", "c"])
        let gate = Gate.dataset("900")
        try await store.write { transaction throws in
            #expect(try !transaction.reopenAny(gate, draw: draw, nowMs: now))
            let claimed = try transaction.claimOutbox(
                nowMs: now + 9, leaseMs: 100, limit: 9, owner: "boot-1", conversions: true)
            for message in claimed {
                _ = try transaction.hold(
                    .outbox, id: message.claim.id, attempt: message.claim.attempt, gate: gate, reason: "closed: x", nowMs: now + 9
                )
            }
            #expect(try transaction.reopenAny(gate, draw: draw, nowMs: now + 20))
            #expect(try transaction.waitingConversions(dueAtMs: now + 20, limit: 9).map(\.id) == [ids[place]])
            #expect(try transaction.depth(.outbox).held == 2)
            #expect(try transaction.release(gate, nowMs: now + 30) == 2)
        }
        await store.close()
    }

    @Test("looking at what waits uses the index made for it", .enabled(if: TemporaryStore.engine == .sqlite))
    func plan() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let statement: Statement = """
            EXPLAIN QUERY PLAN SELECT id, workspace_id, reference, due_at FROM outbox
            WHERE state = 'open' AND kind = 'conversion' AND due_at <= \(now) ORDER BY due_at, id LIMIT \(9)
            """
        let plan = try await store.read { try $0.run(statement).map { try $0.text("detail") } }
        #expect(
            plan.contains { $0.contains("outbox_due_conversions (due_at<?)") } && !plan.contains { $0.contains("TEMP B-TREE") })
        await store.close()
    }
}
