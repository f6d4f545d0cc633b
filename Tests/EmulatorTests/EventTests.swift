import Foundation
import GraphEmulator
import Testing

@Suite("Events edge")
struct EventTests {
    private static let hash = String(repeating: "ab", count: 32)
    private static let email = JSONLiteral.text(hash)

    /// A purchase that is right, with members replaced, added or taken out.
    static func event(_ changes: [String: JSONLiteral] = [:]) -> JSONLiteral {
        let event: [String: JSONLiteral] = [
            "event_name": "Purchase", "event_time": .number(Shop.now - 10), "event_id": "e1", "action_source": "website",
            "user_data": ["em": [email], "client_user_agent": "UA"], "custom_data": ["value": 12.5, "currency": "EUR"],
        ]
        return .object(event.merging(changes) { _, change in change })
    }

    static func body(_ events: [JSONLiteral], _ more: [String: JSONLiteral] = [:]) -> String {
        JSONLiteral.object(more.merging(["data": .array(events)]) { _, data in data }).encoded
    }

    private func send(_ play: Play, _ events: [JSONLiteral], _ path: String = "/v26.0/900/events") async throws -> Answer {
        try await play.json("POST", path, Self.body(events), Shop.system)
    }

    /// An event, and the subcode that it gets.
    struct Case: Sendable, CustomTestStringConvertible {
        let changes: [String: JSONLiteral]
        let subcode: Int?

        init(_ changes: [String: JSONLiteral], _ subcode: Int? = nil) {
            self.changes = changes
            self.subcode = subcode
        }

        var testDescription: String {
            let gone = changes.filter { $0.value.object == nil }.keys.sorted().map { "without \($0)" }
            return (gone + [JSONLiteral.object(changes).encoded, subcode.map { String($0) } ?? ""]).joined(separator: " ")
        }
    }

    @Test("takes a batch and says how many it was", arguments: ["/900/events", "/v26.0/900/events", "/v19.0/900/events"])
    func taking(_ path: String) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await send(play, [Self.event(), Self.event(["event_id": "e2"])], path)
            let trace = try #require(answer.headers["x-fb-trace-id"]?.first)
            #expect(answer.text == #"{"events_received":2,"messages":[],"fbtrace_id":"\#(trace)"}"#)
            let entry = try #require(play.emulator.log().last)
            #expect(entry.op == "events")
            #expect(entry.call == "events")
            #expect(entry.dataset == "900")
            #expect(entry.events == 2)
            #expect(entry.accepted == 2)
            #expect(entry.form == ["data": "[withheld]"])
            #expect(play.emulator.eventTotals().accepted == 2)
        }
    }

    @Test("reads the token and the data wherever an SDK puts them")
    func places() async throws {
        try await Shop.with { (play: Play) async throws in
            let proof = Shop.system.proof
            let data = JSONLiteral.array([Self.event()]).encoded
            let texts = JSONLiteral.array([.text(Self.event(["event_id": "e2"]).encoded)]).encoded
            let form = "application/x-www-form-urlencoded"
            let auth = ["access_token": "SYSTEM-TOKEN", "appsecret_proof": proof]
            let query = "/900/events?\(Play.encoded(auth))"
            #expect(try await play.send("POST", query, [:], (Play.encoded(["data": texts]), form)).status == 200)
            let fields = auth.merging(["data": data]) { a, _ in a }
            #expect(try await play.send("POST", "/900/events", [:], (Play.encoded(fields), form)).status == 200)
            let json = Self.body([Self.event(["event_id": "e3"])], auth.mapValues(JSONLiteral.text))
            #expect(try await play.send("POST", "/900/events", [:], (json, "application/json")).status == 200)
            #expect(play.emulator.log().map(\.auth) == ["query", "form", "form"])
            #expect(play.emulator.log().map(\.proof) == ["ok", "ok", "ok"])
            #expect(play.emulator.events().map(\.eventID) == ["e2", "e1", "e3"])
        }
    }

    @Test(
        "an event that isn't right, with the code it gets",
        arguments: [
            Case(["event_name": .gone], 2_804_019), Case(["event_name": ""], 2_804_019), Case(["event_time": .gone], 2_804_019),
            Case(["event_time": "soon"], 2_804_019), Case(["event_time": 1.5], 2_804_019),
            Case(["action_source": .gone], 2_804_019),
            Case(["action_source": "shop"], 2_804_019), Case(["user_data": .gone], 2_804_019),
            Case(["user_data": "x"], 2_804_019),
            Case(["event_time": .number(Shop.now - 7 * 86_400 - 1)], 2_804_003), Case(["event_time": 1_325_376_000], 2_804_003),
            Case(["event_time": .number(Shop.now + 61)], 2_804_004), Case(["event_time": .number(Shop.now * 1000)], 2_804_004),
            Case(["event_time": .number(Shop.now - 62 * 86_400 - 1), "action_source": "physical_store"], 2_804_003),
            Case(["custom_data": ["currency": "EUR"]], 2_804_009), Case(["custom_data": .gone], 2_804_009),
            Case(["custom_data": ["value": 1]], 2_804_023), Case(["event_name": "Lead", "custom_data": ["value": 1]], 2_804_023),
            Case(["custom_data": ["value": -1, "currency": "EUR"]], 2_804_019),
            Case(["custom_data": ["value": 1, "currency": "EURO"]], 2_804_019),
            Case(["action_source": "app"], 2_804_043),
            Case(["action_source": "business_messaging", "event_name": "Lead"], 2_804_066),
            Case(["action_source": "business_messaging", "messaging_channel": "whatsapp"], 2_804_116),
            Case(["action_source": "business_messaging", "messaging_channel": "messenger"], 2_804_069),
            Case(["action_source": "business_messaging", "messaging_channel": "instagram"], 2_804_079),
            Case(["colour": "red"]), Case(["advertiser_tracking_enabled": true]),
        ])
    func refused(_ c: Case) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await send(play, [Self.event(["event_id": "first"]), Self.event(c.changes)])
            #expect(answer.status == 400)
            #expect(answer.code == 100)
            #expect(answer.subcode == c.subcode)
            #expect(answer.error["fbtrace_id"] as? String == answer.headers["x-fb-trace-id"]?.first)
            if c.subcode == 2_804_019 {
                #expect((answer.error["error_user_msg"] as? String)?.hasPrefix("$['data'][1][") == true)
            }
            #expect(play.emulator.events().isEmpty)
            #expect(play.emulator.eventTotals().refusedEvents == 2)
        }
    }

    @Test(
        "user_data that isn't right",
        arguments: [
            Case(["em": "CANARY@b.c"], 2_804_016), Case(["em": [email, "CANARY@b.c"]], 2_804_016),
            Case(["ph": "16505551212"], 2_804_016),
            Case(["fn": "mary"], 2_804_016), Case(["ln": "x"], 2_804_016), Case(["db": "19970216"], 2_804_016),
            Case(["ge": "f"], 2_804_016),
            Case(["ct": "paris"], 2_804_016), Case(["st": "ca"], 2_804_016), Case(["zp": "94035"], 2_804_016),
            Case(["country": "us"], 2_804_016),
            Case(["em": ["x": "y"]], 2_804_016), Case(["em": ""], 2_804_016), Case(["em": .text(hash + ".A")], 2_804_016),
            Case(["em": email, "fbc": "fb.1.179517.AbC"], 2_804_001), Case(["em": email, "fbc": "CANARY"], 2_804_001),
            Case(["em": email, "fbc": "fb.1.1795170000000.fb.1.1795170000000.AbC"], 2_804_001),
            Case([:], 2_804_050), Case(["client_user_agent": "UA"], 2_804_050), Case(["colour": "red"], 2_804_050),
            Case(["ct": email, "country": email, "client_user_agent": "UA"], 2_804_050), Case(["db": email], 2_804_050),
            Case(["fn": email, "ge": email], 2_804_050), Case(["ln": email], 2_804_050), Case(["em": []], 2_804_050),
            Case(["em": email, "lead_id": "CANARY"], 2_804_036), Case(["em": email, "lead_id": 0], 2_804_036),
        ])
    func refusedUser(_ c: Case) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await send(play, [Self.event(["user_data": .object(c.changes)])])
            #expect(answer.status == 400)
            #expect(answer.subcode == c.subcode)
            #expect(!(answer.text + play.emulator.logLines().joined()).contains("CANARY"))
            #expect(play.emulator.events().isEmpty)
        }
    }

    @Test(
        "events that are right",
        arguments: [
            Case([:]), Case(["user_data": ["client_ip_address": "203.0.113.5", "client_user_agent": "UA"]]),
            Case(["user_data": ["em": .text(hash.uppercased() + ".AQQCAQIB")]]),
            Case(["user_data": ["fn": email, "ln": email]]), Case(["user_data": ["em": nil, "external_id": "7"]]),
            Case(["user_data": ["ph": [.text(String(repeating: "1", count: 32))]]]),
            Case(["user_data": ["em": email, "fbc": "fb.1.1795170000000.AbC-d_9", "fbp": "anything"]]),
            Case(["user_data": ["lead_id": 9_007_199_254_740_993]]), Case(["event_time": .text(String(Shop.now))]),
            Case(["event_time": .number(Shop.now + 60)]), Case(["event_time": .number(Shop.now - 7 * 86_400)]),
            Case(["event_time": .number(Shop.now - 62 * 86_400), "action_source": "physical_store"]),
            Case(["custom_data": ["value": "12.50", "currency": "eur"]]),
            Case(["event_name": "Own Event", "custom_data": .gone]), Case(["app_data": nil, "original_event_data": nil]),
            Case([
                "action_source": "app",
                "app_data": [
                    "advertiser_tracking_enabled": 1,
                    "extinfo": ["i2", "", "", "", "17.0", "", "", "", "", "", "", "", "", "", "", ""],
                ],
            ]),
            Case([
                "action_source": "business_messaging", "messaging_channel": "whatsapp", "event_name": "LeadSubmitted",
                "user_data": ["ctwa_clid": "c", "page_id": "700"],
            ]),
        ])
    func accepted(_ c: Case) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await send(play, [Self.event(c.changes)])
            #expect(answer.json["events_received"] as? Int == 1, "\(answer.text)")
            #expect(play.emulator.events().count == 1)
        }
    }

    @Test(
        "a batch that isn't one",
        arguments: [
            ("{}", nil), (#"{"data":"x"}"#, nil), (#"{"data":{}}"#, nil), (#"{"data":[]}"#, nil), (#"{"data":[1]}"#, 2_804_019),
            (#"{"data":["{"]}"#, 2_804_019), (#"{"data":[null]}"#, 2_804_019),
        ] as [(String, Int?)])
    func batches(_ body: String, _ subcode: Int?) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await play.json("POST", "/900/events", body, Shop.system)
            #expect(answer.status == 400)
            #expect(answer.code == 100)
            #expect(answer.subcode == subcode)
        }
    }

    @Test("a thousand events and a megabyte are a batch, one more isn't", arguments: [(1_000, 200), (1_001, 400)])
    func thousand(_ count: Int, _ status: Int) async throws {
        try await Shop.with { (play: Play) async throws in
            let url = "https://shop.example/" + String(repeating: "p", count: 800)
            let events = (0..<count).map { Self.event(["event_id": .text("e\($0)"), "event_source_url": .text(url)]) }
            #expect(try await send(play, events).status == status)
            #expect(play.emulator.log().last?.events == count)
            #expect(play.emulator.events().count == (status == 200 ? count : 0))
        }
    }

    @Test("one event that comes again counts once for two days")
    func deduplication() async throws {
        try await Shop.with { (play: Play) async throws in
            let lasting: [String: JSONLiteral] = ["action_source": "physical_store"]
            #expect(try await send(play, [Self.event(lasting), Self.event(lasting)]).status == 200)
            #expect(try await send(play, [Self.event(lasting), Self.event(["event_name": "Lead"])]).status == 200)
            #expect(try await send(play, [Self.event(["event_id": .gone]), Self.event(["event_id": .gone])]).status == 200)
            #expect(play.emulator.log().map(\.accepted) == [1, 1, 2])
            play.emulator.advanceClock(ms: 48 * 3_600_000 - 1)
            _ = try await send(play, [Self.event(lasting)])
            play.emulator.advanceClock(ms: 1)
            _ = try await send(play, [Self.event(lasting)])
            let first = try #require(play.emulator.events().first)
            #expect(first.received == 5)
            #expect(first.accepted == 2)
            #expect(first.requests == [1, 1, 2, 4, 5])
            #expect(play.emulator.events().count == 4)
            let totals = play.emulator.eventTotals()
            #expect(totals.received == 8)
            #expect(totals.accepted == 5)
            #expect(totals.duplicates == 3)
        }
    }

    @Test("the read-out has keys and hashes, and nobody's words")
    func readOut() async throws {
        try await Shop.with { (play: Play) async throws in
            let event = Self.event([
                "user_data": [
                    "em": [Self.email], "client_user_agent": "CANARY", "fbc": "fb.1.1795170000000.AbC-d_9",
                    "lead_id": "9007199254740993",
                ],
                "custom_data": ["value": "142.52", "currency": "EUR", "note": "CANARY"],
                "event_source_url": "https://a/?q=CANARY",
            ])
            let body = Self.body([event], ["test_event_code": "TEST1"])
            #expect(try await play.json("POST", "/900/events", body, Shop.system).status == 200)
            let answer = try await play.control("GET", "events")
            let record = try #require((answer.json["events"] as? [[String: Any]])?.first)
            #expect(record["dataset"] as? String == "900")
            #expect(record["event_name"] as? String == "Purchase")
            #expect(record["event_id"] as? String == "e1")
            #expect(record["test_event_code"] as? String == "TEST1")
            #expect(record["value"] as? String == "142.52")
            #expect(record["currency"] as? String == "EUR")
            #expect(record["custom_keys"] as? [String] == ["currency", "note", "value"])
            let user = try #require(record["user_data"] as? [String: [String]])
            #expect(user["em"] == [Self.hash])
            #expect(user["lead_id"] == ["9007199254740993"])
            #expect(user["fbc"] == ["sha256:63530707925773b2d0b729302a3e5fea51d64c8799e61e0c6026342208224334"])
            #expect(user.keys.sorted() == ["client_user_agent", "em", "fbc", "lead_id"])
            #expect(!(answer.text + play.emulator.logLines().joined()).contains("CANARY"))
        }
    }

    @Test("a token that isn't right, and a data set that isn't the token's")
    func access() async throws {
        try await Shop.with { (play: Play) async throws in
            let body = Self.body([Self.event()])
            let garbled = try await play.send(
                "POST", "/900/events", ["Authorization": "Bearer nonsense"], (body, "application/json"))
            #expect(garbled.status == 401)
            #expect(garbled.code == 190)
            #expect(garbled.subcode == nil)
            try play.emulator.setToken(name: "sys", state: "expired")
            let expired = try await play.json("POST", "/900/events", body, Shop.system)
            #expect(expired.status == 401)
            #expect(expired.subcode == 463)
            let stranger = try await play.json("POST", "/900/events", body, Shop.stranger)
            #expect(stranger.status == 400)
            #expect(stranger.subcode == 33)
            let nowhere = try await play.json("POST", "/999/events", body, Shop.stranger)
            #expect(nowhere.subcode == 33)
            #expect(play.emulator.events().isEmpty)
            #expect(play.emulator.log().allSatisfy { $0.form["data"] == "[withheld]" })
        }
    }

    @Test("a timed proof holds for five minutes here, too", arguments: [(0, 200), (300_000, 200), (301_000, 400)])
    func timedProof(_ laterMs: Int64, _ status: Int) async throws {
        try await Shop.with("proof_clock: emulator\n") { (play: Play) async throws in
            play.emulator.advanceClock(ms: laterMs)
            let proof = "37eac3bc16a075d8a5617db7880fc67f73ac11826b1b8e20208c188704747a75"
            let auth = ["access_token": "SYSTEM-TOKEN", "appsecret_proof": proof, "appsecret_time": "1795176000"]
            let body = Self.body([Self.event()], auth.mapValues(JSONLiteral.text))
            let answer = try await play.send("POST", "/900/events", [:], (body, "application/json"))
            #expect(answer.status == status)
            #expect(play.emulator.log().last?.proof == (status == 200 ? "ok" : "wrong"))
        }
    }

    @Test(
        "where only known leads are taken, a deleted one fails the whole batch",
        arguments: [("441", 200), ("444", 400), ("9", 400)])
    func leads(_ id: String, _ status: Int) async throws {
        try await Shop.with { (play: Play) async throws in
            let event = Self.event(["user_data": ["lead_id": .text(id)]])
            #expect(try await send(play, [Self.event(["event_id": "e0"]), event], "/901/events").status == status)
            #expect(play.emulator.events().count == (status == 200 ? 2 : 0))
        }
    }

    @Test("an answer that is lost: the events are taken, and the second time they are duplicates")
    func lost() async throws {
        try await Shop.with { (play: Play) async throws in
            try play.emulator.setFaults(yaml: #"{match: {suffix: /events}, do: {lost: true}}"#)
            await #expect(throws: (any Error).self) { try await send(play, [Self.event()]) }
            #expect(play.emulator.log().last?.lost == true)
            #expect(try await send(play, [Self.event()]).status == 200)
            let record = try #require(play.emulator.events().first)
            #expect(record.received == 2)
            #expect(record.accepted == 1)
        }
    }
}
