import Core
import Storage
import TestSupport
import Testing

@Suite("Faults, by counting")
struct FaultTests {
    /// Every call of every writing connection fails once, before or after it did its work.
    @Test(
        "whichever call fails, nothing acknowledged is lost and nothing stands half-written",
        arguments: [
            (Faults.Moment.before, StoreError.ioFailure(code: 10)), (.after, .ioFailure(code: 10)), (.before, .full),
            (.cut, .closed),
        ])
    func everyCall(moment: Faults.Moment, error: StoreError) async throws {
        var call = 0
        var hasFailed = true
        while hasFailed {
            call += 1
            try #require(call < 1_000)
            let faults = Faults(failAt: call, moment: moment, error: error)
            let temporary = try TemporaryStore()
            let journal = try await run(temporary, faults)
            try await check(temporary, journal)
            hasFailed = faults.hasFailed
        }
        #expect(call > 40)
    }

    private struct Journal: Sendable {
        var deliveries: [Int64] = []
        var decoded: [Int64] = []
        var completed: [Int64] = []
    }

    /// Appends, decodes and completes, going on after whatever fails.
    private func run(_ temporary: TemporaryStore, _ faults: Faults) async throws -> Journal {
        var journal = Journal()
        let store: Store
        do {
            store = try faults.open(try temporary.options())
        } catch {
            return journal  // refused to open: nothing was acknowledged
        }
        for number in 0..<3 {
            do {
                journal.deliveries.append(
                    try await store.append(try TemporaryStore.envelope("{\"n\":\(number)}"), receivedAtMs: now))
            } catch is StoreError {}
            await tolerating { try await store.probe() }
        }
        for seq in journal.deliveries {
            let isDecoded = await tolerating {
                try await store.write { transaction throws in
                    for position in 0..<2 {
                        let isNew = try transaction.insertEvent(
                            event(position, key: "k\(seq).\(position)", order: "o"), seq: seq, workspace: "w", receivedAtMs: now,
                            routes: oneRoute, nowMs: now)
                        guard isNew else { throw Refusal() }
                    }
                    try transaction.finishDecoding(seq, events: 2, duplicates: 0, reason: nil)
                }
            }
            if isDecoded { journal.decoded.append(seq) }
        }
        await tolerating {
            for claim in try await store.claimed(.jobs) {
                let isOurs = try await store.write { transaction throws in
                    _ = try transaction.enqueue(message("job:\(claim.id)"), nowMs: now)
                    return try transaction.complete(.jobs, claim, nowMs: now)
                }
                if isOurs { journal.completed.append(claim.id) }
            }
        }
        await store.close()
        return journal
    }

    @discardableResult
    private func tolerating(_ work: () async throws -> Void) async -> Bool {
        do {
            try await work()
            return true
        } catch {
            return false
        }
    }

    private func check(_ temporary: TemporaryStore, _ journal: Journal) async throws {
        let store = try temporary.open(bootID: "boot-2")
        try await store.read { transaction throws in
            func ids(_ query: Statement) throws -> Set<Int64> { Set(try transaction.run(query).map { try $0.int64("id") }) }
            let stored = try ids("SELECT seq AS id FROM deliveries")
            #expect(stored.isSuperset(of: journal.deliveries))
            for seq in stored { #expect(try transaction.delivery(seq)?.request != nil) }
            let decoded = try ids("SELECT seq AS id FROM deliveries WHERE decoded = 1")
            #expect(decoded.isSuperset(of: journal.decoded))
            // A delivery is decoded with its events, keys and jobs, or not at all.
            #expect(try ids("SELECT delivery_seq AS id FROM events") == decoded)
            #expect(try ids("SELECT id FROM events") == ids("SELECT event_id AS id FROM event_keys"))
            #expect(try ids("SELECT id FROM events") == ids("SELECT event_id AS id FROM jobs"))
            #expect(try ids("SELECT id FROM events").count == decoded.count * 2)
            // A job is done with its effect, or neither.
            let done = try ids("SELECT id FROM jobs WHERE state = 'done'")
            #expect(done.isSuperset(of: journal.completed))
            #expect(
                try Set(transaction.run("SELECT unique_key FROM outbox").map { try $0.text("unique_key") })
                    == Set(done.map { "job:\($0)" }))
        }
        // All that is left can be done: nothing is stuck.
        var left = try await store.claimed(.jobs, at: .max - 100_000)
        while !left.isEmpty {
            for claim in left { _ = try await store.write { try $0.complete(.jobs, claim, nowMs: now) } }
            left = try await store.claimed(.jobs, at: .max - 100_000)
        }
        #expect(try await store.read { try $0.depth(.jobs) } == QueueDepth(open: 0, held: 0, dead: 0))
        await store.close()
    }
}
