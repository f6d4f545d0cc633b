import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Hold and release", .serialized)
struct HoldTests {
    private static let many = 200

    private func setup() throws -> Setup { Setup([try VersionedRule.when("spend", "last_7d", "> 5", then: [.pause])]) }

    /// 200 pauses under way, each POST taking its time.
    private func inFlight(_ body: (World, Setup) async throws -> Void) async throws {
        let setup = try setup()
        let slow = #"[{match: {method: POST}, count: forever, do: {delay_before_ms: 30}}]"#
        try await World.with(setup, scene: Scene.campaigns(Self.many), faults: slow) { world in
            try await world.deliver(Scene.touch(.campaign, (0..<Self.many).map { "\(1000 + $0)" }, n: 1))
            try await eventually("writes are under way") { world.posts.count >= 20 }
            try await body(world, setup)
        }
    }

    private func allHeldOrDone(_ world: World) async throws {
        try await eventually("what is left is held") {
            try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'open'") == 0
        }
    }

    @Test("with 200 writes in flight: after hold has returned none reaches Meta; release does the rest, each once")
    func hold() async throws {
        try await inFlight { world, _ in
            try await world.engine.hold("*", untilMs: nil, by: "test")
            let written = world.posts.count
            #expect(written < Self.many)
            try await allHeldOrDone(world)
            try await world.touch(.campaign, "1000", n: 2)  // reading and deciding go on
            try await world.settle()
            #expect(world.posts.count == written)
            let held = try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held' AND gate = 'hold:*'")
            #expect(held == Self.many - written && held > 0)
            #expect(try await world.engine.release("*") == held)
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(try await world.actions().filter { $0.state == .done }.count == Self.many)
            #expect(world.posts.count == Self.many && Set(world.changes.map(\.id)).count == Self.many)
        }
    }

    @Test("a hold survives a restart, and so does what it holds")
    func restart() async throws {
        try await inFlight { world, setup in
            try await world.engine.hold("belmonte", untilMs: nil, by: "test")
            let written = world.posts.count
            try await world.restart(setup)
            #expect(world.posts.count == written)
            try await allHeldOrDone(world)
            #expect(world.posts.count == written)
            #expect(try await world.engine.release("belmonte") > 0)
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(try await world.actions().filter { $0.state == .done }.count == Self.many)
            #expect(world.posts.count == Self.many)
        }
    }

    @Test("a hold with an end ends by itself, once, whether or not it was running then", arguments: [false, true])
    func ends(restarted: Bool) async throws {
        let setup = try setup()
        try await World.with(setup, scene: Scene.campaigns(3)) { world in
            try await world.engine.hold("*", untilMs: world.clock.nowMs() + 7_200_000, by: "test")
            try await world.touch(.campaign, "1000")
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            try world.advance(ms: 7_100_000)
            if restarted { try await world.restart(setup) }
            try await world.settle()
            #expect(world.posts.isEmpty)
            if restarted {
                await world.stop()
                world.clock.advance(ms: 200_000)
                try await world.restart(setup)
            } else {
                try world.advance(ms: 200_000)
            }
            try await eventually("it ended") { try await world.actions().first?.state == .done }
            #expect(world.posts.count == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM holds") == 0)
            #expect(try world.engine.writeGate.scopes.isEmpty)
        }
    }

    @Test("two holds: with one released the other still holds")
    func both() async throws {
        try await World.with(try setup(), scene: Scene.campaigns(2)) { world in
            try await world.engine.hold("*", untilMs: nil, by: "test")
            try await world.engine.hold("belmonte", untilMs: nil, by: "test")
            try await world.touch(.campaign, "1000")
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            _ = try await world.engine.release("*")
            try await eventually("held by the other") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE gate = 'hold:belmonte'") == 1
            }
            #expect(world.posts.isEmpty)
            _ = try await world.engine.release("belmonte")
            try await eventually("done") { try await world.actions().first?.state == .done }
        }
    }

    @Test("a hold that is set while an older one of its scope ends still holds, in the table and at the gate")
    func again() async throws {
        try await World.with(try setup(), scene: Scene.campaigns(2)) { world in
            let engine = try world.engine
            for _ in 0..<100 {
                try await engine.hold("*", untilMs: world.clock.nowMs() + 60_000, by: "test")
                world.clock.advance(ms: 120_000)
                async let ended: Void = engine.endExpiredHolds()
                async let held: Void = engine.hold("*", untilMs: nil, by: "test")
                _ = try await (ended, held)
                #expect(engine.writeGate.holding("belmonte") == "*")
                #expect(try await world.count("SELECT COUNT(*) FROM holds") == 1)
                _ = try await engine.release("*")
                #expect(engine.writeGate.holding("belmonte") == nil)
            }
            try await engine.hold("*", untilMs: nil, by: "test")
            try await world.touch(.campaign, "1000")
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            #expect(world.posts.isEmpty)
        }
    }

    @Test("the gate: nobody enters after it was closed, and drain waits for writes under way")
    func gate() async throws {
        let gate = WriteGate(shut: [])
        #expect(gate.enter("a") == nil && gate.enter("b") == nil)
        gate.close("c")
        await gate.drain("c")
        gate.close("a")
        let one = Task { await gate.drain("a") }
        #expect(gate.holding("a") == "a" && gate.enter("a") != nil && gate.enter("b") == nil)
        gate.leave("b")
        gate.leave("a")
        await one.value
        gate.close("*")
        let all = Task { await gate.drain("*") }
        #expect(gate.holding("b") == "*" && gate.enter("b") != nil)
        gate.leave("b")
        await all.value
        #expect(gate.scopes == ["*", "a", "c"])
        gate.open("*")
        #expect(gate.enter("b") == nil && gate.enter("a") != nil)
    }

    @Test("where others can set holds, nobody writes on what was read too long ago: a process that was stopped reads again first")
    func stale() throws {
        let clock = ManualClock(at: 1_000_000)
        let gate = WriteGate(shut: [], freshMs: 7_000, nowMs: { clock.nowMs() })
        guard case .snooze(_, let reason) = gate.enter("a") else {
            Issue.record("entered without knowing the holds")
            return
        }
        #expect(reason.code == "holds_unknown")
        gate.stand([], readAtMs: clock.nowMs())
        #expect(gate.enter("a") == nil)
        gate.leave("a")
        clock.advance(ms: 7_100)
        #expect(gate.enter("a") != nil && gate.refusal("a") != nil)
        gate.stand(["a"], readAtMs: clock.nowMs())
        guard case .hold(.operatorHold("a"), _) = gate.enter("a") else {
            Issue.record("entered what is held")
            return
        }
        #expect(gate.enter("b") == nil)
        clock.advance(ms: -60_000)  // set back: what is known seems to come from the future
        #expect(gate.enter("b") != nil)
    }
}
