import Core
import Testing

@Suite("Refusals of conversions")
struct ConversionRefusalTests {
    typealias Sample = ConversionSample

    @Test("a refusal has the shape of the Graph API's")
    func shape() throws {
        let refusal = try #require(try Sample.check(Sample.with("event_time", 1_336_000_000)).refusal)
        let wanted = #"""
            {"error":{"message":"Invalid parameter: $['data'][0]['event_time']: event_time is more than 7 days ago (62 days for physical_store).",\#
            "type":"OAuthException","code":100,"error_subcode":2804003,"is_transient":false,\#
            "error_user_title":"Event Timestamp Too Old",\#
            "error_user_msg":"$['data'][0]['event_time']: event_time is more than 7 days ago (62 days for physical_store).",\#
            "fbtrace_id":"T1"}}
            """#
        #expect(refusal.json(traceID: "T1").encoded() == wanted)
        #expect(refusal.status == 400)
    }

    @Test(
        "Meta's subcodes are kept",
        arguments: [
            (.timeTooOld, 2_804_003), (.timeInFuture, 2_804_004), (.timeInMilliseconds, 2_804_004), (.valueMissing, 2_804_009),
            (.personalKey, 2_804_016), (.timeMissing, 2_804_019), (.unexpectedKey, 2_804_019), (.currencyMissing, 2_804_023),
            (.leadInvalid, 2_804_036), (.tooFewMatchKeys, 2_804_050), (.dataMissing, nil), (.tooManyEvents, nil),
            (.messengerIDsMissing, 2_804_069), (.instagramIDsMissing, 2_804_079), (.whatsappIDsMissing, 2_804_116),
            (.clickDropped, 2_804_001), (.limitedUseIncomplete, 2_804_030), (.appDataMissing, 2_804_043),
            (.extinfoIncomplete, 2_804_043), (.currencyUnknown, 2_804_019),
        ] as [(ConversionFault, Int?)])
    func subcodes(_ fault: ConversionFault, _ subcode: Int?) { #expect(fault.subcode == subcode) }

    @Test("only what a source may have refused has a subcode, and milliseconds are called by their name")
    func words() {
        for fault in ConversionFault.allCases where !fault.rulings.contains(.reject) { #expect(fault.subcode == nil, "\(fault)") }
        #expect(ConversionFault.timeInMilliseconds.sentence.contains("milliseconds"))
    }

    @Test("what can be mended says what was done, what can't says what is wrong", arguments: ConversionFault.allCases)
    func mended(_ fault: ConversionFault) {
        #expect((fault.sentence(.repaired) != fault.sentence) == fault.rulings.contains(.repair))
        #expect(fault.sentence(.reject) == fault.sentence)
        #expect(fault.sentence(.warning) == fault.sentence)
        #expect(fault.sentence.hasSuffix(".") && !fault.sentence.contains("left out"))
    }

    /// The canary stands everywhere a sender can write something.
    @Test("no refusal, finding or message repeats what was sent")
    func canary() throws {
        let canary = "Canary7Zebra"
        var events: [JSON] = []
        for key in ConversionCheckTests.faults.map(\.0) + ["email", "custom_data", "app_data", canary, "a \(canary)"] {
            events.append(Sample.with(key, .string(canary)))
            events.append(Sample.with(key, ["a": .string(canary), "email": .string(canary)]))
            events.append(Sample.with(key, [.string(canary)]))
        }
        for key in ["em", "ph", "fbc", "fbp", "client_ip_address", "lead_id", "name", "db", "external_id", "country"] {
            events.append(try Sample.userData(#"{"\#(key)":"\#(canary)","\#(canary)@x.y":1}"#))
            events.append(try Sample.userData(#"{"\#(key)":["\#(canary)"]}"#))
            events.append(try Sample.customData(#"{"\#(key)":"\#(canary)","value":"\#(canary)","currency":"\#(canary)"}"#))
        }
        events.append(.string(canary))
        var refused = 0
        for event in events {
            let check = try Sample.check(event)
            let isKeyItself = event["\(canary)"] != nil
            let texts = check.findings.map(\.sentence) + check.messages + [check.refusal?.json(traceID: "t").encoded() ?? ""]
            refused += check.refusal == nil ? 0 : 1
            for text in texts where !isKeyItself { #expect(!text.contains(canary), "\(text)") }
        }
        #expect(refused > 100)
    }

    @Test("a key that is no plain name is not repeated", arguments: ["john@example.com", "John Smith", "1234567", "é", ""])
    func oddKeys(_ key: String) throws {
        #expect(try Sample.check(Sample.with(key, 1)).refusal?.path == "$['data'][0][…]")
    }

    @Test("a body that is not read is not repeated either")
    func unreadable() {
        for body in ["Canary7Zebra", #"{"data":Canary7Zebra"#, #"["Canary7Zebra"]"#] {
            guard case .failure(let refusal) = ConversionRequest.parse(Array(body.utf8)) else { continue }
            #expect(!refusal.json(traceID: "t").encoded().contains("Canary"))
        }
    }

    @Test("findings are bounded, whatever a request holds")
    func bounded() throws {
        let keys = (0..<3_000).map { JSONObject.Member(key: "k\($0)", value: 1) }
        let check = try Sample.check(Sample.body([.object(JSONObject(keys)), .object(JSONObject(keys))]))
        #expect(check.findings.count == 1_000)
        #expect(check.refusal?.fault == .unexpectedKey)
    }
}
