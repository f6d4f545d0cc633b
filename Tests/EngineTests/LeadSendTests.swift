import Core
import Engine
import GraphEmulator
import Outbound
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Leads, and CRMs that do not do what they should", .serialized)
struct LeadSendTests {
    @Test("200 with an error in its body is an answer: the lead is forwarded, and the body is kept, sealed")
    func errorBody() async throws {
        try await LeadScene.with { world, crm in
            crm.script(
                Receiver.Answer(
                    200, body: #"{"status":"error","message":"Joe Example is known"}"# + String(repeating: ".", count: 4_000)))
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            #expect(try await world.lead(444)?.state == .forwarded)
            let attempt = try #require(try await world.attempts().first)
            #expect(attempt.status == 200 && attempt.outcome == "done" && attempt.answer?.count == 1_024)
            #expect(try !world.filesOnDisk().contains("Joe Example is known"))
        }
    }

    @Test(
        "301 and 410 hold the destination: no redirect is followed, no lead is lost, and all go out when it takes them again",
        arguments: [301, 410])
    func refusing(status: Int) async throws {
        try await LeadScene.with([LeadScene.lead(444), LeadScene.lead(445)]) { world, crm in
            crm.answer(status)
            for id in [444, 445] { try await world.deliver(Scene.lead(id, ad: "1111")) }
            try await eventually("held") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE gate = 'destination:crm' AND state = 'held'") == 2
            }
            #expect(try await world.lead(444)?.state == .held)
            #expect(crm.requests.allSatisfy { $0.target == "/hooks" && $0.method == "POST" })
            crm.answer(200)
            try await world.goOn(until: "sent") { try await world.states([444, 445]) == [.forwarded, .forwarded] }
            let statuses = try await world.attempts().compactMap(\.status)
            #expect(statuses.filter { $0 == 200 }.count == 2, "\(statuses)")
            #expect(statuses.filter { $0 == status }.count >= 2, "\(statuses)")
        }
    }

    @Test("silence for the whole timeout, then 500, then 200: one webhook-id on every attempt, and each attempt is kept")
    func late() async throws {
        try await LeadScene.with { world, crm in
            crm.script(.silence, Receiver.Answer(500, body: "down"))
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(try await world.lead(444)?.state == .forwarded)
            #expect(crm.requests.count == 3)
            #expect(Set(crm.requests.flatMap { $0.values(of: "webhook-id") }).count == 1)
            #expect(Set(crm.requests.map(\.body)).count == 1)
            let attempts = try await world.attempts()
            #expect(attempts.map(\.outcome) == ["destination_timed_out", "destination_failed_500", "done"])
            #expect(attempts.map(\.status) == [nil, 500, 200])
            #expect(attempts.map(\.answer) == [nil, Array("down".utf8), Array("ok".utf8)])
            #expect(attempts.map(\.attempt) == [1, 2, 3] && attempts[0].durationMs >= 900)
        }
    }

    @Test("429 with a time is waited for, counts no attempt, and is kept like any other")
    func asksToWait() async throws {
        try await LeadScene.with { world, crm in
            crm.script(Receiver.Answer(429, headers: [("Retry-After", "600")]))
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            let waiting = try #require(try await world.messages().first)
            #expect(waiting.state == .open && waiting.tries == 0 && waiting.dueAtMs - world.clock.nowMs() > 590_000)
            try await world.settle(untilMs: world.clock.nowMs() + 700_000)
            #expect(try await world.attempts().map(\.status) == [429, 200])
        }
    }

    @Test("a CRM on a private address is never dialled: the lead is held, with its reason")
    func privateAddress() async throws {
        let inside = try Destination(name: "crm", url: "https://10.1.2.3/hooks")
        try await LeadScene.with(setup: { $0.destinations = [inside] }) { world, _ in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await eventually("held") { try await world.lead(444)?.state == .held }
            let attempt = try #require(try await world.attempts().first)
            #expect(attempt.outcome == "destination_address_refused" && attempt.status == nil)
            #expect(try await world.messages().first?.reason?.hasPrefix("destination_address_refused:") == true)
        }
    }

    @Test("what never works is dead after a bounded number of attempts; reopened by hand it goes out with the same webhook-id")
    func retriedByHand() async throws {
        try await LeadScene.with { world, crm in
            crm.answer(500)
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await eventually("given up", withinMs: 60_000) {
                try await world.settle(untilMs: world.clock.nowMs() + 86_400_000)
                return try await world.lead(444)?.state == .dead
            }
            #expect(crm.requests.count == Limits.attemptsMax)
            let lead = try #require(try await world.lead(444))
            #expect(lead.reason?.hasPrefix("destination_failed_500:") == true)
            crm.answer(200)
            let nowMs = world.clock.nowMs()
            let retried = try await world.store.write { try $0.retryEvents([lead.id], nowMs: nowMs) }
            #expect(retried.messages == 1 && retried.jobs == 0)
            try await world.settle(untilMs: nowMs + 300_000)  // after so many failures the CRM is left alone for a moment
            #expect(try await world.lead(444)?.state == .forwarded)
            #expect(Set(crm.requests.flatMap { $0.values(of: "webhook-id") }).count == 1)
        }
    }

    @Test("erased before it was sent: nothing leaves, whether the message waits or is on its way to be built")
    func erased() async throws {
        try await LeadScene.with { world, crm in
            crm.answer(503)
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            let nowMs = world.clock.nowMs()
            let sent = crm.requests.count
            _ = try await world.store.write { try $0.eraseLead("444", nowMs: nowMs) }
            try await world.settle(untilMs: nowMs + 86_400_000)
            #expect(crm.requests.count == sent)
            #expect(try await world.lead(444)?.state == .erased)
            // as if it had been claimed a moment before
            try await world.store.write { _ = try $0.run("UPDATE outbox SET state = 'open', due_at = 0, done_at = NULL") }
            try world.advance(ms: 1)
            try await eventually("refused") { try await world.messages().first?.state == .dead }
            #expect(try await world.messages().first?.reason?.hasPrefix("erased:") == true)
            #expect(crm.requests.count == sent)
        }
    }

    @Test("a chat is told ids only")
    func slack() async throws {
        try await LeadScene.with(form: .slack) { world, crm in
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle()
            #expect(crm.requests.map(\.text) == [#"{"text":"Lead 444 of form 5, ad 1111 (belmonte)"}"#])
        }
    }

    @Test("no answer of a person lies in the files, in a log line or in an error; the same search finds what is not sealed")
    func canaries() async throws {
        let canaries = ["kanarienvogel@example.com", "Canary Jane Żółta", "+48600123456"]
        let fields =
            #"[{name: email, values: ["\#(canaries[0])"]}, {name: full_name, values: ["\#(canaries[1])"]}, {name: phone_number, values: ["\#(canaries[2])"]}]"#
        let log = LogLines()
        try await LeadScene.with([LeadScene.lead(444, fields: fields)], setup: { $0.logger = log.logger }) { world, crm in
            crm.script(.silence, Receiver.Answer(500, body: canaries[0]), Receiver.Answer(400, body: canaries[1]))
            try await world.deliver(Scene.lead(444, ad: "1111"))
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(try await world.lead(444)?.state == .dead)
            #expect(try await world.lead(444)?.lead?.fields.flatMap(\.values) == canaries)
            for canary in canaries {
                #expect(crm.requests.allSatisfy { $0.text.contains(canary) })
                #expect(try !world.filesOnDisk().contains(canary), "\(canary)")
                #expect(!log.text.contains(canary), "\(canary)")
            }
            #expect(try world.filesOnDisk().contains("destination_failed_500"))
            #expect(log.text.contains("destination_failed_500"))
            for digest in ["em:", "ph:"] { #expect(try !world.filesOnDisk().contains(digest)) }
        }
    }
}

@Suite("Leads, stopped anywhere and started again", .serialized)
struct LeadCrashTests {
    private static let ids = Array(440..<446)

    @Test("whatever was being done, each lead is kept once and known to the CRM by one webhook-id")
    func anywhere() async throws {
        let crm = try Receiver()
        defer { crm.stop() }
        for n in [0, 1, 2, 4, 6, 8, 10, 13] {
            let before = crm.requests.count
            let setup = try LeadScene.setup(crm.url + "/hooks")
            let slow = "[{match: {}, count: forever, do: {delay_ms: 3}}]"
            try await World.with(setup, scene: LeadScene.scene(Self.ids.map { LeadScene.lead($0) }), faults: slow) { world in
                for id in Self.ids { try await world.deliver(Scene.lead(id, ad: "1111")) }
                try await eventually("under way") { world.emulator.log().count + crm.requests.count - before >= n }
                try await world.restart(setup)
                try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
                try await Self.check(world, Array(crm.requests.dropFirst(before)), "after \(n)")
            }
        }
    }

    @Test("stopped between the send and its answer: the CRM sees the same webhook-id and the same bytes again")
    func unanswered() async throws {
        let crm = try Receiver()
        defer { crm.stop() }
        let setup = try LeadScene.setup(crm.url + "/hooks")
        try await World.with(setup, scene: LeadScene.scene(Self.ids.map { LeadScene.lead($0) })) { world in
            for _ in Self.ids { crm.script(.silence) }
            for id in Self.ids { try await world.deliver(Scene.lead(id, ad: "1111")) }
            try await eventually("all are with the CRM") { crm.requests.count >= Self.ids.count }
            try await world.restart(setup)
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(crm.requests.count >= 2 * Self.ids.count)
            try await Self.check(world, crm.requests, "unanswered")
        }
    }

    private static func check(_ world: World, _ requests: [Receiver.Request], _ stage: String) async throws {
        var bodies: [String: Set<[UInt8]>] = [:]
        var webhooks: [String: Set<String>] = [:]
        for request in requests {
            let lead = try #require(try JSON.parse(request.body)["lead_id"]?.text)
            bodies[lead, default: []].insert(request.body)
            webhooks[lead, default: []].formUnion(request.values(of: "webhook-id"))
        }
        #expect(webhooks.keys.sorted() == ids.map(String.init), "\(stage)")
        #expect(webhooks.values.allSatisfy { $0.count == 1 } && bodies.values.allSatisfy { $0.count == 1 }, "\(stage)")
        for id in ids { #expect(try await world.lead(id)?.state == .forwarded, "\(stage), \(id)") }
        #expect(try await world.counted(.ad, "1111") == Int64(ids.count), "\(stage)")
        #expect(try await world.count("SELECT COUNT(*) FROM outbox") == ids.count, "\(stage)")
    }
}

extension [UInt8] {
    /// Whether the bytes of the text are in it.
    fileprivate func contains(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        return withUnsafeBufferPointer { bytes in
            guard bytes.count >= wanted.count else { return false }
            return (0...bytes.count - wanted.count).contains { start in
                bytes[start] == wanted[0] && bytes[start..<start + wanted.count].elementsEqual(wanted)
            }
        }
    }
}
