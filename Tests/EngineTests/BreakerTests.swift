import Core
import Engine
import Outbound
import Storage
import TestSupport
import Testing

@Suite("Destinations that fail time after time", .serialized)
struct BreakerTests {
    private static func setup(_ receiver: Receiver, after: Int = 3, tenants: [String] = []) throws -> Setup {
        let team = try Destination(
            name: "team", url: receiver.url + "/hook", form: .slack, timeoutMs: 2_000, perSecond: 1_000,
            breaker: BreakerPolicy(after: after, forMs: 30_000), allowPrivate: true)
        return Setup {
            $0.chains = [[ChainStep(handler: "notify", argument: "team")]]
            $0.destinations = [team]
            $0.tenants = tenants
        }
    }

    private func standing(_ world: World, _ workspace: String = "belmonte") throws -> BreakerStanding? {
        try world.engine.breakers.first { $0.workspace == workspace }
    }

    @Test("it is left alone, then asked with one message; when that gets through all go, each once, and no attempt was counted")
    func opensAndCloses() async throws {
        let receiver = try Receiver()
        defer { receiver.stop() }
        receiver.answer(500)
        try await World.with(try Self.setup(receiver)) { world in
            for n in 1...3 { try await world.touch(.campaign, "\(10 + n)", n: n) }
            try await eventually("open") { try standing(world)?.state == .open }
            let asked = receiver.requests.count
            for n in 4...20 { try await world.touch(.campaign, "\(10 + n)", n: n) }
            try await world.settle()
            #expect(receiver.requests.count == asked)
            let waiting = try await world.messages().filter { $0.reason?.hasPrefix("destination_resting:") == true }
            #expect(waiting.count >= 17 && waiting.filter { $0.attempt == 1 }.allSatisfy { $0.tries == 0 })
            #expect(try standing(world).map { $0.putOff >= 17 && $0.failures >= 3 && $0.reopensAtMs != nil } == true)

            try world.advance(ms: 30_000)
            try await eventually("asked once more") { receiver.requests.count > asked }
            try await world.settle()
            #expect(receiver.requests.count == asked + 1)
            receiver.answer(200)
            try await eventually("all got through", withinMs: 60_000) {
                try await world.settle(untilMs: world.clock.nowMs() + 600_000)
                return try await world.messages().allSatisfy { $0.state == .done }
            }
            #expect(try standing(world)?.state == .closed)
            #expect(receiver.requests.count == asked + 1 + 20)
        }
    }

    @Test("reliability 11: two tenants, the same destination: one's failures do not close it for the other")
    func tenants() async throws {
        let receiver = try Receiver()
        defer { receiver.stop() }
        receiver.answer(500)
        try await World.with(try Self.setup(receiver, tenants: ["other"])) { world in
            for n in 1...3 { try await world.touch(.campaign, "\(10 + n)", n: n) }
            try await eventually("open") { try standing(world)?.state == .open }
            receiver.answer(200)
            try await world.touch(.campaign, "21", n: 9, account: "2")
            try await eventually("the other's is sent") {
                try await world.messages().contains { $0.workspace == "other" && $0.state == .done }
            }
            #expect(try standing(world)?.state == .open)
            #expect(try standing(world, "other")?.state == .closed)
            #expect(try await world.messages().filter { $0.workspace == "belmonte" }.allSatisfy { $0.state == .open })
        }
    }

    @Test("who refuses a message is there: refusals close nothing and open nothing")
    func refusals() async throws {
        let receiver = try Receiver()
        defer { receiver.stop() }
        receiver.answer(422)
        try await World.with(try Self.setup(receiver)) { world in
            for n in 1...6 { try await world.touch(.campaign, "\(10 + n)", n: n) }
            try await world.settle()
            #expect(receiver.requests.count == 6)
            #expect(try standing(world).map { $0.state == .closed && $0.failures == 0 } == true)
            let messages = try await world.messages()
            #expect(messages.allSatisfy { $0.state == .dead && $0.reason?.hasPrefix("destination_refused_422:") == true })
        }
    }

    @Test("a destination that hangs holds no more than its share of all sends: another's messages go at once")
    func hanging() async throws {
        let (slow, quick) = (try Receiver(), try Receiver())
        defer {
            slow.stop()
            quick.stop()
        }
        slow.script(Array(repeating: .silence, count: 400))
        let destinations = [
            try Destination(
                name: "slow", url: slow.url, form: .slack, timeoutMs: 15_000, perSecond: 10_000,
                breaker: BreakerPolicy(after: 1_000), allowPrivate: true),
            try Destination(name: "quick", url: quick.url, form: .slack, timeoutMs: 2_000, perSecond: 10_000, allowPrivate: true),
        ]
        let setup = Setup {
            $0.chains = [[ChainStep(handler: "notify", argument: "slow")], [ChainStep(handler: "notify", argument: "quick")]]
            $0.destinations = destinations
        }
        try await World.with(setup) { world in
            try await world.touch(.campaign, "11", n: 0)
            try await eventually("one hangs") { slow.requests.count == 1 }
            for n in 1...300 { try await world.touch(.campaign, "\(1000 + n)", n: n) }
            try await eventually("the other's are all sent", withinMs: 14_000) { quick.requests.count == 301 }
            #expect(slow.requests.count <= Limits.sendsPerPlaceMax)
        }
    }

    @Test("every request to a destination says which event it is about, and every line of the log, too")
    func trace() async throws {
        let receiver = try Receiver()
        defer { receiver.stop() }
        receiver.script([Receiver.Answer(500)])
        let lines = LogLines()
        var setup = try Self.setup(receiver, after: 10)
        setup.logger = lines.logger
        try await World.with(setup) { world in
            try await world.touch(.campaign, "11")
            try await world.settle(untilMs: world.clock.nowMs() + 60_000)
            let message = try #require(try await world.messages().first)
            let trace = TraceID(eventID: try #require(message.eventID))
            let parents = receiver.requests.flatMap { $0.values(of: "traceparent") }
            #expect(parents == Array(repeating: trace.parent(span: message.id), count: 2))
            for sentence in ["could not be sent", "A message was sent"] {
                #expect(
                    lines.text.split(separator: "\n").contains { $0.contains(sentence) && $0.contains(trace.text) }, "\(sentence)"
                )
            }
        }
    }
}
