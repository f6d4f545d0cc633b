import Core
import Testing

@Suite("What is mended in a conversion")
struct ConversionRepairTests {
    typealias Sample = ConversionSample

    private func event(_ json: JSON) throws -> (event: ServerEvent, faults: [ConversionFault]) {
        let check = try Sample.check(json)
        #expect(check.refusal == nil)
        return (try #require(check.events.first), check.findings.map(\.fault))
    }

    private func userData(_ key: String, _ value: String) throws -> (JSON?, [ConversionFault]) {
        let (event, faults) = try event(Sample.userData(#"{"em":"a@b.c","client_user_agent":"x","\#(key)":\#(value)}"#))
        return (event.fields["user_data"]?[key], faults)
    }

    @Test(
        "an address goes on without its port, or not at all",
        arguments: [
            ("203.0.113.5", "203.0.113.5", nil), (" 203.0.113.5 ", "203.0.113.5", nil),
            ("203.0.113.5:443", "203.0.113.5", .addressCleaned), ("[2001:db8::1]:443", "2001:db8::1", .addressCleaned),
            ("2001:db8:85a3::8a2e:370:7334", "2001:db8:85a3::8a2e:370:7334", nil),
            ("::ffff:203.0.113.5", "::ffff:203.0.113.5", nil),
            ("203.0.113.5.AQQCAQIB", "203.0.113.5.AQQCAQIB", nil),
            ("203.0.113.5:80.AQQCAQIB", "203.0.113.5.AQQCAQIB", .addressCleaned),
            ("192.168.1.1", "192.168.1.1", .addressPrivate), ("fe80::1", "fe80::1", .addressPrivate),
            ("300.1.1.1", nil, .addressDropped), ("1:2:3", nil, .addressDropped), ("1::2::3", nil, .addressDropped),
            ("localhost", nil, .addressDropped), ("1.2.3", nil, .addressDropped),
            (String(repeating: "a", count: 64), nil, .addressDropped),
        ] as [(String, String?, ConversionFault?)])
    func address(_ raw: String, _ text: String?, _ fault: ConversionFault?) throws {
        let (value, faults) = try userData("client_ip_address", #""\#(raw)""#)
        #expect(value == text.map { .string($0) })
        #expect(faults == (fault.map { [$0] } ?? []))
    }

    @Test(
        "a malformed click id is left out, one inside another is taken",
        arguments: [
            ("fb.1.1767225500000.IwAR2F4-dbP0_X", "fb.1.1767225500000.IwAR2F4-dbP0_X", nil),
            ("fb.1.1767225500000.IwAR.AQQCAQIB", "fb.1.1767225500000.IwAR.AQQCAQIB", nil),
            ("fb.2.1767225500000.IwAR.Bg", "fb.2.1767225500000.IwAR.Bg", nil),
            ("fb.1.1767225500000.fb.1.1767225400000.IwAR", "fb.1.1767225400000.IwAR", .clickUnwrapped),
            ("fb.1.1767225500.IwAR", nil, .clickDropped), ("fb.1.1767312100000.IwAR", nil, .clickDropped),
            ("fb.1.1767225500000.", nil, .clickDropped), ("fb.1.1767225500000.Iw;R", nil, .clickDropped),
            ("fb.1.1767225500000.IwAR.x", nil, .clickDropped), ("IwAR", nil, .clickDropped),
            ("fb.x.1767225500000.I", nil, .clickDropped),
            ("Fb.1.1767225500000.IwAR", nil, .clickDropped),
            ("fb.1.1767225500000.IwAR;", "fb.1.1767225500000.IwAR", .clickCleaned),
            ("fb.1.1767225500000.IwAR; path=/; Secure", "fb.1.1767225500000.IwAR", .clickCleaned),
            ("_fbc=fb.1.1767225500000.IwAR", "fb.1.1767225500000.IwAR", .clickCleaned),
            ("'fb.1.1767225500000.IwAR'", "fb.1.1767225500000.IwAR", .clickCleaned),
            ("fb%2E1%2E1767225500000%2EIwAR%3B", "fb.1.1767225500000.IwAR", .clickCleaned),
            ("fb.1.1767225500000.IwAR%2D&utm_source=x", "fb.1.1767225500000.IwAR-", .clickCleaned),
            ("fb.1.1767225500000.IwAR%252E", nil, .clickDropped), (";", nil, .clickDropped), ("%", nil, .clickDropped),
            ("fb.1.1759449599999.IwAR", "fb.1.1759449599999.IwAR", .clickOld),
            ("fb.1.1759449600000.IwAR", "fb.1.1759449600000.IwAR", nil),
            ("fb.1.1767225500000.fb.1.1767225500000.fb.1.1767225400000.IwAR", nil, .clickDropped),
        ] as [(String, String?, ConversionFault?)])
    func click(_ raw: String, _ text: String?, _ fault: ConversionFault?) throws {
        let (value, faults) = try userData("fbc", #""\#(raw)""#)
        #expect(value == text.map { .string($0) })
        #expect(faults.filter { $0 != .sourceURLMissing } == (fault.map { [$0] } ?? []))
    }

    @Test("a browser id has a number at its end", arguments: [("1098115397", true), ("IwAR", false)])
    func browser(_ end: String, _ isKept: Bool) throws {
        let (value, faults) = try userData("fbp", #""fb.1.1767225400000.\#(end)""#)
        #expect((value != nil) == isKept)
        #expect(faults == (isKept ? [] : [.browserDropped]))
    }

    @Test("ids keep every digit, whatever they were written as", arguments: ["lead_id", "fb_login_id", "page_id"])
    func ids(_ key: String) throws {
        #expect(try userData(key, "12345678901234567").0 == "12345678901234567")
        #expect(try userData(key, #""12345678901234567""#).0 == "12345678901234567")
        #expect(try userData(key, #"["12345678901234567"]"#).0 == "12345678901234567")
    }

    @Test("nulls go, zeros, falses and empty options stay, numbers keep their tokens")
    func nulls() throws {
        let text = #"""
            {"event_name":" Lead ","event_time":"1767225600","event_id":77,"action_source":"Website","event_source_url":" https://a.b/ ",
            "app_data":null,"original_event_data":null,"attribution_data":null,"opt_out":false,"data_processing_options":[],
            "data_processing_options_country":0,"data_processing_options_state":0,
            "user_data":{"em":["a@b.c",null],"ph":null,"client_user_agent":"x"},
            "custom_data":{"value":0.10,"currency":"usd","consent":true,"a":{"b":null,"c":[null,1.50]}}}
            """#
        let (event, faults) = try event(JSON.parse(Array(text.utf8)))
        #expect(faults == [])
        let wanted = #"""
            {"action_source":"website","custom_data":{"a":{"c":[1.50]},"consent":true,"currency":"usd","value":0.10},\#
            "data_processing_options":[],"data_processing_options_country":0,"data_processing_options_state":0,"event_id":"77",\#
            "event_name":"Lead","event_source_url":"https://a.b/","event_time":1767225600,"opt_out":false,\#
            "user_data":{"client_user_agent":"x"}}
            """#
        #expect(JSON.object(event.fields).encoded(sortedKeys: true) == wanted)
        #expect(event.personal.map(\.key) == [.em])
    }

    @Test("empty lists where PHP means empty objects are nothing")
    func emptyLists() throws {
        let (event, _) = try event(
            Sample.event {
                $0["app_data"] = []
                $0["original_event_data"] = []
                $0["event_name"] = "Lead"
                $0["custom_data"] = []
            })
        #expect(event.fields["app_data"] == nil)
        #expect(event.fields["custom_data"] == nil)
    }

    @Test("gaps in extinfo keep their place")
    func gaps() throws {
        let (event, _) = try event(Sample.event { $0["app_data"] = ["extinfo": ["a2", .null, "1"]] })
        #expect(event.fields["app_data"]?["extinfo"] == ["a2", "", "1"])
    }

    @Test("a switch that stands beside app_data is moved into it")
    func moved() throws {
        let (event, faults) = try event(
            Sample.event {
                $0["advertiser_tracking_enabled"] = true
                $0["app_data"] = ["vendor_id": "v"]
            })
        #expect(event.fields["app_data"] == ["vendor_id": "v", "advertiser_tracking_enabled": true])
        #expect(faults == [.keyMoved])
    }

    @Test("a value that fits nobody is left out and said, an MD5 is said")
    func dropped() throws {
        let json = try Sample.userData(
            #"{"em":["nobody","a@b.c","A@B.C "],"ph":["12"],"fn":"5d41402abc4b2a76b9719d911017c592","client_user_agent":"x"}"#)
        let (event, faults) = try event(json)
        #expect(event.personal.map(\.key) == [.em, .fn])
        #expect(
            event.personal.map(\.values) == [
                [.value("a@b.c"), .value("a@b.c")], [.alreadyHashed("5d41402abc4b2a76b9719d911017c592")],
            ])
        #expect(faults == [.personalDropped, .personalDropped, .looksLikeMD5])
        let messages = try Sample.check(json).messages
        #expect(messages.first == "$['data'][0]['user_data']['em']: A value that can't be matched with anybody was left out.")
    }

    @Test("a website that says too little is told")
    func suggestions() throws {
        let web = Sample.event {
            $0["event_source_url"] = nil
            $0["user_data"] = ["em": "a@b.c"]
        }
        #expect(try event(web).faults == [.sourceURLMissing, .userAgentMissing])
    }

    @Test("an answer holds a bounded number of messages")
    func messages() throws {
        let event = Sample.with("event_source_url", nil)
        let check = try Sample.check(Sample.body(Array(repeating: event, count: 25)))
        #expect(check.messages.count == 21)
        #expect(check.messages.last == "And 5 more of this kind.")
    }
}
