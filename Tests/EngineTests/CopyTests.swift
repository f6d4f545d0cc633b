import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Copies of conversions: one event for several datasets, each its own at Meta, and one in our own figures")
struct CopyTests {
    private static let scene = Scene.base + "\ndatasets: [{id: \"900\"}, {id: \"901\"}, {id: \"902\"}]\n"
    private static let url = "https://shop.example/thanks?ad_id=1111"

    private static func setup(_ change: (inout Setup) -> Void = { _ in }) -> Setup {
        ConversionScene.setup {
            $0.forwarding.copies = ["901", "902"]
            change(&$0)
        }
    }

    /// What Meta has: `dataset event_id`, each as often as it was accepted.
    private func there(_ world: World) -> [String] {
        world.emulator.events().flatMap { Array(repeating: "\($0.dataset) \($0.eventID ?? "")", count: $0.accepted) }.sorted()
    }

    private static func all(_ ids: [String]) -> [String] { ["900", "901", "902"].flatMap { set in ids.map { "\(set) \($0)" } } }

    @Test("every event goes to its own dataset and to each of the copies', once, told twice or not; it counts once for us")
    func eachOnce() async throws {
        let setup = Self.setup {
            $0.chains = [
                ConversionScene.chain, ConversionScene.touching,
                [ChainStep(handler: "attribute"), ChainStep(handler: "touch"), ChainStep(handler: "forward_conversion")],
            ]
        }
        try await World.with(setup, scene: Self.scene) { world in
            let events = ["a", "b"].map { ConversionScene.event(id: $0, url: Self.url) }
            let seq = try await world.convert(events)
            try await eventually("forwarded") { try await world.conversions(.forwarded) == 6 }
            try await world.convert(events)
            try await eventually("dropped") { try await world.count("SELECT COUNT(*) FROM conversion_repeats") == 6 }
            try await world.settle()
            #expect(there(world) == Self.all(["a", "b"]))
            #expect(try await world.states() == [.forwarded: 6])
            #expect(try await world.purchases() == 2)
            // one chain alone resolves the ads of a copy: none
            #expect(try await world.conversions().filter { $0.adID != nil }.map(\.dataset) == ["900", "900"])
            let delivery = try #require(try await world.store.read { try $0.delivery(seq) })
            #expect(delivery.events == 2 && delivery.duplicates == 0)
            let copy = try #require(try await world.conversions().last)
            let event = try #require(try await world.store.read { try $0.event(copy.eventID) }?.listing.event)
            #expect(event.copy == 2 && event.place == 1 && event.objectID == "902" && event.kind == "conversion.Purchase")
        }
    }

    @Test("the sender of an event is told of each of them; the orders of each dataset balance, and an order counts once over all")
    func accounted() async throws {
        try await World.with(Self.setup(), scene: Self.scene) { world in
            try world.emulator.setDataset(yaml: "{id: \"901\", refuses: [{ids: [a], subcode: 2804050}]}")
            try await world.convert([ConversionScene.event(id: "a"), ConversionScene.event(id: "b")])
            try await eventually("ended") { try await world.states() == [.forwarded: 5, .refused: 1] }
            let told = try await world.store.read { try $0.told(source: "shop", conversionID: "a") }
            #expect(
                Set(told.map { "\($0.conversion.dataset) \($0.conversion.state.rawValue)" }) == [
                    "900 forwarded", "901 refused", "902 forwarded",
                ])
            #expect(told.allSatisfy { $0.stored()?["event_id"]?.text == "a" })
            for (dataset, accepted, quarantined) in [(nil, 2, 0), ("900", 2, 0), ("901", 1, 1), ("902", 2, 0)] {
                var filter = LedgerFilter(workspace: "belmonte", source: "shop")
                filter.dataset = dataset
                let (counts, page) = try await world.store.read { [filter] transaction in
                    let counts = try transaction.ledgerCounts(filter)
                    return (
                        counts, try transaction.ledgerPage(filter, upTo: counts.lastEventID, after: nil, limit: 100)
                    )
                }
                var ledger = Ledger(
                    orders: counts.orders, eventsWithoutOrder: counts.eventsWithoutOrder, eventsMissing: counts.eventsMissing)
                for entry in page.entries { ledger.add(entry) }
                ledger.close()
                #expect(ledger.balances && ledger.orders == 2, "\(dataset ?? "all"): \(ledger.faults)")
                #expect(ledger.count("accepted") == accepted && ledger.count("quarantined") == quarantined)
            }
        }
    }

    @Test(
        "what one dataset's Meta refused is mended for that dataset only: the others have it already, with an id of its own or one that is made",
        arguments: [("900", "a"), ("901", "a"), ("902", nil)])
    func mendedAlone(dataset: String, id: String?) async throws {
        try await World.with(Self.setup(), scene: Self.scene) { world in
            try world.emulator.setDataset(yaml: "{id: \"\(dataset)\", refuses: [{share: 1.0, subcode: 2804023}]}")
            try await world.convert([ConversionScene.event(id: id, url: Self.url)])
            try await eventually("ended") { try await world.states() == [.forwarded: 2, .refused: 1] }
            try world.emulator.setDataset(yaml: "{id: \"\(dataset)\", refuses: []}")
            let waiting = try #require(try await world.quarantine().first)
            #expect(waiting.dataset == dataset)
            let edit = try ConversionEdit(#"{"set":{"custom_data.value":9.5}}"#)
            #expect(try await world.mend([Mending(eventID: waiting.eventID, edit: edit)]).first?.isMended == true)
            try await eventually("forwarded") { try await world.states() == [.forwarded: 3, .replaced: 1] }
            try await world.settle()
            let events = world.emulator.events()
            #expect(events.count == 3 && events.allSatisfy { $0.accepted == 1 })
            #expect(Set(events.map(\.dataset)).count == 3)
            #expect(events.filter { $0.value == "9.5" }.map(\.dataset) == [dataset])
            #expect(try await world.purchases() == 1)
        }
    }

    @Test("a refund takes back what the mended purchase says, and not what its copies still say")
    func refunded() async throws {
        try await World.with(Self.setup(), scene: Self.scene) { world in
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: [{share: 1.0, subcode: 2804023}]}")
            try await world.convert([ConversionScene.event(id: "a", url: Self.url, value: "12.50")])
            try await eventually("ended") { try await world.states() == [.forwarded: 2, .refused: 1] }
            try world.emulator.setDataset(yaml: "{id: \"900\", refuses: []}")
            let waiting = try #require(try await world.quarantine().first)
            let edit = try ConversionEdit(#"{"set":{"custom_data.value":9.5}}"#)
            #expect(try await world.mend([Mending(eventID: waiting.eventID, edit: edit)]).first?.isMended == true)
            try await eventually("counted") {
                let (forwarded, counted) = (try await world.conversions(.forwarded), try await world.purchases())
                return forwarded == 3 && counted == 1
            }
            let refund = ConversionScene.event("Refund", id: "r", value: nil, more: #","custom_data":{"order_id":"a"}"#)
            try await world.convert([refund])
            try await eventually("taken back") {
                try await world.count("SELECT COUNT(*) FROM own_events WHERE metric = 'refund'") > 0
            }
            #expect(try await world.count("SELECT MAX(value_minor) FROM own_events WHERE metric = 'refund'") == 950)
        }
    }

    @Test("what we set aside waits once, and goes to all datasets when it is mended")
    func mendedForAll() async throws {
        try await World.with(Self.setup(), scene: Self.scene) { world in
            let bad =
                #"{"event_name":"Purchase","event_time":\#(ConversionScene.justNow),"action_source":"website","event_id":"bad","custom_data":{"value":3,"currency":"EUR"},"user_data":{"client_user_agent":"UA","country":"de"}}"#
            try await world.convertPartly([bad, ConversionScene.event(id: "good")])
            try await eventually("settled") { try await world.states() == [.forwarded: 3, .quarantined: 1] }
            let waiting = try #require(try await world.quarantine().first)
            let edit = try ConversionEdit(#"{"set":{"user_data.em":"joe@example.com"}}"#)
            #expect(try await world.mend([Mending(eventID: waiting.eventID, edit: edit)]).first?.isMended == true)
            try await eventually("forwarded") { try await world.states() == [.forwarded: 6, .replaced: 1] }
            #expect(there(world) == Self.all(["bad", "good"]))
        }
    }

    @Test(
        "no copies of what is sent with a test code, stays here, or goes to the copies' dataset by itself",
        arguments: [
            ("900", ConversionScene.event(id: "a"), #","test_event_code":"TEST1""#, ["900 a"]),
            ("900", ConversionScene.event("Refund", id: "a"), "", []),
            ("901", ConversionScene.event(id: "a"), "", ["901 a", "902 a"]),
        ])
    func notCopied(dataset: String, event: String, beside: String, expected: [String]) async throws {
        try await World.with(Self.setup { $0.forwarding.testEvents = .forward }, scene: Self.scene) { world in
            try await world.convert([event], dataset: dataset, beside: beside)
            try await eventually("decoded") { try await !world.conversions().isEmpty }
            try await eventually("ended") { try await world.conversions(.waiting) == 0 }
            try await world.settle()
            #expect(there(world) == expected)
            #expect(try await world.conversions().count == max(1, expected.count))
        }
    }

    @Test("a copy that no route would forward is not made: nothing would ever send it")
    func unrouted() async throws {
        let setup = Self.setup { $0.chains = [[ChainStep(handler: "attribute")]] }
        try await World.with(setup, scene: Self.scene) { world in
            try await world.convert([ConversionScene.event(url: Self.url)])
            try await eventually("counted") { try await world.purchases() == 1 }
            #expect(try await world.conversions().map(\.dataset) == ["900"])
        }
    }

    @Test("a full request has copies of all its events, and each reads its own")
    func full() async throws {
        try await World.with(Self.setup(), scene: Self.scene) { world in
            try await world.convert((0..<1_000).map { ConversionScene.event(id: "order-\($0)", value: "\($0 + 1)") })
            try await eventually("forwarded", withinMs: 90_000) { try await world.conversions(.forwarded) == 3_000 }
            let events = world.emulator.events()
            #expect(events.count == 3_000 && events.allSatisfy { $0.accepted == 1 })
            #expect(events.allSatisfy { event in event.eventID == event.value.flatMap(Int.init).map { "order-\($0 - 1)" } })
        }
    }
}
