import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Several gateways on one database", .serialized, .enabled(if: TemporaryStore.engine == .postgresql))
struct SeveralGatewaysTests {
    private static func pausing() throws -> Setup { Setup([try VersionedRule.when("spend", "last_7d", "> 5", then: [.pause])]) }

    private func holder(_ duty: String, _ world: World) async throws -> String? {
        let nowMs = world.clock.nowMs()
        return try await world.store.read { transaction in
            try transaction.run("SELECT owner FROM duties WHERE duty = \(duty) AND until > \(nowMs)").first?.text("owner")
        }
    }

    private func rotate(_ world: World, _ peer: World.Peer) throws {
        for bell in [Bell.deliveries, .jobs, .touched, .outbox, .holds] {
            try world.store.notifier.ring(bell)
            peer.store.notifier.ring(bell)
        }
    }

    @Test("one decodes; when it stops in order, the other does within a second; nothing is lost and nothing done twice")
    func handOver() async throws {
        try await World.with(try Self.pausing(), scene: Scene.campaigns(40)) { world in
            try await eventually("the first decodes") { try await holder("decoding", world) == "boot-1" }
            let peer = try await world.join(try Self.pausing())
            for n in 0..<20 { try await world.touch(.campaign, "\(1000 + n)", n: n) }
            await world.stop()
            let stoppedMs = world.clock.nowMs()
            for n in 20..<40 {
                _ = try await peer.store.append(
                    try TemporaryStore.envelope(Scene.touch(.campaign, ["\(1000 + n)"], n: n)), receivedAtMs: world.clock.nowMs())
            }
            try await eventually("the other decodes") { try await peer.store.read { try $0.undecoded(limit: 1) }.isEmpty }
            #expect(world.clock.nowMs() - stoppedMs < 3_000)
            try await eventually("all are paused", withinMs: 60_000) {
                try await peer.store.read {
                    try $0.run("SELECT COUNT(*) AS n FROM action_history WHERE state = 'done'")[0].int("n")
                } == 40
            }
            #expect(world.posts.count == 40 && Set(world.changes.map(\.id)).count == 40)
            #expect(try await peer.store.read { try $0.run("SELECT COUNT(*) AS n FROM action_history")[0].int("n") } == 40)
            await peer.stop()
        }
    }

    @Test(
        "reliability 30: a decoder that was silent for too long has lost its duty; what it read is dropped, and its writes are refused"
    )
    func fenced() async throws {
        try await World.with(Setup()) { world in
            try await eventually("the first decodes") { try await holder("decoding", world) == "boot-1" }
            let nowMs = world.clock.nowMs()
            let mine = try await world.store.write { try $0.take(.decoding, nowMs: nowMs, forMs: Limits.dutyMs) }
            let term = try #require(mine)
            // somebody else takes it, as after a stop of the process
            let peer = try await world.join(Setup())
            let later = nowMs + 10 * Limits.dutyMs
            let theirs = try await peer.store.write { try $0.take(.decoding, nowMs: later, forMs: 600_000) }
            #expect(theirs.map { $0.number > term.number } == true)
            await #expect(throws: StoreError.fenced) { try await world.store.write { try $0.require(term) } }
            let seq = try await world.touch(.campaign, "11")
            try await eventually("the other decodes") { try await world.store.read { try $0.delivery(seq)?.decoded } == true }
            #expect(try await holder("decoding", world) == "boot-2")
            await peer.stop()
        }
    }

    @Test("hold returns when no gateway writes any more: nothing is written afterwards, by any; release lets all go on")
    func hold() async throws {
        let slow = #"[{match: {method: POST}, count: forever, do: {delay_before_ms: 50}}]"#
        try await World.with(try Self.pausing(), scene: Scene.campaigns(120), faults: slow) { world in
            let peer = try await world.join(try Self.pausing())
            try await eventually("both are there") {
                let nowMs = world.clock.nowMs()
                return try await world.store.read { try $0.gateways(nowMs: nowMs, withinMs: Limits.presenceMs) }.count == 2
            }
            try await world.deliver(Scene.touch(.campaign, (0..<120).map { "\(1000 + $0)" }, n: 1))
            try await eventually("writes are under way") { world.posts.count >= 10 }
            try await world.engine.hold("belmonte", untilMs: nil, by: "test")
            let written = world.posts.count
            #expect(written < 120)
            #expect(peer.engine.writeGate.holding("belmonte") == "belmonte")
            try await eventually("the rest is held") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'open'") == 0
            }
            #expect(world.posts.count == written)
            _ = try await peer.engine.release("belmonte")
            try await eventually("all are done", withinMs: 60_000) {
                try await world.count("SELECT COUNT(*) FROM action_history WHERE state = 'done'") == 120
            }
            #expect(world.posts.count == 120 && Set(world.changes.map(\.id)).count == 120)
            #expect(try world.engine.writeGate.scopes.isEmpty && peer.engine.writeGate.scopes.isEmpty)
            await peer.stop()
        }
    }

    @Test("a gateway that joins while a hold stands writes nothing; one that is silent does not keep hold from returning")
    func joinsHeld() async throws {
        try await World.with(try Self.pausing(), scene: Scene.campaigns(3)) { world in
            try await eventually("it is there") {
                let nowMs = world.clock.nowMs()
                return try await world.store.read { try $0.gateways(nowMs: nowMs, withinMs: Limits.presenceMs) }.count == 1
            }
            // one that was there a moment ago, and will never say anything again
            let seenMs = world.clock.nowMs() - Limits.presenceMs + 1_000
            _ = try await world.store.write { transaction in
                try transaction.run(
                    """
                    INSERT INTO gateways (boot_id, host, pid, program, since, seen_at, holds_seen, holds_seen_at)
                    VALUES ('silent', 'h', 1, 'touchstone', \(seenMs), \(seenMs), 0, 0)
                    """)
            }
            try await world.engine.hold("*", untilMs: nil, by: "test")
            let peer = try await world.join(try Self.pausing())
            try await world.touch(.campaign, "1000")
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            #expect(world.posts.isEmpty && peer.engine.writeGate.holding("x") == "*")
            await peer.stop()
        }
    }

    @Test("schedules run at one gateway: a hold that ends is released once, and the gates of both open")
    func schedules() async throws {
        try await World.with(try Self.pausing(), scene: Scene.campaigns(3)) { world in
            let peer = try await world.join(try Self.pausing())
            try await world.engine.hold("*", untilMs: world.clock.nowMs() + 60_000, by: "test")
            try await world.touch(.campaign, "1000")
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            try world.advance(ms: 61_000)
            try await eventually("done", withinMs: 40_000) {
                try rotate(world, peer)
                return try await world.actions().first?.state == .done
            }
            try await eventually("both gates are open") {
                try world.engine.writeGate.scopes.isEmpty && peer.engine.writeGate.scopes.isEmpty
            }
            #expect(world.posts.count == 1)
            await peer.stop()
        }
    }
}
