import Core
import Engine
import GraphEmulator
import Signing
import Storage
import TestSupport
import Testing

@Suite("Conversions in quarantine: what is refused waits for somebody, is mended, and reaches Meta once")
struct QuarantineTests {
    @Test(
        "a thousand events with three bad ones: 997 leave in at most 35 calls, three are in quarantine with field and reason; corrected, all thousand are at Meta, each once"
    )
    func threeOfAThousand() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            for start in stride(from: 0, to: 1_000, by: 100) {
                try await world.convert((start..<start + 100).map { ConversionScene.event(id: "order-\($0)") })
            }
            try await eventually("all are held", withinMs: 60_000) {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE gate LIKE 'token:%'") == 1_000
            }
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try world.emulator.setDataset(
                yaml: """
                    {id: "900", refuses: [{ids: [order-3], subcode: 2804009}, {ids: [order-500], subcode: 2804023},
                    {ids: [order-997], subcode: 2804050}]}
                    """)
            let before = world.eventCalls.count
            try world.passTime(ms: 60_000)
            try await eventually("all have ended", withinMs: 60_000) {
                try await world.states() == [.forwarded: 997, .refused: 3]
            }
            #expect(world.eventCalls.count - before <= 35)
            let waiting = try await world.quarantine()
            #expect(waiting.map(\.conversionID) == ["order-3", "order-500", "order-997"])
            #expect(
                waiting.map(\.cause?.path) == ["$['custom_data']['value']", "$['custom_data']['currency']", "$['user_data']"])
            for conversion in waiting {
                #expect(conversion.cause.map { !$0.code.isEmpty && $0.sentence.contains("code 100, subcode 2804") } == true)
                #expect(conversion.traceID?.isEmpty == false && conversion.quarantinedAtMs != nil)
            }
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: []}")
            let value = try ConversionEdit(#"{"set":{"custom_data.value":9.5}}"#)
            let fates = try await world.mend(
                waiting.enumerated().map { Mending(eventID: $1.eventID, edit: $0 == 0 ? .none : value) })
            let areMended = fates.allSatisfy(\.isMended)
            #expect(areMended)
            try await eventually("all are forwarded") {
                try await world.states() == [.forwarded: 1_000, .replaced: 3]
            }
            let events = world.emulator.events()
            #expect(events.count == 1_000 && events.allSatisfy { $0.accepted == 1 && $0.received >= 1 })
            #expect(world.emulator.eventTotals().duplicates == 0)
            #expect(Set(events.compactMap(\.eventID)) == Set((0..<1_000).map { "order-\($0)" }))
            #expect(events.count { $0.value == "9.5" } == 2)
            #expect(try await world.quarantine().isEmpty)
        }
    }

    @Test(
        "what Meta refused is taken when the shop sends it again, corrected, with the same id; the old one is replaced and counts no more"
    )
    func resent() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: [{ids: [order-1], subcode: 2804050}]}")
            let url = "https://shop.example/thanks?ad_id=1111"
            try await world.convert([ConversionScene.event(url: url, value: "12.50")])
            try await eventually("refused") { try await world.states() == [.refused: 1] }
            #expect(try await world.purchases() == 1)
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: []}")
            try await world.convert([ConversionScene.event(url: url, value: "20.00")])
            try await eventually("forwarded") { try await world.states() == [.forwarded: 1, .replaced: 1] }
            let (old, new) = (try await world.conversions()[0], try await world.conversions()[1])
            #expect(old.replacedBy == new.eventID && new.state == .forwarded)
            #expect(world.emulator.events().map(\.value) == ["20.00"])
            try await eventually("counted") { try await world.purchases() == 1 }
            // and a third, after Meta has it, is the same again
            try await world.convert([ConversionScene.event(url: url, value: "20.00")])
            try await world.settle()
            #expect(try await world.states() == [.forwarded: 1, .replaced: 1])
        }
    }

    @Test(
        "a sale in a shop that Meta refused leaves quarantine when it is told again, corrected, though it has no id of its own; another sale does not",
        arguments: [("A-1", [ConversionState.forwarded: 1, .replaced: 1]), ("A-2", [.forwarded: 1, .refused: 1])])
    func resentSale(order: String, expected: [ConversionState: Int]) async throws {
        let sale = { (order: String, value: String) in
            ConversionScene.event(
                id: nil, value: nil, more: #","custom_data":{"order_id":"\#(order)","value":\#(value),"currency":"EUR"}"#
            )
            .replacing("\"website\"", with: "\"physical_store\"")
        }
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: [{share: 1.0, subcode: 2804009}]}")
            try await world.convert([sale("A-1", "12.50")])
            try await eventually("refused") { try await world.states() == [.refused: 1] }
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: []}")
            try await world.convert([sale(order, "20.00")])
            try await eventually("forwarded") { try await world.states() == expected }
            #expect(world.emulator.events().map(\.value) == ["20.00"])
        }
    }

    @Test("events retry of one that was refused lets it wait again; not where the shop has sent it again meanwhile")
    func retried() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: [{ids: [a, b], subcode: 2804050}]}")
            try await world.convert([
                ConversionScene.event(id: "a"), ConversionScene.event(id: "b"), ConversionScene.event(id: "c"),
            ])
            try await eventually("ended") { try await world.states() == [.forwarded: 1, .refused: 2] }
            let ids = try await world.conversions().map(\.eventID)
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: []}")
            try await world.engine.hold("belmonte", untilMs: nil, by: "test")
            try await world.convert([ConversionScene.event(id: "b")])
            try await eventually("b has come again") { try await world.states()[.replaced] == 1 }
            let nowMs = world.clock.nowMs()
            #expect(try await world.store.write { try $0.retryEvents(ids, nowMs: nowMs) }.messages == 1)
            #expect(try await world.conversions()[0].state == .waiting)
            #expect(try await world.conversions()[0].cause == nil)
            _ = try await world.engine.release("belmonte")
            // what came to the shut gate in the moment of its opening waits for the next look at it
            try await world.goOn(until: "forwarded") { try await world.states() == [.forwarded: 3, .replaced: 1] }
            #expect(world.emulator.events().count == 3 && world.emulator.events().allSatisfy { $0.accepted == 1 })
        }
    }

    @Test(
        "of a request that is taken in part the bad event is kept apart with its fault, mended with a raw value, hashed, and forwarded once"
    )
    func partial() async throws {
        let log = LogLines()
        try await World.with(ConversionScene.setup { $0.logger = log.logger }, scene: ConversionScene.base) { world in
            let bad =
                #"{"event_name":"Purchase","event_time":\#(ConversionScene.justNow),"action_source":"website","event_id":"bad","custom_data":{"value":3,"currency":"EUR"},"user_data":{"client_user_agent":"UA","country":"de"}}"#
            try await world.convertPartly([bad, ConversionScene.event(id: "good")])
            try await eventually("settled") { try await world.states() == [.forwarded: 1, .quarantined: 1] }
            let waiting = try #require(try await world.quarantine().first)
            #expect(waiting.cause?.code == "too_few_match_keys" && waiting.cause?.path == "$['user_data']")
            #expect(waiting.conversionID == "bad" && waiting.quarantinedAtMs == waiting.receivedAtMs)

            // refused again: everything is said, nothing is changed
            let worse = try ConversionEdit(#"{"set":{"custom_data.currency":"12","user_data.em":"nobody"}}"#)
            let refused = try #require(try await world.mend([Mending(eventID: waiting.eventID, edit: worse)]).first)
            #expect(refused.fate == .refused)
            #expect(
                Set(refused.findings.filter { $0.severity == .reject }.map(\.path)) == [
                    "$['user_data']", "$['custom_data']['currency']",
                ])
            #expect(try await world.states() == [.forwarded: 1, .quarantined: 1])

            let edit = try ConversionEdit(#"{"set":{"user_data.em":" Canary-Edit@Example.com "},"unset":["user_data.country"]}"#)
            let mending = Mending(eventID: waiting.eventID, edit: edit)
            let nowMs = world.clock.nowMs()
            let rehearsed = try await world.store.read {
                try $0.mend([mending], policies: { _ in .documented }, rehearses: true, nowMs: nowMs)
            }
            #expect(rehearsed.map(\.fate) == [.mended(by: nil, held: nil)])
            let mended = try #require(try await world.mend([mending]).first)
            guard case .mended(let heir?, nil) = mended.fate else { return #expect(Bool(false), "\(mended.fate)") }
            try await eventually("forwarded") { try await world.states() == [.forwarded: 2, .replaced: 1] }
            let event = try #require(world.emulator.events().first { $0.eventID == "bad" })
            #expect(event.accepted == 1 && event.received == 1)
            #expect(event.userData["em"] == [SHA256.hex(Array("canary-edit@example.com".utf8))])
            #expect(!event.keys.contains { $0.contains("touchstone") || $0.contains("country") })
            let old = try #require(try await world.store.read { try $0.conversion(waiting.eventID) })
            #expect(old.replacedBy == heir && old.cause?.code == "too_few_match_keys")

            // once more: refused, whoever asks
            let again = try await world.mend([mending, Mending(eventID: heir), Mending(eventID: 1)]).map(\.fate)
            #expect(again == [.denied(.replaced(by: heir)), .denied(.notInQuarantine(.forwarded)), .denied(.unknown)])
            #expect(world.emulator.eventTotals().received == 2)
            #expect(!log.text.lowercased().contains("canary-edit"))
            #expect(try !String(decoding: world.filesOnDisk(), as: UTF8.self).contains("anary-"))
        }
    }

    @Test("an edit keeps name, id and consent; what consent took out does not come back in")
    func kept() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            let bad = ConversionScene.event(id: "bad", value: nil)
            try await world.convertPartly([bad], without: .drop)
            try await world.convertPartly([ConversionScene.event(id: nil, value: nil)], without: .send)
            try await eventually("quarantined") { try await world.states() == [.quarantined: 2] }
            let waiting = try await world.quarantine()
            #expect(waiting.map(\.cause?.code) == ["value_missing", "value_missing"])
            func fate(_ index: Int, _ edit: String) async throws -> MendingOutcome.Fate? {
                try await world.mend([Mending(eventID: waiting[index].eventID, edit: try ConversionEdit(edit))]).first?.fate
            }
            #expect(try await fate(0, #"{"set":{"event_id":"other"}}"#) == .denied(.edit(.identity("event_id"))))
            #expect(try await fate(0, #"{"unset":["event_name"]}"#) == .denied(.edit(.identity("event_name"))))
            #expect(try await fate(0, #"{"set":{"_touchstone.consent":"granted"}}"#) == .denied(.edit(.notEditable)))
            let value = #"{"set":{"custom_data.value":3,"custom_data.currency":"EUR"}}"#
            guard case .mended(.some, .noConsent) = try await fate(0, value) else { return #expect(Bool(false), "not held") }
            guard case .mended(.some, nil) = try await fate(1, value) else { return #expect(Bool(false), "not mended") }
            try await eventually("settled") { try await world.states() == [.leftOut: 1, .forwarded: 1, .replaced: 2] }
            let event = try #require(world.emulator.events().first)
            #expect(world.emulator.events().count == 1 && event.eventID?.hasPrefix("ts-") == true)
        }
    }

    @Test("two at once who mend the same event make one of it; one that the shop has sent again is not replayed")
    func races() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: [{ids: [a], subcode: 2804050}]}")
            try await world.convert([ConversionScene.event(id: "a")])
            try await eventually("refused") { try await world.states() == [.refused: 1] }
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: []}")
            let id = try await world.conversions()[0].eventID
            let fates = try await withThrowingTaskGroup(of: MendingOutcome.Fate?.self) { group in
                for _ in 0..<8 { group.addTask { try await world.mend([Mending(eventID: id)]).first?.fate } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(fates.count { if case .mended? = $0 { true } else { false } } == 1)
            try await world.convert([ConversionScene.event(id: "a")])
            try await eventually("forwarded") { try await world.states() == [.forwarded: 1, .replaced: 1] }
            try await world.settle()
            #expect(world.emulator.events().map(\.received) == [1])
        }
    }

    @Test("what was erased, or whose source is gone, can't be mended, and says so")
    func denied() async throws {
        try await World.with(ConversionScene.setup(), scene: ConversionScene.base) { world in
            try await world.convertPartly([ConversionScene.event(id: "bad", value: nil)])
            try await eventually("quarantined") { try await world.states() == [.quarantined: 1] }
            let id = try await world.conversions()[0].eventID
            let nowMs = world.clock.nowMs()
            let gone = try await world.store.write { try $0.mend([Mending(eventID: id)], policies: { _ in nil }, nowMs: nowMs) }
            #expect(gone.map(\.fate) == [.denied(.sourceGone)])
            let person = "em:" + SHA256.hex(Array(ConversionScene.email.utf8))
            _ = try await world.store.write { try $0.erase(people: [person], nowMs: nowMs) }
            #expect(try await world.mend([Mending(eventID: id)]).map(\.fate) == [.denied(.notInQuarantine(.leftOut))])
            #expect(try await world.quarantine().isEmpty)
            try await world.convertPartly([ConversionScene.event(id: "pruned", value: nil)])
            try await eventually("quarantined") { try await world.quarantine().count == 1 }
            let pruned = try await world.quarantine()[0].eventID
            try await world.store.write { _ = try $0.run("DELETE FROM deliveries WHERE seq = \(pruned / 4_096)") }
            #expect(try await world.mend([Mending(eventID: pruned)]).map(\.fate) == [.denied(.deliveryGone)])
        }
    }
}
