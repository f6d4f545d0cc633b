import Core
import Signing
import Testing

@Suite("Ids that are made for events without")
struct MadeIDTests {
    static let nowMs: Int64 = 1_767_225_700_000

    /// The events of one request as they would be kept.
    private func made(
        _ events: [JSON], dataset: String = "987", ids: EventIDPolicy = EventIDPolicy(), nowMs: Int64 = nowMs,
        rules: [ConversionFault: Ruling] = [:], without: WithoutConsent = .send
    ) throws -> [JSON] {
        let body: JSON = ["data": .array(events)]
        let check = ConversionCheck(
            try ConversionRequest.parse(body.bytes()).get(), consent: ConsentPolicy(path: ["none"], without: without),
            rules: SourceRules(rules), nowMs: nowMs)
        #expect(check.refusal == nil)
        return HashedEvent.made(of: check.events, dataset: dataset, ids: ids).map(\.json)
    }

    private func id(_ event: JSON, dataset: String = "987", nowMs: Int64 = nowMs) throws -> String {
        try #require(try made([event], dataset: dataset, nowMs: nowMs).first?["event_id"]?.text)
    }

    static func event(_ change: (inout JSONObject) -> Void = { _ in }) -> JSON {
        var event = JSONObject([
            .init(key: "event_name", value: "Purchase"), .init(key: "event_time", value: 1_767_225_600),
            .init(key: "action_source", value: "website"), .init(key: "event_source_url", value: "https://s.example/thanks"),
            .init(
                key: "user_data",
                value: ["em": ["a@b.c", "b@b.c"], "client_user_agent": "UA", "client_ip_address": "203.0.113.7"]),
            .init(
                key: "custom_data",
                value: ["value": .number("129.90"), "currency": "EUR", "contents": [["id": "1", "quantity": 2]]]),
        ])
        change(&event)
        return .object(event)
    }

    @Test("an event without an id gets one, marked as ours; one that has an id keeps it")
    func marked() throws {
        let events = try made([Self.event(), Self.event { $0["event_id"] = "order-1" }, Self.event { $0["event_id"] = "" }])
        #expect(events[0]["event_id"]?.text?.hasPrefix("ts-") == true)
        #expect(events[0]["event_id"]?.text?.utf8.count == 35)
        #expect(events[0]["_touchstone"]?["made_id"] == true)
        #expect(events[1]["event_id"] == "order-1")
        #expect(events[1]["_touchstone"]?["made_id"] == nil)
        #expect(events[2]["_touchstone"]?["made_id"] == true)
    }

    @Test("the id of an event is the same to the letter in every release")
    func golden() throws {
        // Computed elsewhere: SHA-256 of "987\n" and the event with sorted keys and hashes.
        #expect(try id(Self.event()) == "ts-1261aee66acbd86fa68bb1646fa706d8")
    }

    @Test("the same event sent again has the same id, whenever it comes and however its sender writes it")
    func stable() throws {
        let first = try id(Self.event())
        let again: [JSON] = [
            Self.event {
                $0["user_data"] = ["client_ip_address": "203.0.113.7", "client_user_agent": "UA", "em": ["b@b.c", "a@b.c"]]
            },
            Self.event {
                $0["user_data"] = [
                    "em": [" A@B.C", .string(SHA256.hex(Array("b@b.c".utf8)) + ".AQQCAQIB")], "client_user_agent": "UA",
                    "client_ip_address": "203.0.113.7:443",
                ]
            },
            .string(Self.event().encoded(sortedKeys: true)), Self.event { $0["event_time"] = "1767225600" },
            Self.event { $0["referrer_url"] = .null },
        ]
        for event in again { #expect(try id(event) == first) }
        #expect(try id(Self.event(), nowMs: Self.nowMs + 3 * 86_400_000) == first)
        #expect(try made([Self.event { $0["event_name"] = "Lead" }, Self.event()]).last?["event_id"] == .string(first))
    }

    @Test("a clock that is ahead does not make two events of one")
    func ahead() throws {
        let event = Self.event {
            $0["event_time"] = 1_767_225_800
            $0["event_source_url"] = "https://s.example/?fbclid=IwAR"
        }
        let first = try made([event]), second = try made([event], nowMs: Self.nowMs + 50_000)
        #expect(first[0]["event_time"] != second[0]["event_time"])
        #expect(first[0]["user_data"]?["fbc"] != second[0]["user_data"]?["fbc"])
        #expect(first[0]["event_id"] == second[0]["event_id"])
    }

    @Test("another event has another id")
    func other() throws {
        let others: [JSON] = [
            Self.event { $0["event_name"] = "Lead" }, Self.event { $0["event_time"] = 1_767_225_601 },
            Self.event { $0["action_source"] = "other" }, Self.event { $0["event_source_url"] = "https://s.example/other" },
            Self.event { $0["user_data"] = ["em": ["a@b.c"], "client_user_agent": "UA", "client_ip_address": "203.0.113.7"] },
            Self.event {
                $0["user_data"] = ["em": ["a@b.c", "b@b.c"], "client_user_agent": "UA", "client_ip_address": "203.0.113.8"]
            },
            Self.event { $0["custom_data"] = ["value": .number("129.90"), "currency": "EUR"] },
            Self.event { $0["custom_data"] = ["value": 130, "currency": "EUR", "contents": [["id": "1", "quantity": 2]]] },
            Self.event {
                $0["custom_data"] = [
                    "value": .number("129.90"), "currency": "EUR", "order_id": "1", "contents": [["id": "1", "quantity": 2]],
                ]
            },
        ]
        let ids = try ([Self.event()] + others).map { try id($0) } + [id(Self.event(), dataset: "988")]
        #expect(Set(ids).count == others.count + 2)
    }

    @Test("two events of one request that are the same in everything stay two, and are the same two when sent again")
    func twins() throws {
        let first = try made([Self.event(), Self.event(), Self.event()]).map { $0["event_id"] }
        #expect(Set(first.map { $0?.text }).count == 3)
        #expect(try made([Self.event(), Self.event(), Self.event()]).map { $0["event_id"] } == first)
        #expect(try id(Self.event()) == first[0]?.text)
    }

    @Test("the policy says which events get one")
    func policy() throws {
        let events = [Self.event(), Self.event { $0["action_source"] = "chat" }]
        func has(_ missing: EventIDPolicy.Choice, _ website: EventIDPolicy.Choice) throws -> [Bool] {
            try made(events, ids: EventIDPolicy(missing: missing, website: website)).map { $0["event_id"] != nil }
        }
        #expect(try has(.derive, .derive) == [true, true])
        #expect(try has(.derive, .leave) == [false, true])
        #expect(try has(.leave, .derive) == [true, false])
        #expect(try has(.leave, .leave) == [false, false])
    }

    @Test("an event that stays here gets none: without its person it looks like another's")
    func held() throws {
        #expect(try made([Self.event()], without: .drop)[0]["event_id"] == nil)
        #expect(try made([Self.event { $0["event_id"] = "order-1" }], without: .drop)[0]["event_id"] == "order-1")
    }

    @Test("what was mended or is worth knowing is kept with its event: code and place, never a value")
    func findings() throws {
        let event = Self.event {
            $0["event_source_url"] = nil
            $0["user_data"] = [
                "em": ["a@b.c", "Canary7Zebra"], "client_user_agent": "UA", "client_ip_address": "203.0.113.7:80",
            ]
        }
        let kept = try made([Self.event(), event])
        #expect(kept[0]["_touchstone"]?["findings"] == nil)
        #expect(
            kept[1]["_touchstone"]?["findings"] == [
                ["event_source_url_missing", "$"], ["ip_address_cleaned", "$['user_data']['client_ip_address']"],
                ["personal_value_dropped", "$['user_data']['em']"],
            ])
        #expect(!kept[1].encoded().contains("Canary"))
        #expect(ConversionDecoder.forwardable(kept[1])["_touchstone"] == nil)
    }

    @Test("findings that are kept are bounded, in number and in length")
    func bounded() throws {
        let same = Self.event { $0["user_data"] = ["ph": ["1", "2", "3"], "em": "a@b.c", "client_user_agent": "UA"] }
        #expect(try made([same])[0]["_touchstone"]?["findings"] == [["personal_value_dropped", "$['user_data']['ph']"]])
        let keys = (0..<100).map { JSONObject.Member(key: "k\($0)", value: 1) }
        let many = Self.event { $0["user_data"] = .object(JSONObject([.init(key: "em", value: "a@b.c")] + keys)) }
        #expect(try made([many], rules: [.userKeyUnknown: .repair])[0]["_touchstone"]?["findings"]?.items.count == 20)
        var deep: JSON = ["email": "x"]
        for _ in 0..<50 { deep = .object(JSONObject([.init(key: String(repeating: "k", count: 60), value: deep)])) }
        let long = Self.event { $0["custom_data"] = ["value": 1, "currency": "EUR", "deep": deep] }
        let finding = try made([long], rules: [.personalKey: .repair])[0]["_touchstone"]?["findings"]?[0]
        #expect(finding?[0] == "personal_key")
        #expect(finding?[1]?.text?.utf8.count == 257)
    }

    @Test("what is kept of a refused event says why, and goes nowhere")
    func quarantined() throws {
        let body: JSON = ["data": [Self.event { $0["event_time"] = nil }]]
        let check = ConversionCheck(
            try ConversionRequest.parse(body.bytes()).get(), consent: ConsentPolicy(path: ["none"], without: .send),
            strictness: .partial, nowMs: Self.nowMs)
        let remains = try #require(check.faulty.first?.remains)
        let kept = try #require(HashedEvent.made(of: [remains], dataset: "987", ids: EventIDPolicy()).first).json
        #expect(
            kept["_touchstone"]?.encoded(sortedKeys: true)
                == #"{"consent":"sent_without","findings":[["event_time_missing","$['event_time']"]],"forward":false,"reason":"quarantined"}"#
        )
        #expect(kept["event_id"] == nil)
        #expect(kept["user_data"]?["em"]?.items.count == 2)
        #expect(!kept.encoded().contains("a@b.c"))
    }
}
