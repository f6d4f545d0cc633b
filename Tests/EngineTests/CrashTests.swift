import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Stopped anywhere, started again", .serialized)
struct CrashTests {
    private static let campaigns = (0..<6).map { "\(1000 + $0)" }

    private func setup() throws -> Setup {
        Setup([try VersionedRule.when("spend", "last_7d", "> 5", then: [.budget(by: "+25%")])])
    }

    /// What must hold after everything has come to its end: each campaign stepped once, from one action of one key.
    private func check(_ world: World, _ stage: String) async throws {
        for id in Self.campaigns {
            #expect(world.emulator.entity(id)?.dailyBudget == "12500", "\(stage), \(id)")
            let stepped = world.changes.filter { $0.id == id && $0.old != $0.new }
            #expect(stepped.count == 1, "\(stage), \(id)")
        }
        let actions = try await world.actions()
        #expect(actions.count == Self.campaigns.count && actions.allSatisfy { $0.state == .done }, "\(stage)")
        #expect(Set(actions.map(\.idempotencyKey)).count == actions.count)
        #expect(try await world.store.read { try $0.undecoded(limit: 1) }.isEmpty)
        for queue in [Queue.jobs, .outbox, .touched] {
            let depth = try await world.store.read { try $0.depth(queue) }
            #expect(depth.held == 0 && depth.dead == 0, "\(stage), \(queue)")
        }
    }

    @Test("stopped after the nth call to Meta and started again: everything acknowledged is processed, each value stepped once")
    func stopped() async throws {
        for n in [0, 1, 2, 3, 4, 6, 9, 13, 18] {
            let setup = try setup()
            let slow = #"[{match: {}, count: forever, do: {delay_ms: 3}}]"#
            try await World.with(setup, scene: Scene.campaigns(Self.campaigns.count), faults: slow) { world in
                for (number, id) in Self.campaigns.enumerated() { try await world.touch(.campaign, id, n: number) }
                try await eventually("call \(n)") { world.emulator.log().count >= n }
                try await world.restart(setup)
                try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
                try await check(world, "stopped after call \(n)")
            }
        }
    }

    @Test(
        "the nth call to Meta fails, for every n until none does: each value is stepped once",
        arguments: [#"{status: 500, code: 2, message: "no"}"#, #"{lost: true}"#])
    func everyCall(way: String) async throws {
        var n = 1
        while true {
            let faults = #"[{name: nth, match: {}, from: \#(n), do: \#(way)}]"#
            var hasFailed = false
            try await World.with(try setup(), scene: Scene.campaigns(Self.campaigns.count), faults: faults) { world in
                try await world.deliver(Scene.touch(.campaign, Self.campaigns, n: 1))
                try await eventually("all are done") {
                    try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
                    return try await world.actions().filter { $0.state == .done }.count == Self.campaigns.count
                }
                try await check(world, "call \(n)")
                hasFailed = world.emulator.log().contains { $0.fault == "nth" }
            }
            guard hasFailed else { break }
            n += 1
        }
        #expect(n > 3 + 3 * Self.campaigns.count)
    }

    @Test("an event that comes while its entity is being read is not lost: the entity is read once more")
    func touchedMeanwhile() async throws {
        let faults = #"[{match: {method: GET, path: "/insights"}, count: 1, do: {delay_before_ms: 300}}]"#
        try await World.with(faults: faults) { world in
            try await world.touch(.campaign, "11", n: 1)
            try await eventually("it is being read") { try await world.touched(.campaign, "11")?.isLeased == true }
            try await world.touch(.campaign, "11", n: 2)
            try await eventually("touched meanwhile") { try await world.touched(.campaign, "11")?.generation == 2 }
            try await world.settle(untilMs: world.clock.nowMs() + 60_000)
            #expect(world.insightReads.count == 2)
            #expect(try await world.touched(.campaign, "11")?.state == .done)
        }
    }

    @Test("a second engine on the same database is refused while the first runs", .enabled(if: TemporaryStore.engine == .sqlite))
    func second() async throws {
        try await World.with { world in
            let location = try world.store.options.location
            #expect {
                try Store.open(Store.Options(at: location, masterKeys: world.store.options.masterKeys, bootID: "other"))
            } throws: { error in
                guard case .locked = error as? StoreError else { return false }
                return true
            }
        }
    }
}
