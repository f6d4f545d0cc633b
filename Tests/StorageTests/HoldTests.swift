import Core
import Storage
import TestSupport
import Testing

@Suite("Holds and gates")
struct HoldTests {
    @Test("a hold lasts until its time or its release, across restarts")
    func holds() async throws {
        let temporary = try TemporaryStore()
        var store = try temporary.open()
        try await store.write { transaction throws in
            try transaction.setHold("*", untilMs: now + 100, by: "ann", nowMs: now)
            try transaction.setHold("shop", untilMs: nil, by: "bob", nowMs: now)
        }
        await store.close()
        store = try temporary.open(bootID: "boot-2")
        try await store.write { transaction throws in
            #expect(try transaction.holds(nowMs: now).map(\.scope) == ["*", "shop"])
            #expect(try transaction.isHeld(workspace: "other", nowMs: now + 99))
            #expect(try !transaction.isHeld(workspace: "other", nowMs: now + 100))
            #expect(try transaction.isHeld(workspace: "shop", nowMs: now + 100))
            #expect(try transaction.clearHold("shop"))
            #expect(try !transaction.clearHold("shop"))
            #expect(try !transaction.isHeld(workspace: "shop", nowMs: now + 100))
        }
        await store.close()
    }

    @Test("a gate closes once, is asked about when it is due, and opens with everything it held")
    func gates() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let gate = Gate.token(workspace: "w")
        try await store.write { transaction throws in
            try transaction.closeGate(gate, reason: "first", nowMs: now, probeAtMs: now + 10)
            try transaction.closeGate(gate, reason: "second", nowMs: now + 5, probeAtMs: now + 99)
            #expect(try transaction.gates() == [ClosedGate(gate: gate, closedAtMs: now, reason: "first", probeAtMs: now + 10)])
            try transaction.postponeProbe(gate, probeAtMs: now + 50)
            #expect(try transaction.gates(dueAtMs: now + 49).isEmpty)
            #expect(try transaction.release(gate, nowMs: now + 50) == 0)
            #expect(try !transaction.isClosed(gate))
        }
        await store.close()
    }
}
