import Core
import Signing
import Testing

@Suite("Sales in a shop, and by what Meta knows them again")
struct StoreSaleTests {
    typealias Sample = ConversionSample

    private static func sale(_ change: (inout JSONObject) -> Void = { _ in }) -> JSON {
        Sample.event {
            $0["action_source"] = "physical_store"
            $0["event_id"] = "till-1"
            $0["user_data"] = ["em": ["john@people.example", "j@work.example"], "ph": "48600700800", "page_id": "7"]
            $0["custom_data"] = ["value": 5, "currency": "EUR", "order_id": " 1001 ", "consent": true]
            change(&$0)
        }
    }

    private static func bought(_ more: [(String, JSON)]) -> JSON {
        .object(
            JSONObject(([("value", 5), ("currency", "EUR"), ("consent", true)] + more).map { .init(key: $0.0, value: $0.1) }))
    }

    private func key(_ event: JSON, beside: [(String, JSON)] = [], without: WithoutConsent = .send) throws -> String? {
        let request = try ConversionRequest.parse(Sample.body([event], beside)).get()
        let check = ConversionCheck(
            request, consent: ConsentPolicy(path: Sample.policy.path, without: without), nowMs: Sample.nowMs)
        try #require(check.refusal == nil)
        let source = try SourceCheck.verify(
            token: "t", proof: nil, timeSeconds: nil, dataset: "987",
            sources: [SourceSecrets(name: "shop", tokens: ["t"], secrets: [], datasets: ["987"])], nowSeconds: 0
        ).get()
        let envelope = Envelope(
            conversions: HashedEvent.made(of: check.events, dataset: "987", ids: EventIDPolicy()), from: source,
            parameters: request.parameters, target: "/987/events")
        let events = ConversionDecoder.decode(
            body: envelope.request.body, dataset: "987", source: "shop", receivedAtMs: Sample.nowMs, digest: SHA256.hex)
        #expect(events.first?.facts.saleKey == nil || events.first?.facts.saleKey == events.first?.event.dedupeKey)
        return events.first?.event.dedupeKey
    }

    @Test("with an order it is the order, its item and the second, whatever its id and whoever bought")
    func order() throws {
        let key = try #require(try key(Self.sale()))
        #expect(key.hasPrefix("conv:sale:987:Purchase:1767225600:"))
        let same = [
            Self.sale { $0["event_id"] = "till-2" }, Self.sale { $0["event_id"] = nil },
            Self.sale { $0["user_data"] = ["em": "other@people.example"] },
            Self.sale { $0["custom_data"] = Self.bought([("order_id", 1001), ("item_number", "")]) },
        ]
        for event in same { #expect(try self.key(event) == key) }
        let other = [
            Self.sale { $0["event_time"] = 1_767_225_601 }, Self.sale { $0["event_name"] = "Lead" },
            Self.sale { $0["custom_data"] = Self.bought([("order_id", "1002")]) },
            Self.sale { $0["custom_data"] = Self.bought([("order_id", "1001"), ("item_number", "2")]) },
            Self.sale { $0["custom_data"] = Self.bought([("order_id", "1001\n2")]) },
        ]
        var keys: Set<String?> = [key]
        for event in other { keys.insert(try self.key(event)) }
        keys.insert(try self.key(Self.sale(), beside: [("test_event_code", "T1")]))
        #expect(keys.count == 7 && !keys.contains(nil))
    }

    @Test("without an order it is whom it is about; an id of the sender's own counts before that")
    func people() throws {
        let bare = Self.bought([])
        let first = try key(Self.sale { ($0["event_id"], $0["custom_data"]) = (nil, bare) })
        let turned: JSON = ["page_id": "7", "ph": ["48 600 700 800"], "em": ["J@work.example", "john@people.example"]]
        let second = try key(
            Self.sale {
                ($0["event_id"], $0["user_data"]) = (nil, turned)
                $0["custom_data"] = ["value": 6, "currency": "EUR", "consent": true]
            })
        #expect(first?.hasPrefix("conv:sale:") == true && first == second)
        let third = try key(
            Self.sale { ($0["event_id"], $0["custom_data"], $0["user_data"]) = (nil, bare, ["em": "j@work.example"]) })
        #expect(third?.hasPrefix("conv:sale:") == true && third != first)
        #expect(try key(Self.sale { $0["custom_data"] = bare }) == "conv:987:Purchase:till-1")
    }

    @Test("where nobody is named, the time is ours or it is no shop's, it is known by its id")
    func others() throws {
        let bare: JSON = ["value": 5, "currency": "EUR"]
        let nobody = try key(Self.sale { ($0["event_id"], $0["custom_data"]) = (nil, bare) }, without: .drop)
        #expect(nobody == nil)
        #expect(try key(Self.sale { $0["event_time"] = 1_767_225_800 }) == "conv:987:Purchase:till-1")
        #expect(try key(Self.sale { $0["action_source"] = "website" }) == "conv:987:Purchase:till-1")
    }
}
