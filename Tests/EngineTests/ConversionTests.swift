import Core
import Engine
import GraphEmulator
import Signing
import Storage
import TestSupport
import Testing

@Suite("Conversions to Meta")
struct ConversionTests {
    @Test("a purchase reaches the events edge once, hashed, with the workspace's own token and proof")
    func purchase() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([ConversionScene.event(url: "https://shop.example/thanks?ad_id=1111")])
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 1 }
            let call = try #require(world.eventCalls.first)
            #expect(world.eventCalls.count == 1 && call.tokenName == "belmonte" && call.proof == "ok" && call.dataset == "900")
            let event = try #require(world.emulator.events().first)
            #expect(event.eventID == "order-1" && event.accepted == 1 && event.received == 1)
            #expect(event.userData["em"] == [SHA256.hex(Array(ConversionScene.email.utf8))])
            #expect(event.value == "12.50" && event.currency == "EUR")
            #expect(!event.keys.contains { $0.contains("touchstone") })
            let row = try await world.conversions()[0]
            #expect(row.traceID == call.trace && row.forwardedAtMs != nil)
            #expect(row.adID == "1111" && row.attributedBy == .url)
            #expect(try await world.messages().map(\.state) == [.done])
        }
    }

    @Test("a thousand conversions of many deliveries leave in one call, in order")
    func thousand() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            let faults = #"[{match: {suffix: /events}, count: 1, do: {status: 500, code: 2, message: "later"}}]"#
            try world.emulator.setFaults(yaml: faults)
            for part in 0..<10 {
                try await world.convert((0..<100).map { ConversionScene.event(id: "order-\(part * 100 + $0)") })
            }
            try await eventually("all are to be sent") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE kind = 'conversion'") == 1_000
            }
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(try await world.conversions(.forwarded) == 1_000)
            #expect(world.emulator.eventTotals().accepted == 1_000 && world.emulator.eventTotals().received == 1_000)
        }
    }

    @Test("what waits while a gate is closed goes in one call of a thousand and the rest")
    func oneCall() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            for part in 0..<5 {
                try await world.convert((0..<300).map { ConversionScene.event(id: "order-\(part * 300 + $0)") })
            }
            try await eventually("all are held") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1_500
            }
            #expect(try await world.conversions(.waiting) == 1_500 && world.emulator.eventTotals().accepted == 0)
            try world.emulator.setToken(name: "belmonte", state: "valid")
            let before = world.eventCalls.count
            try world.passTime(ms: 60_000)
            try await eventually("all are forwarded") { try await world.conversions(.forwarded) == 1_500 }
            #expect(world.eventCalls.dropFirst(before).compactMap(\.events).sorted() == [500, 1_000])
            #expect(world.emulator.eventTotals().accepted == 1_500 && world.emulator.eventTotals().received == 1_500)
        }
    }

    @Test("one bad event of a hundred is found by the place that Meta names, and the others leave")
    func oneBad() async throws {
        let leads = (0..<100).filter { $0 != 37 }.map { #"{id: "\#(1_000_000_000_000_000 + $0)", form: "5"}"# }
        let scene =
            Scene.base + """

                pages: [{id: "7243", name: Shop, token: PAGE-TOKEN, app: "123"}]
                forms: [{id: "5", page: "7243", name: F}]
                leads: [\(leads.joined(separator: ", "))]
                datasets: [{id: "900", known_leads_only: true}]

                """
        try await World.with(ConversionScene.setup(), scene: scene) { world in
            try await world.convert((0..<100).map { ConversionScene.stage(1_000_000_000_000_000 + $0, id: "stage-\($0)") })
            try await eventually("all have ended") {
                try await world.states() == [.forwarded: 99, .refused: 1]
            }
            let refused = try #require(try await world.conversions().first { $0.state == .refused })
            #expect(refused.conversionID == "stage-37")
            let reason = try #require(refused.reason)
            #expect(reason.hasPrefix("lead_id_unknown:") && reason.contains("2804036") && reason.contains("code 100"))
            #expect(world.emulator.eventTotals().accepted == 99)
            #expect(world.eventCalls.compactMap(\.events).allSatisfy { $0 <= 50 })
            #expect(try await world.messages().filter { $0.state == .dead }.map(\.reason) == [reason])
        }
    }

    @Test("a refusal that names no place is halved until the bad event is alone; the others leave together")
    func halved() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            let refusal = #"{status: 400, code: 100, subcode: 2804050, message: "Some event says too little."}"#
            try world.emulator.setToken(name: "belmonte", state: "expired")
            try await world.convert((0..<8).map { ConversionScene.event(id: "order-\($0)") })
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 8 }
            try world.emulator.setToken(name: "belmonte", state: "valid")
            let before = world.eventCalls.count
            // refused: all 8, the first 4, the first 2, the first; what is left passes
            try world.emulator.setFaults(yaml: "[{match: {suffix: /events}, count: 4, do: \(refusal)}]")
            try world.passTime(ms: 60_000)
            try await eventually("all have ended") {
                try await world.states() == [.forwarded: 7, .refused: 1]
            }
            #expect(world.eventCalls.dropFirst(before).map(\.status) == [400, 400, 400, 400, 200])
            #expect(world.eventCalls.last?.events == 7)
            #expect(try await world.conversions().first?.state == .refused)
            #expect(try await world.conversions()[0].reason?.hasPrefix("no_match_keys:") == true)
            #expect(world.emulator.eventTotals().accepted == 7)
        }
    }

    @Test(
        "after a lost answer the same event is sent again under the same event_id, also one that came without",
        arguments: ["order-1", nil])
    func lostAnswer(id: String?) async throws {
        let faults = #"[{match: {suffix: /events}, count: 2, do: {lost: true}}]"#
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base, faults: faults) { world in
            try await world.convert([ConversionScene.event(id: id), ConversionScene.event("Subscribe", id: id)])
            try await eventually("sent") { world.eventCalls.count >= 1 }
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 2 }
            let events = world.emulator.events()
            #expect(events.count == 2 && events.allSatisfy { $0.accepted == 1 && $0.received == 3 })
            if id == nil {
                #expect(
                    Set(events.compactMap(\.eventID)).count == 2 && events.allSatisfy { $0.eventID?.hasPrefix("ts-") == true })
            }
        }
    }

    @Test("on hold no conversion leaves; released, each is accepted once")
    func onHold() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.engine.hold("belmonte", untilMs: nil, by: "test")
            try await world.convert([ConversionScene.event(id: "o-1"), ConversionScene.event(id: "o-2")])
            try await eventually("held") { try await world.store.read { try $0.depth(.outbox).held } == 2 }
            try await world.settle()
            #expect(world.eventCalls.isEmpty)
            #expect(try await world.engine.release("belmonte") == 2)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 2 }
            let events = world.emulator.events()
            #expect(events.count == 2 && events.allSatisfy { $0.accepted == 1 && $0.received == 1 })
        }
    }

    @Test("stopped while a call is under way and started again: each event is accepted once, none is lost")
    func stopped() async throws {
        let faults = #"[{match: {suffix: /events}, count: 1, do: {delay_ms: 2000}}]"#
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base, faults: faults) { world in
            try await world.convert((0..<20).map { ConversionScene.event(id: $0 % 2 == 0 ? nil : "order-\($0)") })
            try await eventually("the call is under way") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE owner IS NOT NULL") == 20
            }
            try await world.restart(ConversionScene.setup())
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 20 }
            #expect(world.emulator.eventTotals().accepted == 20)
            #expect(world.emulator.events().allSatisfy { $0.accepted == 1 })
        }
    }

    @Test(
        "the nth call fails, in each way, for every n until none does: each event is accepted once",
        arguments: [
            #"{status: 500, code: 2, message: "no"}"#, #"{lost: true}"#, #"{lost: before}"#, #"{html: true}"#,
            #"{status: 400, code: 4, message: "throttled"}"#, #"{status: 401, code: 190, message: "token"}"#,
            #"{status: 403, code: 200, message: "right"}"#,
        ])
    func everyCall(way: String) async throws {
        for n in 1...3 {
            let faults = #"[{match: {suffix: /events}, from: \#(n), count: 1, do: \#(way)}]"#
            try await World.with(ConversionScene.setup(), scene: ConversionScene.base, faults: faults) { world in
                for part in 0..<3 {
                    try await world.convert((0..<5).map { ConversionScene.event(id: "order-\(part)-\($0)") })
                    try await eventually("forwarded, call \(n), part \(part)") {
                        try await world.settle(untilMs: world.clock.nowMs() + 60_000)
                        if try await world.conversions(.forwarded) == 5 * (part + 1) { return true }
                        try world.advance(ms: 10_000)
                        return false
                    }
                }
                #expect(world.emulator.eventTotals().accepted == 15 && world.emulator.events().allSatisfy { $0.accepted == 1 })
            }
        }
    }

    @Test("a dataset without a right is held as such, asked with one event, and goes on by itself")
    func datasetHold() async throws {
        let faults =
            #"[{match: {suffix: /events}, count: 2, do: {status: 400, code: 100, subcode: 33, message: "no such object"}}]"#
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base, faults: faults) { world in
            try await world.convert((0..<10).map { ConversionScene.event(id: "order-\($0)") })
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE gate = 'dataset:900'") == 10 }
            #expect(try await world.conversions(.waiting) == 10)
            for calls in [2, 3] {
                try world.advance(ms: 60_000)
                try await eventually("asked again") { world.eventCalls.count >= calls }
            }
            try await eventually("released") { try await world.conversions(.forwarded) == 10 }
            #expect(world.emulator.eventTotals().accepted == 10)
            #expect(world.eventCalls[2].events == 1)  // one went ahead
        }
    }

    @Test(
        "an event that was held until Meta takes it no more is refused as too old, and a shop's sale of the same day still goes")
    func tooOld() async throws {
        let faults = #"[{match: {suffix: /events}, count: forever, do: {status: 403, code: 200, message: "right"}}]"#
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base, faults: faults) { world in
            let sale = ConversionScene.event(id: "till").replacing("\"website\"", with: "\"physical_store\"")
            for n in 0..<3 { try await world.convert([ConversionScene.event(id: "late-\(n)")]) }
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 3 }
            try await world.convert([sale])
            try await eventually("all are held") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE gate = 'dataset:900'") == 4
            }
            world.emulator.clearFaults()
            try world.passTime(ms: 8 * 86_400_000)
            try await eventually("ended") { try await world.states() == [.refused: 3, .forwarded: 1] }
            let rows = try await world.conversions()
            #expect(rows[0].reason?.hasPrefix("too_old:") == true && rows[3].state == .forwarded)
            #expect(world.emulator.events().map(\.eventID) == ["till"])
        }
    }

    @Test("events of other parameters, sources and kinds don't share a call")
    func groups() async throws {
        try await World.with(
            ConversionScene.setup([]) {
                $0.sources = ["shop": "belmonte", "app": "belmonte"]
                $0.forwarding.testEvents = .forward
            }, scene: ConversionScene.base
        ) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            try await world.convert([ConversionScene.event(id: "a"), ConversionScene.stage(1_000_000_000_000_001, id: "stage")])
            try await world.convert([ConversionScene.event(id: "b")], beside: #","test_event_code":"TEST1""#)
            try await world.convert(
                [ConversionScene.event(id: "c")], beside: #","test_event_code":"TEST1","partner_agent":"agent""#)
            try await world.convert([ConversionScene.event(id: "d")], source: "app")
            try await world.convert([ConversionScene.event(id: "e")])
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 6 }
            try world.emulator.setToken(name: "belmonte", state: "valid")
            let before = world.eventCalls.count
            try world.passTime(ms: 60_000)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 6 }
            #expect(world.eventCalls.dropFirst(before).compactMap(\.events).sorted() == [1, 1, 1, 1, 2])
            let codes = Dictionary(uniqueKeysWithValues: world.emulator.events().map { ($0.eventID ?? "", $0.testEventCode) })
            #expect(codes["b"] == "TEST1" && codes["c"] == "TEST1" && codes["a"] == .some(nil) && codes["e"] == .some(nil))
        }
    }

    @Test("without consent an event is left out, stripped or sent, as its source says; left out is never sent")
    func consent() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([ConversionScene.event(id: "dropped")], without: .drop)
            try await world.convert([ConversionScene.event(id: "agreed", more: #","consent":true"#)], without: .drop)
            try await eventually("ended") {
                try await world.states() == [.leftOut: 1, .forwarded: 1]
            }
            #expect(try await world.conversions()[0].reason?.hasPrefix("no_consent:") == true)
            #expect(world.emulator.events().map(\.eventID) == ["agreed"])
        }
    }

    @Test("the same event in two deliveries is forwarded once; one of an unknown source is nobody's and stays")
    func duplicates() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convert([ConversionScene.event()])
            try await world.convert([ConversionScene.event()])
            try await world.convert([ConversionScene.event(id: "foreign")], source: "stranger")
            try await eventually("decoded") { try await world.count("SELECT COUNT(*) FROM deliveries WHERE decoded = 1") == 3 }
            try await world.settle()
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 1 }
            #expect(world.emulator.eventTotals().received == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM jobs WHERE state = 'dead' AND reason LIKE 'source_gone%'") == 1)
        }
    }

    @Test("an erased person's conversion that was not sent yet is not sent")
    func erased() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            try await world.convert([ConversionScene.event()])
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            let person = "em:" + SHA256.hex(Array(ConversionScene.email.utf8))
            let nowMs = world.clock.nowMs()
            let report = try await world.store.write { try $0.erase(people: [person], nowMs: nowMs) }
            #expect(report.conversions == 1)
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try world.passTime(ms: 60_000)
            try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
            #expect(world.emulator.eventTotals().accepted == 0)
        }
    }

    // MARK: attribution

    @Test("the ad behind it: named, in the URL, of its lead, of a click seen before, or none; test events are not counted")
    func attribution() async throws {
        try await World.with(
            ConversionScene.setup([]) { $0.chains.append([ChainStep(handler: "touch")]) }, scene: ConversionScene.base
        ) { world in
            try await world.touch(.ad, "1111", "1112")
            try await eventually("known") { try await world.touched(.ad, "1111")?.lastReadAtMs != nil }
            let click = #","fbc":"fb.1.1795170000000.IwAbcDEF123""#
            try await world.convert([
                ConversionScene.event(id: "1", more: #","attribution_data":{"ad_id":"1112"}"#),
                ConversionScene.event(id: "2", url: "https://shop.example/?ad_id=1111&utm_campaign=99", user: click),
                ConversionScene.event(id: "3"),
                ConversionScene.event("ViewContent", id: "4", url: "https://shop.example/?campaign_id=12"),
            ])
            try await eventually("attributed") { try await world.conversions().filter { $0.attributedBy != nil }.count == 4 }
            try await world.convert([ConversionScene.event(id: "5", user: click)])
            try await world.convert(
                [ConversionScene.event(id: "6", url: "https://shop.example/?ad_id=1111")], beside: #","test_event_code":"T""#)
            try await eventually("attributed") { try await world.conversions().filter { $0.attributedBy != nil }.count == 6 }
            let rows = Dictionary(uniqueKeysWithValues: try await world.conversions().map { ($0.conversionID ?? "", $0) })
            #expect(
                ["1", "2", "3", "4", "5", "6"].map { rows[$0]?.attributedBy } == [
                    .named, .url, AttributionMethod.none, .url, .click, .url,
                ])
            #expect(["1", "2", "3", "4", "5"].map { rows[$0]?.adID } == ["1112", "1111", nil, nil, "1111"])
            #expect(rows["2"]?.campaignID == "11" && rows["2"]?.adsetID == "111")  // what is known beats the URL
            #expect(rows["4"]?.campaignID == "12")
            let own = try await world.own(.campaign, "11")
            #expect(own.purchases == 3 && own.revenueMinor == ["EUR": 3_750])
            #expect(try await world.own(.campaign, "12").purchases == 0)
        }
    }

    @Test("a Lead counts when it is the website's own, and not when it is a stage of a lead that Meta told us of")
    func leads() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            let url = "https://shop.example/?ad_id=1111"
            let stage =
                #"{"event_name":"Lead","event_time":\#(ConversionScene.justNow),"action_source":"system_generated","event_id":"s","attribution_data":{"ad_id":"1111"},"user_data":{"lead_id":1000000000000001}}"#
            try await world.convert([ConversionScene.event("Lead", id: "web", url: url, value: nil), stage])
            try await eventually("attributed") { try await world.conversions().filter { $0.attributedBy != nil }.count == 2 }
            #expect(try await world.own(.ad, "1111").leads == 1)
        }
    }

    @Test("a purchase touches its ad, ad set and campaign")
    func touches() async throws {
        try await World.with(ConversionScene.setup([]) { $0.chains = [ConversionScene.touching] }, scene: ConversionScene.base) {
            world in
            try await world.convert([ConversionScene.event(url: "https://shop.example/?ad_id=1111")])
            try await eventually("read") { try await world.touched(.campaign, "11")?.lastReadAtMs != nil }
            try await world.convert([ConversionScene.event(id: "of nobody", url: "https://shop.example/?ad_id=999999")])
            try await eventually("given up") { try await world.touched(.ad, "999999")?.state == .dead }
            #expect(try await world.touched(.ad, "999999")?.reason?.hasPrefix("entity_not_visible:") == true)
        }
    }
}

extension World {
    /// Our own figures of all time.
    func own(_ level: EntityLevel, _ id: String) async throws -> OwnFigures {
        try await store.read {
            try $0.ownFigures(workspace: "belmonte", ref: EntityRef(level, id), sinceMs: 0, untilMs: .max)
        }
    }
}
