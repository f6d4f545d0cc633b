import Core
import Storage
import TestSupport
import Testing

@Suite("Touched entities")
struct TouchedTests {
    private let ad = EntityRef(.ad, "111")

    private func touch(_ store: Store, event: Int64, at nowMs: Int64, due: Int64, account: String = "1") async throws {
        let ad = ad
        try await store.write {
            try $0.touch(workspace: "w", accountID: account, ref: ad, eventID: event, nowMs: nowMs, dueAtMs: { _ in due })
        }
    }

    private func claim(_ store: Store, at nowMs: Int64) async throws -> [ClaimedTouched] {
        try await store.write { try $0.claimTouched(nowMs: nowMs, leaseMs: 60_000, limit: 9, owner: "boot-1") }
    }

    private func row(_ store: Store) async throws -> TouchedRow? {
        let ad = ad
        return try await store.read { try $0.touched(workspace: "w", ref: ad) }
    }

    @Test("touches of one entity are one row that knows its first and last event and their number")
    func coalesced() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        for event in 1...5 as ClosedRange<Int64> { try await touch(store, event: event, at: now + event, due: now + 100) }
        #expect(try await claim(store, at: now + 99).isEmpty)
        let claimed = try await claim(store, at: now + 100)
        #expect(claimed.map(\.row.firstEventID) == [1])
        #expect(claimed.map(\.row.lastEventID) == [5])
        #expect(claimed.map(\.row.eventCount) == [5])
        #expect(claimed.map(\.row.generation) == [5])
        #expect(claimed.map(\.row.pendingDueAtMs) == [nil])
        await store.close()
    }

    @Test("a read completes a row only if no touch came meanwhile")
    func touchedDuringRead() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await touch(store, event: 1, at: now, due: now)
        let first = try #require(try await claim(store, at: now).first)
        try await touch(store, event: 2, at: now + 10, due: now + 900)
        try await touch(store, event: 3, at: now + 20, due: now + 800)
        #expect(try await claim(store, at: now + 30).isEmpty, "the lease still runs")
        let outcome = try await store.write {
            try $0.completeTouched(first, readAtMs: now + 1, followUp: (now + 5_000, 1)) { row in
                #expect(row.pendingDueAtMs == now + 800)
                #expect(row.lastReadAtMs == now + 1)
                return row.pendingDueAtMs ?? 0
            }
        }
        #expect(outcome == .touchedAgain)
        let second = try #require(try await claim(store, at: now + 800).first)
        #expect(second.row.firstEventID == 2)
        #expect(second.row.lastEventID == 3)
        #expect(second.row.eventCount == 2)
        #expect(second.row.lastReadAtMs == now + 1)
        #expect(second.claim.tries == 1)
        let done = try await store.write {
            try $0.completeTouched(second, readAtMs: now + 801, followUp: nil, retouchedDueAtMs: { _ in 0 })
        }
        #expect(done == .completed)
        #expect(try await row(store)?.state == .done)
        await store.close()
    }

    @Test("an expired lease fences its reader off, and no event is forgotten")
    func fenced() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await touch(store, event: 1, at: now, due: now)
        let first = try #require(try await claim(store, at: now).first)
        try await touch(store, event: 2, at: now + 1, due: now + 1)
        let second = try #require(try await claim(store, at: now + 60_000).first)
        #expect(second.row.firstEventID == 1)
        #expect(second.row.eventCount == 2)
        let late = try await store.write {
            try $0.completeTouched(first, readAtMs: now + 2, followUp: nil, retouchedDueAtMs: { _ in 0 })
        }
        #expect(late == .fenced)
        let outcome = try await store.write {
            try $0.completeTouched(second, readAtMs: now + 60_001, followUp: nil, retouchedDueAtMs: { _ in 0 })
        }
        #expect(outcome == .completed)
        await store.close()
    }

    @Test("a follow-up reads once more without a touch; a touch before it begins a new series")
    func followUp() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await touch(store, event: 1, at: now, due: now)
        let first = try #require(try await claim(store, at: now).first)
        _ = try await store.write {
            try $0.completeTouched(first, readAtMs: now + 1, followUp: (now + 900, 1), retouchedDueAtMs: { _ in 0 })
        }
        #expect(try await row(store)?.followUp == 1)
        try await touch(store, event: 7, at: now + 500, due: now + 600)
        let second = try #require(try await claim(store, at: now + 600).first)
        #expect(second.row.firstEventID == 7)
        #expect(second.row.eventCount == 1)
        #expect(second.row.followUp == 0)
        #expect(second.row.lastReadAtMs == now + 1)
        await store.close()
    }

    @Test("a touch sees when a read that waits is due, and a done row opens again")
    func pending() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await touch(store, event: 1, at: now, due: now + 50)
        let ad = ad
        let seen = try await store.write { transaction -> Int64? in
            var seen: Int64?
            try transaction.touch(workspace: "w", accountID: "", ref: ad, eventID: 2, nowMs: now + 1) { row in
                seen = row?.pendingDueAtMs
                return now + 50
            }
            return seen
        }
        #expect(seen == now + 50)
        #expect(try await row(store)?.accountID == "1", "an unknown account never overwrites a known one")
        let claimed = try #require(try await claim(store, at: now + 50).first)
        _ = try await store.write {
            try $0.completeTouched(claimed, readAtMs: now + 51, followUp: nil, retouchedDueAtMs: { _ in 0 })
        }
        try await touch(store, event: 9, at: now + 100, due: now + 100)
        let again = try #require(try await claim(store, at: now + 100).first)
        #expect(again.row.firstEventID == 9)
        #expect(again.row.eventCount == 1)
        await store.close()
    }

    @Test("a held row stays held when it is touched, and goes on with all its events")
    func heldTouched() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await touch(store, event: 1, at: now, due: now)
        let first = try #require(try await claim(store, at: now).first)
        let gate = Gate.token(workspace: "w")
        try await store.write {
            _ = try $0.hold(.touched, id: first.claim.id, attempt: 1, gate: gate, reason: "token", nowMs: now)
        }
        try await touch(store, event: 2, at: now + 1, due: now + 1)
        #expect(try await row(store)?.state == .held)
        #expect(try await claim(store, at: now + 1_000).isEmpty)
        _ = try await store.write { try $0.release(gate, nowMs: now + 2_000) }
        let again = try #require(try await claim(store, at: now + 2_000).first)
        #expect(again.row.firstEventID == 1)
        #expect(again.row.eventCount == 2)
        #expect(again.claim.tries == 1)
        await store.close()
    }

    @Test("one account's rows can be claimed alone")
    func byAccount() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for number in 0..<6 {
                try transaction.touch(
                    workspace: "w", accountID: number < 4 ? "1" : "2", ref: EntityRef(.ad, "\(number)"), eventID: 1, nowMs: now,
                    dueAtMs: { _ in now })
            }
        }
        let claimed = try await store.write {
            try $0.claimTouched(nowMs: now, leaseMs: 1, limit: 99, owner: "boot-1", accountID: "2")
        }
        #expect(claimed.map(\.row.ref.id) == ["4", "5"])
        await store.close()
    }
}
