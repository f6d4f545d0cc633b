import Core
import GraphAPI
import GraphEmulator
import Storage
import TestSupport
import Testing

@testable import Engine

@Suite("Conversions that Meta refuses: whose fault it is")
struct ConversionBlameTests {
    /// So many events that all wait, and go together when the body begins.
    private static func waiting(
        _ count: Int, scene: String = ConversionScene.base,
        _ event: (Int) -> String = { ConversionScene.event(id: "order-\($0)") },
        _ body: (World, Int) async throws -> Void
    ) async throws {
        try await World.with(ConversionScene.setup(), scene: scene) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            for start in stride(from: 0, to: count, by: 100) {
                try await world.convert((start..<min(start + 100, count)).map(event))
            }
            try await eventually("all are held", withinMs: 60_000) {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE gate LIKE 'token:%'") == count
            }
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try await body(world, world.eventCalls.count)
        }
    }

    private func refuse(_ world: World, _ rules: String) throws {
        try world.emulator.setDataset(yaml: "{id: \"900\", refuses: [\(rules)]}")
    }

    private static let down = #"{status: 500, code: 2, message: Service unavailable}"#

    @Test(
        "while a batch is taken apart a call that fails for a passing reason is made again at once, twice; then the batch waits",
        arguments: 0...3)
    func passing(failures: Int) async throws {
        try await Self.waiting(20) { world, before in
            try refuse(world, "{ids: [order-3, order-9], subcode: 2804019, place: true}")
            try world.emulator.setFaults(
                yaml: "[{match: {suffix: /events}, from: 2, count: \(max(1, failures)), do: \(failures == 0 ? "{}" : Self.down)}]"
            )
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") { try await world.states() == [.forwarded: 18, .refused: 2] }
            #expect(world.eventCalls.count - before == 3 + failures)
            let sent = try await world.messages().filter { $0.state == .done }
            #expect(sent.count == 18 && sent.allSatisfy { $0.tries == (failures < 3 ? 1 : 2) })
        }
    }

    @Test("what fails before Meta has judged any event of the batch waits at once: it may be down")
    func down() async throws {
        try await Self.waiting(20) { world, before in
            try world.emulator.setFaults(yaml: "[{match: {suffix: /events}, count: 1, do: \(Self.down)}]")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") { try await world.states() == [.forwarded: 20] }
            #expect(world.eventCalls.count - before == 2)
            #expect(try await world.messages().allSatisfy { $0.tries == 2 })
        }
    }

    @Test("what was not in the call that failed has not failed: it goes with the next batch, and its waiting grows no longer")
    func rest() async throws {
        try await Self.waiting(8) { world, _ in
            // nobody says which: the batch is halved, and the first half of it fails three times
            try refuse(world, "{ids: [order-7], subcode: 2804050}")
            try world.emulator.setFaults(yaml: "[{match: {suffix: /events}, from: 2, count: 3, do: \(Self.down)}]")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") { try await world.states() == [.forwarded: 7, .refused: 1] }
            #expect(try await world.messages().reversed().map(\.tries) == [2, 2, 2, 2, 1, 1, 1, 1])
        }
    }

    private func held(_ world: World) async throws -> Int {
        try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held' AND gate = 'dataset:900'")
    }

    @Test(
        "a thousand events with three bad ones: 997 leave, three are refused with their reason, in at most 35 calls; mended, they go, too"
    )
    func threeOfAThousand() async throws {
        try await Self.waiting(1_000) { world, before in
            try refuse(world, "{ids: [order-3, order-500, order-997], subcode: 2804050}")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended", withinMs: 60_000) {
                try await world.states() == [.forwarded: 997, .refused: 3]
            }
            let calls = world.eventCalls.count - before
            #expect(calls <= 35, "\(calls) calls")
            let refused = try await world.conversions().filter { $0.state == .refused }
            #expect(refused.map(\.conversionID) == ["order-3", "order-500", "order-997"])
            #expect(
                refused.allSatisfy { $0.reason?.hasPrefix("no_match_keys:") == true && $0.reason?.contains("2804050") == true })
            #expect(world.emulator.eventTotals().accepted == 997 && world.emulator.eventTotals().duplicates == 0)
            try refuse(world, "")
            let nowMs = world.clock.nowMs()
            #expect(try await world.store.write { try $0.retryEvents(refused.map(\.eventID), nowMs: nowMs) }.messages == 3)
            try await eventually("all are forwarded") { try await world.conversions(.forwarded) == 1_000 }
            #expect(world.emulator.events().count == 1_000 && world.emulator.events().allSatisfy { $0.accepted == 1 })
        }
    }

    @Test("where Meta names the place, each bad event costs one call, and its field is told")
    func named() async throws {
        try await Self.waiting(100) { world, before in
            try refuse(world, "{ids: [order-3, order-50, order-97], subcode: 2804019, place: true}")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") { try await world.states() == [.forwarded: 97, .refused: 3] }
            #expect(world.eventCalls.count - before == 4)
            #expect(world.emulator.eventTotals().accepted == 97)
        }
    }

    @Test("a dataset that is linked to no Page is held at the first word, and nothing is refused")
    func notLinked() async throws {
        try await Self.waiting(200) { world, before in
            try refuse(world, "{subcode: 2804131}")
            try world.passTime(ms: 60_000)
            try await eventually("all are held") { try await held(world) == 200 }
            #expect(world.eventCalls.count - before == 1)
            #expect(try await world.messages().allSatisfy { $0.reason?.hasPrefix("dataset_not_linked:") == true })
            try refuse(world, "")
            try world.passTime(ms: 60_000)
            try await eventually("all are forwarded") { try await world.conversions(.forwarded) == 200 }
            #expect(world.emulator.eventTotals().accepted == 200)
        }
    }

    @Test(
        "what all events are refused for is the dataset's: a few calls, then all wait at its gate, none is refused, and all go when it is mended",
        arguments: [("{subcode: 2804116}", 14), ("{message: Unexpected key}", 60), ("{subcode: 2804069, place: true}", 4)])
    func everyOne(rule: String, callsMax: Int) async throws {
        try await Self.waiting(300) { world, before in
            try refuse(world, rule)
            try world.passTime(ms: 60_000)
            try await eventually("all are held", withinMs: 60_000) { try await held(world) == 300 }
            let calls = world.eventCalls.count - before
            #expect(calls <= callsMax, "\(calls) calls")
            #expect(try await world.conversions(.waiting) == 300)
            #expect(try await world.messages().allSatisfy { $0.reason?.hasPrefix("dataset_refuses:") == true })
            // asked again while it lasts: one goes ahead, comes back, and is not refused either
            for round in 1...3 {
                try world.passTime(ms: 60_000 * Int64(round))
                try await eventually("asked again") { world.eventCalls.count >= before + calls + round }
                try await eventually("all are held again") { try await held(world) == 300 }
            }
            try refuse(world, "")
            try world.passTime(ms: 900_000)
            try await eventually("all are forwarded", withinMs: 60_000) { try await world.conversions(.forwarded) == 300 }
            #expect(world.emulator.eventTotals().accepted == 300)
        }
    }

    @Test(
        "many bad events in a row before good ones are the events' own fault: they are refused, the others leave, nothing is held",
        arguments: [Array(0..<12), Array(0..<11) + [39], Array(0..<11) + [38, 39]], ["", ", place: true"])
    func rowOfBad(_ bad: [Int], place: String) async throws {
        try await Self.waiting(40) { world, _ in
            try refuse(world, "{ids: [\(bad.map { "order-\($0)" }.joined(separator: ", "))], subcode: 2804050\(place)}")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") {
                try await world.states() == [.forwarded: 40 - bad.count, .refused: bad.count]
            }
            #expect(try await world.store.read { try $0.gates() }.isEmpty)
        }
    }

    @Test("leads that Meta does not know, which go apart, say nothing about the dataset: they are refused, the others leave")
    func unknownLeads() async throws {
        let scene = ConversionScene.base.replacing("{id: \"900\"}", with: "{id: \"900\", known_leads_only: true}")
        let event = { (number: Int) in
            ConversionScene.event(id: "order-\(number)", user: number < 12 ? #","lead_id":9999999999999999"# : "")
        }
        try await Self.waiting(40, scene: scene, event) { world, _ in
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") { try await world.states() == [.forwarded: 28, .refused: 12] }
            #expect(try await world.store.read { try $0.gates() }.isEmpty)
        }
    }

    @Test("one event without a Page among others is its own fault")
    func oneOfSetup() async throws {
        try await Self.waiting(40) { world, _ in
            try refuse(world, "{ids: [order-7], subcode: 2804069}")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") { try await world.states() == [.forwarded: 39, .refused: 1] }
            #expect(try await world.conversions()[7].reason?.hasPrefix("page_id_missing:") == true)
            #expect(try await world.store.read { try $0.gates() }.isEmpty)
        }
    }

    @Test("a bad event that waits alone at the gate does not wait for ever: when others get through, it is refused")
    func aloneAtTheGate() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try refuse(world, "{ids: [order-0], subcode: 2804079}")
            try await world.convert([ConversionScene.event(id: "order-0")])
            try await eventually("it is held") { try await held(world) == 1 }
            try await world.convert([ConversionScene.event(id: "order-1")])
            try await eventually("both have ended") { try await world.states() == [.forwarded: 1, .refused: 1] }
            #expect(try await world.store.read { try $0.gates() }.isEmpty)
        }
    }

    // MARK: mending

    private static let fbc = #","fbc":"fb.1.1795170000000.IwAbcDEF123""#

    @Test(
        "what Meta refuses and can do without is taken out, the event goes, and it is told",
        arguments: [
            ("{has: user_data.fbc, subcode: 2804001}", fbc, "", "fbc"),
            (
                "{has: user_data.ph, subcode: 2804016, message: \"The user_data parameter 'ph' must be hashed.\"}",
                #","ph":"+4915112345678""#, "", "ph"
            ),
            ("{has: user_data.ctwa_clid, subcode: 2804087}", #","ctwa_clid":"ARAkLkA8rmlFeiCktEJQ""#, "", "ctwa_clid"),
            ("{has: app_data, subcode: 2804043}", "", #","app_data":{"advertiser_tracking_enabled":true}"#, "app_data"),
        ])
    func mended(rule: String, user: String, more: String, gone: String) async throws {
        let event = { (number: Int) in
            number == 4 ? ConversionScene.event(id: "bad", user: user, more: more) : ConversionScene.event(id: "order-\(number)")
        }
        try await Self.waiting(10, event) { world, before in
            try refuse(world, rule)
            try world.passTime(ms: 60_000)
            try await eventually("all are forwarded") { try await world.conversions(.forwarded) == 10 }
            #expect(world.eventCalls.count - before <= 8)
            let row = try #require(try await world.conversions().first { $0.conversionID == "bad" })
            #expect(row.reason?.hasPrefix("mended:") == true && row.reason?.contains(gone) == true, "\(row.reason ?? "")")
            #expect(try await world.conversions().filter { $0.reason != nil }.count == 1)
            let there = try #require(world.emulator.events().first { $0.eventID == "bad" })
            #expect(
                there.accepted == 1 && there.userData[gone] == nil && !there.keys.contains(gone) && there.userData["em"] != nil)
        }
    }

    @Test("mending that does not help is tried once, and both are told; the others leave, with what is good of theirs")
    func inVain() async throws {
        let event = { (number: Int) in ConversionScene.event(id: "order-\(number)", user: Self.fbc) }
        try await Self.waiting(100, event) { world, before in
            try refuse(world, "{ids: [order-5, order-60, order-61], subcode: 2804001}")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") { try await world.states() == [.forwarded: 97, .refused: 3] }
            let reason = try #require(try await world.conversions()[5].reason)
            #expect(reason.hasPrefix("click_id_malformed:") && reason.contains("Before:") && reason.contains("without fbc"))
            #expect(world.eventCalls.count - before <= 30)
            #expect(world.emulator.events().allSatisfy { $0.userData["fbc"] != nil })
        }
    }

    @Test("each change, and none where there is nothing to change")
    func changes() throws {
        func made(_ repair: EventRepair, _ event: String) throws -> String? {
            try repair.made(in: JSON.parse(Array(event.utf8)))?.encoded(sortedKeys: true)
        }
        let hash = String(repeating: "ab", count: 32)
        #expect(try made(.dropUserKey("fbc"), #"{"user_data":{"em":["x"],"fbc":"y"}}"#) == #"{"user_data":{"em":["x"]}}"#)
        #expect(try made(.dropUserKey("fbc"), #"{"user_data":{"em":["x"]}}"#) == nil)
        #expect(
            try made(.dropUnhashed, #"{"user_data":{"em":["\#(hash)"],"ph":["123"],"st":"ca","fbc":"y"}}"#)
                == #"{"user_data":{"em":["\#(hash)"],"fbc":"y"}}"#)
        #expect(try made(.dropUnhashed, #"{"user_data":{"em":["\#(hash)"]}}"#) == nil)
        #expect(try made(.dropAppData, #"{"app_data":{},"x":1}"#) == #"{"x":1}"#)
        let lead = #"{"action_source":"business_messaging","event_name":"Lead"}"#
        #expect(try made(.renameLead, lead) == #"{"action_source":"business_messaging","event_name":"LeadSubmitted"}"#)
        #expect(try made(.renameLead, lead.replacing("business_messaging", with: "website")) == nil)
        #expect(try made(.renameLead, lead.replacing("Lead", with: "Search")) == nil)
        #expect(try made(.dropAppData, "[]") == nil)
    }
}
