import Core
import Testing

@Suite("What is taken for a conversion")
struct ConversionCheckTests {
    typealias Sample = ConversionSample

    private func refusal(_ body: [UInt8]) throws -> ConversionRefusal? {
        switch ConversionRequest.parse(body) {
        case .failure(let refusal): return refusal
        case .success(let request): return ConversionCheck(request, consent: Sample.policy, nowMs: Sample.nowMs).refusal
        }
    }

    @Test("a good event is taken, without a finding")
    func good() throws {
        let check = try Sample.check(Sample.event())
        #expect(check.refusal == nil)
        #expect(check.findings == [])
        #expect(check.events.count == 1)
        #expect(check.messages == [])
    }

    // MARK: the request

    @Test(
        "a body that holds no events is refused",
        arguments: [
            ("", .bodyUnreadable), ("{", .bodyUnreadable), ("nul", .bodyUnreadable), ("[]", .bodyNotObject),
            ("7", .bodyNotObject), ("{}", .dataMissing), (#"{"data":null}"#, .dataMissing), (#"{"data":{}}"#, .dataNotArray),
            (#"{"data":"x"}"#, .dataNotArray), (#"{"data":7}"#, .dataNotArray), (#"{"data":[]}"#, .dataEmpty),
            (#"{"data":[null]}"#, .dataEmpty), (#"{"data":"[]"}"#, .dataEmpty), (#"{"data":[7]}"#, .eventUnreadable),
            (#"{"data":["{"]}"#, .eventUnreadable), (#"{"data":["7"]}"#, .eventUnreadable), (#"{"data":[[]]}"#, .eventUnreadable),
        ] as [(String, ConversionFault)])
    func noEvents(_ body: String, _ fault: ConversionFault) throws {
        #expect(try refusal(Array(body.utf8))?.fault == fault)
    }

    @Test(
        "1 000 events are taken, 1 001 are not", arguments: [(1_000, nil), (1_001, .tooManyEvents)] as [(Int, ConversionFault?)])
    func count(_ count: Int, _ fault: ConversionFault?) throws {
        let check = try Sample.check(Sample.body(Array(repeating: Sample.event(), count: count)))
        #expect(check.refusal?.fault == fault)
        #expect(check.events.count == (fault == nil ? count : 0))
    }

    @Test("one bad event among good ones refuses them all, and its place is named")
    func allOrNothing() throws {
        let check = try Sample.check(Sample.body([Sample.event(), Sample.with("event_time", nil), Sample.event()]))
        #expect(check.refusal?.path == "$['data'][1]['event_time']")
        #expect(check.events == [])
    }

    @Test("events may be objects, strings that hold one, or one string that holds the list")
    func asStrings() throws {
        let event = Sample.event()
        let shapes: [JSON] = [[event], [.string(event.encoded())], .string(JSON.array([event]).encoded())]
        for data in shapes {
            let check = try Sample.check(JSON.object(JSONObject([.init(key: "data", value: data)])).bytes())
            #expect(check.refusal == nil)
            #expect(check.events == (try Sample.check(event)).events)
        }
    }

    @Test("a string that nests as deep as the reader allows is refused: it could not be read back")
    func deepString() throws {
        let deep = String(repeating: "[", count: 61) + String(repeating: "]", count: 61)
        for (inner, isTaken) in [(deep, false), (String(deep.dropFirst(3).dropLast(3)), true)] {
            let event = try Sample.customData(#"{"value":1,"currency":"EUR","x":\#(inner)}"#)
            let check = try Sample.check(Sample.body([.string(event.encoded())]))
            #expect((check.refusal == nil) == isTaken)
        }
    }

    @Test("a list as long as a body allows is read in the time of its length")
    func longList() throws {
        let values = (0..<20_000).map { JSON.string("a\($0)@b.c") }
        let check = try Sample.check(Sample.with("user_data", ["em": .array(values)]))
        #expect(check.events.first?.personal.first?.values.count == 20_000)
    }

    @Test("token, proof and parameters are read, from the body before the query; nulls and the id are nothing")
    func beside() throws {
        let body = Sample.body(
            [Sample.event()],
            [
                ("access_token", "t1"), ("appsecret_proof", "p"), ("appsecret_time", 17), ("id", "987"),
                ("test_event_code", .null),
                ("partner_agent", "shop-1"), ("upload_tag", ""),
            ])
        let request = try ConversionRequest.parse(body, query: "access_token=t2&test_event_code=TEST%2B1&upload_id=a+b&x").get()
        #expect(request.accessToken == "t1")
        #expect(request.proof == "p")
        #expect(request.proofTime == "17")
        #expect(request.parameters.testEventCode == "TEST+1")
        #expect(request.parameters.partnerAgent == "shop-1")
        #expect(request.parameters.uploadID == "a b")
        #expect(request.parameters.uploadTag == nil)
        #expect(request.parameters.members.map(\.key) == ["test_event_code", "partner_agent", "upload_id"])
    }

    // MARK: one event

    static let faults: [(String, JSON?, ConversionFault)] = [
        ("event_name", nil, .nameMissing), ("event_name", .null, .nameMissing), ("event_name", "", .nameInvalid),
        ("event_name", " \t", .nameInvalid), ("event_name", 7, .nameInvalid), ("event_name", ["a"], .nameInvalid),
        ("event_time", nil, .timeMissing), ("event_time", .null, .timeMissing), ("event_time", "soon", .timeInvalid),
        ("event_time", .number("1767225600.5"), .timeFraction), ("event_time", .number("1e9"), .timeInvalid),
        ("event_time", true, .timeInvalid), ("event_time", ["1"], .wrongType),
        ("event_time", 1_767_225_600_000, .timeInMilliseconds), ("event_time", "1767225600000", .timeInMilliseconds),
        ("event_time", 1_336_000_000, .timeTooOld), ("event_time", 0, .timeTooOld), ("event_time", -5, .timeTooOld),
        ("event_time", .integer(1_767_225_700 - 7 * 86_400 - 1), .timeTooOld),
        ("event_time", .integer(1_767_225_700 + 86_400), .timeInFuture),
        ("event_time", .integer(1_767_225_700 + 301), .timeInFuture), ("event_id", true, .idInvalid),
        ("event_id", ["a"], .idInvalid),
        ("action_source", nil, .sourceMissing), ("action_source", "", .sourceMissing), ("action_source", "web", .sourceUnknown),
        ("action_source", 1, .wrongType), ("user_data", nil, .userDataMissing), ("user_data", .null, .userDataMissing),
        ("user_data", [:], .userDataMissing), ("user_data", [], .userDataMissing), ("user_data", ["em": .null], .userDataMissing),
        ("user_data", "em", .wrongType), ("user_data", ["x"], .wrongType), ("user_data", ["em": true], .wrongType),
        ("user_data", ["em": ["a": "b"]], .wrongType), ("user_data", ["fbp": ["a": "b"]], .wrongType),
        ("user_data", ["fbp": ["a", "b"]], .wrongType), ("user_data", ["em": ""], .tooFewMatchKeys),
        ("user_data", ["em": "nobody"], .tooFewMatchKeys), ("user_data", ["fbc": "nothing"], .tooFewMatchKeys),
        ("user_data", ["em": "a@b.c", "password_hint": "x"], .userKeyUnknown),
        ("user_data", ["em": "a@b.c", "lead_id": "l:1"], .leadInvalid), ("custom_data", "x", .wrongType),
        ("custom_data", ["a"], .wrongType), ("custom_data", nil, .valueMissing), ("custom_data", [:], .valueMissing),
        ("custom_data", ["currency": "EUR"], .valueMissing), ("custom_data", ["value": 1], .currencyMissing),
        ("custom_data", ["value": "", "currency": "EUR"], .valueInvalid),
        ("custom_data", ["value": "1,5", "currency": "EUR"], .valueInvalid),
        ("custom_data", ["value": -1, "currency": "EUR"], .valueInvalid),
        ("custom_data", ["value": true, "currency": "EUR"], .valueInvalid),
        ("custom_data", ["value": .number("1e400"), "currency": "EUR"], .valueInvalid),
        ("custom_data", ["value": 1, "currency": "euro"], .currencyInvalid),
        ("custom_data", ["value": 1, "currency": 978], .currencyInvalid),
        ("custom_data", ["value": 1, "currency": "円"], .currencyInvalid),
        ("custom_data", ["value": 1, "currency": "XYZ"], .currencyUnknown),
        ("custom_data", ["value": 1, "currency": "usx"], .currencyUnknown), ("app_data", 1, .wrongType),
        ("data_processing_options", ["LDU"], .limitedUseIncomplete),
        ("data_processing_options", "LDU", .wrongType), ("event_source_url", 1, .wrongType), ("oops", 1, .unexpectedKey),
        ("_touchstone", ["forward": false], .unexpectedKey), ("Event_Name", "x", .unexpectedKey),
    ]

    @Test("an event with a fault is refused, with its code and place", arguments: faults.indices)
    func fault(_ index: Int) throws {
        let (key, value, fault) = Self.faults[index]
        let check = try Sample.check(Sample.with(key, value))
        #expect(check.refusal?.fault == fault)
        #expect(check.refusal?.path.hasPrefix("$['data'][0]['\(key)") == true)
        #expect(check.events == [])
    }

    @Test(
        "times at the edge are taken, a little future is set back to now",
        arguments: [
            (1_767_225_700 - 7 * 86_400, "website", 1_767_225_700 - 7 * 86_400), (1_767_225_700, "website", 1_767_225_700),
            (1_767_225_700 + 300, "website", 1_767_225_700),
            (1_767_225_700 - 62 * 86_400, "physical_store", 1_767_225_700 - 62 * 86_400),
        ] as [(Int64, String, Int64)])
    func edges(_ time: Int64, _ source: String, _ taken: Int64) throws {
        let check = try Sample.check(
            Sample.event {
                $0["event_time"] = .integer(time)
                $0["action_source"] = .string(source)
            })
        #expect(check.refusal == nil)
        #expect(check.events.first?.fields["event_time"] == .integer(taken))
        #expect(check.findings.map(\.fault) == (taken < time ? [.timeSetBack] : []))
    }

    @Test("a sale in a shop may be 62 days old and no more")
    func oldStore() throws {
        let time = 1_767_225_700 - 62 * 86_400 - 1
        let check = try Sample.check(
            Sample.event {
                $0["event_time"] = .integer(time)
                $0["action_source"] = "physical_store"
            })
        #expect(check.refusal?.fault == .timeTooOld)
    }

    @Test(
        "an attribution comes within 48 hours of the event that it is about, or not at all",
        arguments: [
            (0, nil, nil), (0, 48 * 3_600, nil), (0, 48 * 3_600 + 1, "$['data'][0]['original_event_data']['event_time']"),
            (48 * 3_600, nil, nil), (48 * 3_600 + 1, nil, "$['data'][0]['event_time']"), (3 * 86_400, 60, nil),
        ] as [(Int64, Int64?, String?)])
    func attribution(age: Int64, originalAge: Int64?, path: String?) throws {
        let now: Int64 = 1_767_225_700
        for unit in [1, 1_000] as [Int64] {
            func event(_ name: JSON) -> JSON {
                Sample.event {
                    $0["event_name"] = name
                    $0["event_time"] = .integer(now - age)
                    $0["attribution_data"] = ["ad_id": "1111"]
                    $0["original_event_data"] = originalAge.map {
                        ["event_name": "Purchase", "event_time": .integer((now - $0) * unit)]
                    }
                }
            }
            let check = try Sample.check(event("AppendAttribution"))
            #expect(check.refusal?.fault == path.map { _ in .attributionTooOld })
            #expect(check.refusal?.path == path)
            let purchase = try Sample.check(event("Purchase"))
            #expect(purchase.refusal == nil)
        }
        #expect(ConversionFault.attributionTooOld.subcode == 2_804_003)
    }

    @Test(
        "personal data outside Meta's own keys is refused",
        arguments: [
            "email", "Email", "e-mail", "phone", "phone_number", "firstName", "first_name", "last-name", "name", "address",
            "street", "birthday", "date_of_birth", "ssn",
        ])
    func aliases(_ key: String) throws {
        let places = [
            Sample.event { $0[key] = "x" },
            Sample.event { $0["user_data"] = ["em": "a@b.c", "nothing": "x"] },
            Sample.event {
                $0["user_data"] = .object(JSONObject([.init(key: key, value: "x"), .init(key: "em", value: "a@b.c")]))
            },
            Sample.event {
                $0["custom_data"] = .object(
                    JSONObject([
                        .init(key: key, value: "x"), .init(key: "value", value: 1), .init(key: "currency", value: "EUR"),
                    ]))
            },
        ]
        for (index, event) in places.enumerated() {
            #expect(try Sample.check(event).refusal?.fault == (index == 1 ? .userKeyUnknown : .personalKey), "\(index)")
        }
    }

    @Test("an e-mail deep in custom_data is refused; what a product may have is not")
    func deepAlias() throws {
        let deep = try Sample.customData(#"{"value":1,"currency":"EUR","order":{"buyer":[{"Email":"x"}]}}"#)
        #expect(try Sample.check(deep).refusal?.path == "$['data'][0]['custom_data']['order']['buyer'][0]['Email']")
        let product = try Sample.customData(
            #"{"value":1,"currency":"EUR","city":"paris","contents":[{"id":"1","name":"Shirt","title":"T"}],"coupon":"X"}"#)
        #expect(try Sample.check(product).refusal == nil)
    }

    @Test(
        "too little to find anybody is refused, a bit more is not",
        arguments: [
            (#"{"ct":"Paris","country":"fr","st":"idf","zp":"75018","ge":"f","client_user_agent":"x"}"#, false),
            (#"{"db":"19970216","client_user_agent":"x"}"#, false), (#"{"fn":"Mary","ge":"f"}"#, false),
            (#"{"ln":"Smith","ge":"f"}"#, false), (#"{"client_user_agent":"x"}"#, false), (#"{"page_id":"1"}"#, false),
            (#"{"client_ip_address":"203.0.113.7","client_user_agent":"x"}"#, true), (#"{"fn":"Mary","ln":"Smith"}"#, true),
            (#"{"fbp":"fb.1.1767225400000.1098115397"}"#, true), (#"{"external_id":"42"}"#, true),
            (#"{"lead_id":1234567890}"#, true),
            (#"{"ph":16505551212}"#, true), (#"{"fbc":"fb.1.1767225400000.IwAR2F4-x_9"}"#, true),
        ])
    func matchKeys(_ userData: String, _ isEnough: Bool) throws {
        #expect(try Sample.check(Sample.userData(userData)).refusal?.fault == (isEnough ? nil : .tooFewMatchKeys))
    }

    @Test(
        "a conversation needs its channel and the channel's ids",
        arguments: [
            (nil, #"{"em":"a@b.c"}"#, .channelMissing), ("sms", #"{"em":"a@b.c"}"#, .channelMissing),
            ("whatsapp", #"{"page_id":"1","em":"a@b.c"}"#, .whatsappIDsMissing),
            ("whatsapp", #"{"page_id":"1","ctwa_clid":"x"}"#, nil),
            ("messenger", #"{"page_id":"1","em":"a@b.c"}"#, .messengerIDsMissing),
            ("messenger", #"{"page_id":"1","page_scoped_user_id":"2"}"#, nil),
            ("instagram", #"{"ig_account_id":1,"em":"a@b.c"}"#, .instagramIDsMissing),
            ("instagram", #"{"ig_account_id":1,"ig_sid":2}"#, nil),
        ] as [(String?, String, ConversionFault?)])
    func channel(_ channel: String?, _ userData: String, _ fault: ConversionFault?) throws {
        guard case .object(var event) = try Sample.userData(userData) else { return }
        event["action_source"] = "business_messaging"
        event["messaging_channel"] = channel.map { .string($0) }
        #expect(try Sample.check(.object(event)).refusal?.fault == fault)
    }
}
