import Core
import Storage
import TestSupport
import Testing

@Suite("The inbox")
struct InboxTests {
    @Test("reliability 5: twins that are decoded at once become one event")
    func twins() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let fresh = try await withThrowingTaskGroup(of: Bool.self) { group in
            for seq in 1...64 {
                group.addTask {
                    try await store.write {
                        try $0.insertEvent(
                            event(key: "lead:1"), seq: Int64(seq), workspace: "w", receivedAtMs: now, routes: oneRoute, nowMs: now
                        )
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(fresh == 1)
        #expect(try await store.read { try $0.events(EventFilter(), limit: 100).count } == 1)
        #expect(try await store.claimed(.jobs).count == 1)
        await store.close()
    }

    @Test("the same key in another workspace is another event, and no key is no duplicate")
    func keys() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let fresh = try await store.write { transaction throws in
            try [("a", "k"), ("b", "k"), ("a", nil), ("a", nil), ("a", "k")].enumerated().map { number, item in
                try transaction.insertEvent(
                    event(key: item.1), seq: Int64(number + 1), workspace: item.0, receivedAtMs: now, routes: [], nowMs: now)
            }
        }
        #expect(fresh == [true, true, true, true, false])
        await store.close()
    }

    @Test("reliability 6: duplicates in one batch, of each other and of an earlier one, leave all else of it in, and it is done")
    func duplicatesInside() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        _ = try await store.decoded("{}", events: 1)
        let seq = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        let keys = ["a", "b", "a", nil, "b", "c", "b"]
        try await store.write { transaction throws in
            _ = try transaction.insertEvent(
                event(4_000, key: "c"), seq: seq - 1, workspace: "w", receivedAtMs: now, routes: oneRoute, nowMs: now)
            var isNew: [Bool] = []
            for (position, key) in keys.enumerated() {
                isNew.append(
                    try transaction.insertEvent(
                        event(position, key: key), seq: seq, workspace: "w", receivedAtMs: now, routes: oneRoute, nowMs: now))
            }
            #expect(isNew == [true, true, false, true, false, false, false])
            try transaction.finishDecoding(seq, events: 3, duplicates: 4, reason: nil)
        }
        #expect(try await store.read { try $0.undecoded(limit: 9).isEmpty })
        let first = Transaction.eventID(seq: seq, position: 0)
        let ids = try await store.read {
            try $0.run("SELECT event_id AS id FROM jobs WHERE event_id >= \(first) ORDER BY id").map { try $0.int64("id") }
        }
        #expect(ids == [first, first + 1, first + 3])
        await store.close()
    }

    @Test("no more bytes are read at once than asked for, but one delivery at least")
    func bytes() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        var seqs: [Int64] = []
        for _ in 0..<5 {
            let envelope = try TemporaryStore.envelope(String(repeating: "x", count: 10_000))
            seqs.append(try await store.append(envelope, receivedAtMs: now))
        }
        for (bytesMax, count) in [(1, 1), (25_000, 2), (45_000, 4), (1_000_000, 5), (.max, 5)] {
            let found = try await store.read { try $0.undecoded(limit: 9, bytesMax: bytesMax).map(\.seq) }
            #expect(found == Array(seqs.prefix(count)), "\(bytesMax)")
        }
        let third = seqs[2]
        #expect(try await store.read { try $0.undecoded(after: third, limit: 1, bytesMax: 1_000_000).map(\.seq) } == [seqs[3]])
        await store.close()
    }

    @Test("deliveries are decoded in the order of storing, each once")
    func order() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        var seqs: [Int64] = []
        for _ in 0..<5 { seqs.append(try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)) }
        let (first, third) = (seqs[0], seqs[2])
        #expect(try await store.read { try $0.undecoded(limit: 2).map(\.seq) } == Array(seqs[0...1]))
        try await store.write { try $0.finishDecoding(first, events: 0, duplicates: 1, reason: "duplicate") }
        #expect(try await store.read { try $0.undecoded(limit: 2).map(\.seq) } == Array(seqs[1...2]))
        #expect(try await store.read { try $0.undecoded(after: third, limit: 9).map(\.seq) } == Array(seqs[3...4]))
        let done = try await store.read { try $0.delivery(first) }
        #expect(done?.decoded == true)
        #expect(done?.duplicates == 1)
        #expect(done?.reason == "duplicate")
        await store.close()
    }

    @Test("an event comes back as it was stored")
    func roundTrip() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let entities = [EntityRef(.ad, "120"), EntityRef(.campaign, "7")]
        try await store.write {
            _ = try $0.insertEvent(
                event(3, key: "k", order: "o", entities: entities), seq: 9, workspace: "w", receivedAtMs: now + 1,
                routes: oneRoute, nowMs: now)
        }
        let claimed = try await store.write { try $0.claimJobs(nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1") }
        let job = try #require(claimed.first)
        #expect(job.route == "account")
        #expect(job.event.entities == entities)
        #expect(job.event.id == Transaction.eventID(seq: 9, position: 3))
        #expect(job.claim.id == Transaction.jobID(eventID: job.event.id, ordinal: 0))
        #expect(job.event.orderKey == "o")
        #expect(job.event.deliverySeq == 9)
        #expect(job.event.receivedAtMs == now + 1)
        await store.close()
    }

    @Test("the list tells where each event is", arguments: EventState.allCases)
    func states(state: EventState) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for seq in 1...5 {
                _ = try transaction.insertEvent(
                    event(key: "\(seq)"), seq: Int64(seq), workspace: "w", receivedAtMs: now,
                    routes: seq == 1 ? [] : [(0, "a"), (1, "b")], nowMs: now)
            }
        }
        let claims = try await store.claimed(.jobs)
        try await store.write { transaction throws in
            func first(_ seq: Int64) -> Claim { claims.first { $0.id / 64 / 4096 == seq } ?? claims[0] }
            let (dead, held) = (first(2), first(3))
            _ = try transaction.kill(.jobs, id: dead.id, attempt: 1, reason: "no_use", nowMs: now)
            _ = try transaction.hold(.jobs, id: held.id, attempt: 1, gate: .token(workspace: "w"), reason: "token", nowMs: now)
            for claim in claims where claim.id / 64 / 4096 == 5 { _ = try transaction.complete(.jobs, claim, nowMs: now) }
        }
        let expected: [EventState: Int64] = [.unrouted: 1, .dead: 2, .held: 3, .open: 4, .done: 5]
        let listed = try await store.read { transaction throws in
            var filter = EventFilter()
            let all = try transaction.events(filter, limit: 10)
            #expect(all.map(\.event.deliverySeq) == [5, 4, 3, 2, 1])
            filter.state = state
            return try transaction.events(filter, limit: 10)
        }
        #expect(listed.map(\.state) == [state])
        #expect(listed.first?.event.deliverySeq == expected[state])
        let id = try #require(listed.first?.event.id)
        #expect(try await store.read { try $0.event(id)?.jobs.count } == (state == .unrouted ? 0 : 2))
        await store.close()
    }

    @Test("filters and both directions of paging")
    func filters() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for seq in 1...4 {
                _ = try transaction.insertEvent(
                    event(entities: [EntityRef(.ad, "\(seq)1")]), seq: Int64(seq), workspace: seq < 3 ? "a" : "b",
                    receivedAtMs: now + Int64(seq),
                    routes: [], nowMs: now)
            }
        }
        let seqs = try await store.read { transaction throws in
            var byWorkspace = EventFilter(), byEntity = EventFilter(), byTime = EventFilter(), byKind = EventFilter()
            byWorkspace.workspace = "a"
            byEntity.ref = "31"
            byTime.sinceMs = now + 4
            byKind.kind = "page.leadgen"
            return try [byWorkspace, byEntity, byTime, byKind].map {
                try transaction.events($0, limit: 9).map(\.event.deliverySeq)
            }
        }
        #expect(seqs == [[2, 1], [3], [4], []])
        let second = Transaction.eventID(seq: 2, position: 0)
        #expect(try await store.read { try $0.events(EventFilter(), limit: 9, before: second).map(\.event.deliverySeq) } == [1])
        #expect(try await store.read { try $0.events(EventFilter(), limit: 1, after: second).map(\.event.deliverySeq) } == [3])
        await store.close()
    }
}
