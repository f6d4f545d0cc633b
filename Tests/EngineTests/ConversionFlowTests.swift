import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Conversions to Meta: when they leave, and what must not go twice")
struct ConversionFlowTests {
    private static let hour: Int64 = 3_600_000

    private func faults(_ world: World, _ how: String, count: String = "forever") throws {
        try world.emulator.setFaults(yaml: "[{match: {suffix: /events}, count: \(count), do: \(how)}]")
    }

    /// Until those who send have looked twice from now on.
    private func haveLooked(_ world: World) async throws {
        for _ in 0..<2 {
            var last = Int64.min
            try await eventually("looked") {
                let age = try world.engine.loops["conversions"] ?? 0
                defer { last = age }
                return age < last
            }
        }
    }

    private func waiting(_ world: World) async throws -> Int {
        try await world.count("SELECT COUNT(*) FROM outbox WHERE kind = 'conversion' AND state = 'open'")
    }

    // MARK: linger

    @Test("events wait for company as long as their source lets them, by the clock, and then leave in one call")
    func lingering() async throws {
        let setup = ConversionScene.setup { $0.forwarding.lingerMs = 60_000 }
        try await World.with(setup, scene: ConversionScene.base) { world in
            for number in 0..<3 {
                try await world.convert([ConversionScene.event(id: "order-\(number)")])
                try await eventually("waits") { try await waiting(world) == number + 1 }
                try world.advance(ms: 10_000)
            }
            try world.advance(ms: 18_000)
            try await haveLooked(world)
            let early = try await waiting(world)
            #expect(early == 3 && world.eventCalls.isEmpty)
            try world.advance(ms: 12_000)
            try await world.goOn(until: "forwarded", stepMs: 1_000) { try await world.conversions(.forwarded) == 3 }
            #expect(world.eventCalls.map(\.events) == [3])
        }
    }

    @Test("a thousand wait for nobody, however long they might")
    func full() async throws {
        let setup = ConversionScene.setup { $0.forwarding.lingerMs = 60_000 }
        try await World.with(setup, scene: ConversionScene.base) { world in
            try await world.convert([ConversionScene.event(id: "first")])
            try await eventually("waits") { try await waiting(world) == 1 }
            try await haveLooked(world)
            #expect(world.eventCalls.isEmpty)
            for part in 0..<10 {
                try await world.convert((0..<100).map { ConversionScene.event(id: "order-\(part * 100 + $0)") })
            }
            try await eventually("forwarded", withinMs: 60_000) { try await world.conversions(.forwarded) >= 1_000 }
            #expect(world.eventCalls.compactMap(\.events).max() == 1_000)
        }
    }

    // MARK: what may have arrived

    @Test("the 48 hours run from the first attempt: what was held for days before may still be tried again")
    func heldBefore() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.engine.hold("belmonte", untilMs: nil, by: "test")
            try await world.convert([ConversionScene.event()])
            try await eventually("held") { try await world.store.read { try $0.depth(.outbox).held } == 1 }
            try world.passTime(ms: 72 * Self.hour)
            try faults(world, "{lost: before}", count: "9")  // three times three in a row
            #expect(try await world.engine.release("belmonte") == 1)
            try await eventually("forwarded") {
                try await world.settle(untilMs: world.clock.nowMs() + Self.hour)
                return try await world.conversions(.forwarded) == 1
            }
            #expect(world.eventCalls.count == 10 && world.emulator.eventTotals().accepted == 1)
        }
    }

    @Test("more than 48 hours after the first attempt whose answer was lost it is not sent again, unless a person says so")
    func tooLong() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try faults(world, "{lost: before}", count: "3")
            try await world.convert([ConversionScene.event()])
            try await eventually("lost") {
                try await world.messages().contains { $0.reason?.hasPrefix("graph_answer_lost:") == true }
            }
            let firstMs = try #require(try await world.messages()[0].firstAttemptMs)
            #expect((0..<60_000).contains(firstMs - Scene.startMs))
            try world.passTime(ms: 48 * Self.hour + 60_000)
            try await eventually("refused") { try await world.conversions(.refused) == 1 }
            let row = try await world.conversions()[0]
            #expect(row.reason?.hasPrefix("tried_too_long:") == true && world.eventCalls.count == 3)
            let nowMs = world.clock.nowMs()
            #expect(try await world.store.write { try $0.retryEvents([row.eventID], nowMs: nowMs) }.messages == 1)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 1 }
            #expect(world.emulator.eventTotals().accepted == 1)
        }
    }

    private static let bare = EventIDPolicy(missing: .leave, website: .leave)

    @Test(
        "an event without an id is not sent twice when an answer was lost or counted less; a shop's sale has a key of its own",
        arguments: ["{lost: true}", #"{body: '{"events_received":1,"messages":[],"fbtrace_id":"A"}', work: true}"#])
    func withoutID(how: String) async throws {
        let setup = ConversionScene.setup { $0.forwarding.eventIDs = Self.bare }
        try await World.with(setup, scene: ConversionScene.base) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            let sale = ConversionScene.event(id: nil).replacing("\"website\"", with: "\"physical_store\"")
            try await world.convert([ConversionScene.event(id: nil), ConversionScene.event(id: "order-1"), sale])
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 3 }
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try faults(world, how, count: "1")
            try world.passTime(ms: 60_000)
            try await eventually("ended") {
                try await world.settle(untilMs: world.clock.nowMs() + Self.hour)
                return try await world.states() == [.forwarded: 2, .refused: 1]
            }
            let bare = try await world.conversions()[0]
            #expect(bare.state == .refused && bare.reason?.hasPrefix("maybe_received:") == true)
            #expect(world.emulator.events().filter { $0.eventID == nil && $0.actionSource == "website" }.map(\.received) == [1])
        }
    }

    @Test("a lost answer is asked for again at once, and costs no wait")
    func atOnce() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try faults(world, "{lost: true}", count: "2")
            try await world.convert([ConversionScene.event()])
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 1 }
            #expect(world.eventCalls.count == 3)
            #expect(try await world.messages().map(\.attempt) == [1])
            #expect(world.emulator.events().map(\.received) == [3] && world.emulator.events().map(\.accepted) == [1])
        }
    }

    @Test("an event without an id goes again when it surely did not arrive")
    func surelyNot() async throws {
        let setup = ConversionScene.setup { $0.forwarding.eventIDs = Self.bare }
        try await World.with(setup, scene: ConversionScene.base) { world in
            try faults(world, #"{status: 500, code: 2, message: "no"}"#, count: "2")
            try await world.convert([ConversionScene.event(id: nil)])
            try await eventually("forwarded") {
                try await world.settle(untilMs: world.clock.nowMs() + Self.hour)
                return try await world.conversions(.forwarded) == 1
            }
            #expect(world.emulator.eventTotals().accepted == 1 && world.emulator.events().map(\.eventID) == [nil])
        }
    }

    @Test("stopped in the middle of a call: an event without an id is not sent again")
    func stoppedWithoutID() async throws {
        let setup = ConversionScene.setup { $0.forwarding.eventIDs = Self.bare }
        try await World.with(setup, scene: ConversionScene.base) { world in
            try faults(world, "{delay_ms: 3000}", count: "1")
            try await world.convert([ConversionScene.event(id: nil), ConversionScene.event(id: "order-1")])
            try await eventually("the call is under way") {
                world.eventCalls.count >= 1 || world.emulator.eventTotals().accepted >= 1
            }
            try await world.restart(setup)
            try await eventually("ended") {
                try await world.settle(untilMs: world.clock.nowMs() + Self.hour)
                return try await world.conversions(.waiting) == 0
            }
            #expect(world.emulator.events().allSatisfy { $0.accepted == 1 } && world.emulator.events().count == 2)
            #expect(world.emulator.events().first { $0.eventID == nil }?.received == 1)
            #expect(try await world.conversions(.refused) == 1)
        }
    }

    // MARK: the breaker

    private func standing(_ world: World) throws -> BreakerStanding? {
        try world.engine.breakers.first { $0.destination == "dataset:900" }
    }

    @Test(
        "a dataset whose calls fail time after time is left alone, asked with one, and then all go; nothing is lost and no attempt counted"
    )
    func breaker() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try faults(world, #"{status: 503, code: 2, message: "down"}"#)
            for number in 1...5 {
                try await world.convert([ConversionScene.event(id: "order-\(number)")])
                try await eventually("tried") { world.eventCalls.count >= number }
            }
            try await eventually("open") { try standing(world)?.state == .open }
            let calls = world.eventCalls.count
            for part in 0..<5 { try await world.convert((0..<4).map { ConversionScene.event(id: "late-\(part)-\($0)") }) }
            try await eventually("they wait") {
                let late = try await world.messages().prefix(20)
                return late.count == 20 && late.allSatisfy { $0.reason?.hasPrefix("dataset_resting:") == true && $0.tries == 0 }
            }
            #expect(world.eventCalls.count == calls)
            // five, and perhaps one that was under way with the fifth: a first retry may come at once
            let failures = try standing(world)?.failures ?? 0
            #expect(failures >= 5)
            #expect(try standing(world).map { $0.putOff > 0 && $0.workspace == "belmonte" } == true)

            // still down: one call asks
            try world.passTime(ms: 30_000)
            try await eventually("asked") { world.eventCalls.count > calls }
            try await eventually("open again") { try standing(world).map { $0.failures > failures && $0.state == .open } == true }
            world.emulator.clearFaults()
            try await eventually("all are forwarded", withinMs: 60_000) {
                try await world.settle(untilMs: world.clock.nowMs() + 600_000)
                return try await world.conversions(.forwarded) == 25
            }
            #expect(try standing(world)?.state == .closed)
            #expect(world.emulator.eventTotals().accepted == 25 && world.emulator.eventTotals().duplicates == 0)
        }
    }

    @Test("who refuses events is there: refusals open no breaker")
    func refusals() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: [{subcode: 2804050}]}")
            for number in 1...7 {
                try await world.convert([ConversionScene.event(id: "order-\(number)")])
                try await eventually("refused") { try await world.conversions(.refused) == number }
            }
            #expect(try standing(world).map { $0.state == .closed && $0.failures == 0 } == true)
        }
    }

    // MARK: test events

    @Test(
        "what comes with a test code stays here, goes without it, or goes with it, as its source says",
        arguments: [
            (TestEvents.refuse, [], ConversionState.leftOut), (.strip, [nil], .forwarded), (.forward, ["TEST1"], .forwarded),
        ]
            as [(TestEvents, [String?], ConversionState)])
    func testEvents(choice: TestEvents, codes: [String?], state: ConversionState) async throws {
        try await World.with(ConversionScene.setup { $0.forwarding.testEvents = choice }, scene: ConversionScene.base) { world in
            try await world.convert([ConversionScene.event(id: "tried")], beside: #","test_event_code":"TEST1""#)
            try await eventually("ended") { try await world.states() == [state: 1] }
            try await world.convert([ConversionScene.event(id: "real")])
            try await eventually("forwarded") { world.emulator.events().contains { $0.eventID == "real" } }
            let row = try await world.conversions()[0]
            #expect(row.isTest && (row.reason?.hasPrefix("test_event:") == true) == (choice == .refuse))
            #expect(world.emulator.events().filter { $0.eventID == "tried" }.map(\.testEventCode) == codes)
        }
    }

    @Test("a test event that was queued under another setting is refused at the last moment")
    func queuedTest() async throws {
        let before = ConversionScene.setup { $0.forwarding.testEvents = .forward }
        try await World.with(before, scene: ConversionScene.base) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            try await world.convert([ConversionScene.event()], beside: #","test_event_code":"TEST1""#)
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            try await world.restart(ConversionScene.setup())
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try world.passTime(ms: 60_000)
            try await eventually("refused") { try await world.conversions(.refused) == 1 }
            #expect(try await world.conversions()[0].reason?.hasPrefix("test_event:") == true)
            #expect(world.emulator.events().isEmpty)
        }
    }
}
