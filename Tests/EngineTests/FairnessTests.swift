import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Handlers that hang", .serialized)
struct FairnessTests {
    /// Leads of Page 7243; those of `hanging` are not answered for longer than the test takes.
    private static func faults(_ hanging: Range<Int>) -> String {
        "["
            + hanging.map { #"{match: {method: GET, path: "/\#($0)"}, count: forever, do: {delay_before_ms: 120000}}"# }
            .joined(separator: ", ") + "]"
    }

    private static let setup = Setup { $0.chains = [[ChainStep(handler: "fetch_lead"), ChainStep(handler: "store_lead")]] }

    private static func scene(_ ids: Range<Int>) -> String { LeadScene.scene(ids.map { LeadScene.lead($0) }) }

    /// One delivery with many leads.
    private static func leads(_ ids: some Sequence<Int>) -> String {
        let changes = ids.map { id in
            #"{"field":"leadgen","value":{"leadgen_id":"\#(id)","page_id":"7243","form_id":"5","ad_id":"1111","created_time":1795175989}}"#
        }
        return #"{"object":"page","entry":[{"id":"7243","time":1795175990,"changes":[\#(changes.joined(separator: ","))]}]}"#
    }

    private func isStored(_ world: World, _ id: Int) async throws -> Bool { try await world.lead(id) != nil }

    /// Of the only job.
    private func attempt(_ world: World) async throws -> Int {
        try await world.count("SELECT COALESCE(MAX(attempt), 0) FROM jobs")
    }

    @Test("a hanging handler holds its own key and slot, and nothing else: all others are done while it hangs")
    func ownKeyOnly() async throws {
        try await World.with(Self.setup, scene: Self.scene(5_000..<5_100), faults: Self.faults(5_000..<5_020)) { world in
            try await world.deliver(Self.leads(5_000..<5_100))
            try await eventually("the others are stored", withinMs: 10_000) {
                try await world.count("SELECT COUNT(*) FROM leads") == 80
            }
            #expect(try await world.count("SELECT COUNT(*) FROM jobs WHERE state = 'open' AND owner IS NOT NULL") == 20)
            #expect(try await !isStored(world, 5_010))
        }
    }

    @Test(
        "reliability 25: more handlers hang than there are slots: fresh keys still find room, and none that hangs counts an attempt for it"
    )
    func moreThanSlots() async throws {
        let (hanging, fresh) = (5_000..<5_060, 9_000..<9_040)
        let scene = LeadScene.scene((Array(hanging) + Array(fresh)).map { LeadScene.lead($0) })
        let faults = #"[{match: {method: GET, path: "/5"}, count: forever, do: {delay_before_ms: 120000}}]"#
        var setup = Self.setup
        setup.slots = JobSlots(max: 32, look: 8)
        try await World.with(setup, scene: scene, faults: faults) { world in
            try await world.deliver(Self.leads(hanging))
            try await eventually("all slots are taken") {
                try await world.count("SELECT COUNT(*) FROM jobs WHERE attempt > 0") >= 32
            }
            try await world.deliver(Self.leads(fresh))
            try await eventually("the fresh ones are stored") {
                try await world.count("SELECT COUNT(*) FROM leads") == fresh.count
            }
            let madeRoom = try await world.count("SELECT COUNT(*) FROM jobs WHERE reason LIKE 'made_room:%' AND attempt > 0")
            #expect(madeRoom > 0)
            #expect(try await world.count("SELECT COUNT(*) FROM jobs WHERE attempt - uncounted > 1 OR state = 'dead'") == 0)
        }
    }

    @Test("reliability 7: a handler that runs for longer than its lease is not started a second time; its result counts")
    func neverTwice() async throws {
        let slow = #"[{match: {method: GET, path: "/5000"}, count: 1, do: {delay_before_ms: 1500}}]"#
        try await World.with(Self.setup, scene: Self.scene(5_000..<5_001), faults: slow) { world in
            try await world.deliver(Self.leads([5_000]))
            try await eventually("it is being read") { try await attempt(world) == 1 }
            try world.advance(ms: Limits.leaseMs + 1)  // as if the machine had slept
            try await eventually("leased anew") { try await attempt(world) == 2 }
            try await eventually("stored") { try await isStored(world, 5_000) }
            #expect(world.reads(of: "5000") == 1)
            #expect(try await world.job().state == .done)
        }
    }

    @Test("a stop gives back what was under way: it counts no attempt, and the next process goes on at once")
    func stopped() async throws {
        let slow = #"[{match: {method: GET, path: "/5000"}, count: 1, do: {delay_before_ms: 120000}}]"#
        var setup = Self.setup
        setup.timeoutMs = 1_000
        try await World.with(setup, scene: Self.scene(5_000..<5_001), faults: slow) { world in
            try await world.deliver(Self.leads([5_000]))
            try await eventually("under way") { try await attempt(world) == 1 }
            try await world.restart(setup)
            try await eventually("stored") {
                try await world.settle(untilMs: world.clock.nowMs() + 60_000)  // the call may not have left before the stop
                return try await isStored(world, 5_000)
            }
            let job = try await world.job()
            #expect(job.tries == 1 && job.attempt >= 2)
        }
    }

    @Test("the order of a key holds, whatever hangs: nothing of a key overtakes", .timeLimit(.minutes(1)))
    func order() async throws {
        let slow = #"[{match: {method: GET, path: "/50"}, count: 10, do: {delay_before_ms: 400}}]"#
        try await World.with(Self.setup, scene: Self.scene(5_000..<5_040), faults: slow) { world in
            for _ in 0..<3 { try await world.deliver(Self.leads(5_000..<5_040)) }  // repeats are duplicates
            try await world.settle()
            let inverted = try await world.count(
                """
                SELECT COUNT(*) FROM jobs a JOIN jobs b ON a.order_key = b.order_key AND a.id < b.id
                WHERE a.state <> 'done' AND b.state = 'done'
                """)
            #expect(inverted == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM leads") == 40)
        }
    }
}
