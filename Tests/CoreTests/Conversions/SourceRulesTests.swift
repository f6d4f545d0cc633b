import Core
import Testing

@Suite("Rules that a source may set")
struct SourceRulesTests {
    typealias Sample = ConversionSample

    /// For every fault that can be set, an event that has it.
    static let samples: [(ConversionFault, JSON)] = {
        func user(_ more: (String, JSON)...) -> JSON {
            Sample.event {
                let always: [JSONObject.Member] = [
                    .init(key: "em", value: "a@b.c"), .init(key: "client_user_agent", value: "x"),
                ]
                $0["user_data"] = .object(JSONObject(always + more.map { .init(key: $0.0, value: $0.1) }))
            }
        }
        func messaging(_ channel: String) -> JSON {
            Sample.event {
                $0["action_source"] = "business_messaging"
                $0["messaging_channel"] = .string(channel)
            }
        }
        let hash = String(repeating: "0a", count: 32)
        return [
            (.wrongType, Sample.with("referrer_url", 7)), (.unexpectedKey, Sample.with("colour", "red")),
            (.personalKey, Sample.with("first_name", "Jane")), (.userKeyUnknown, user(("colour", "red"))),
            (.keyMoved, Sample.with("advertiser_tracking_enabled", true)), (.idInvalid, Sample.with("event_id", true)),
            (.timeFraction, Sample.with("event_time", .number("1767225600.25"))),
            (.timeInMilliseconds, Sample.with("event_time", 1_767_225_600_123)),
            (.timeInFuture, Sample.with("event_time", 1_767_312_100)), (.timeSetBack, Sample.with("event_time", 1_767_225_800)),
            (.sourceURLMissing, Sample.with("event_source_url", nil)),
            (.userAgentMissing, Sample.with("user_data", ["em": "a@b.c"])),
            (.appDataMissing, Sample.appEvent { $0["app_data"] = nil }),
            (.extinfoIncomplete, Sample.appEvent { $0["app_data"] = ["advertiser_tracking_enabled": true] }),
            (.trackingFlagMissing, Sample.appEvent { $0["app_data"] = ["extinfo": .array(Sample.extinfo)] }),
            (.whatsappIDsMissing, messaging("whatsapp")), (.messengerIDsMissing, messaging("messenger")),
            (.instagramIDsMissing, messaging("instagram")),
            (.limitedUseIncomplete, Sample.with("data_processing_options", ["LDU"])),
            (.urlInvalid, Sample.with("event_source_url", "shop.example")),
            (.addressCleaned, user(("client_ip_address", "203.0.113.7:80"))),
            (.addressDropped, user(("client_ip_address", "here"))),
            (.addressPrivate, user(("client_ip_address", "10.0.0.1"))), (.clickDropped, user(("fbc", "x"))),
            (.clickCleaned, user(("fbc", "fb.1.1767225500000.IwAR;"))),
            (.clickUnwrapped, user(("fbc", "fb.1.1767225500000.fb.1.1767225400000.IwAR"))),
            (.clickOld, user(("fbc", "fb.1.1700000000000.IwAR"))), (.browserDropped, user(("fbp", "x"))),
            (.clickBuilt, Sample.with("event_source_url", "https://s.example/?fbclid=IwAR")),
            (
                .clickRebuilt,
                Sample.event {
                    $0["event_source_url"] = "https://s.example/?fbclid=New"
                    $0["user_data"] = ["em": "a@b.c", "client_user_agent": "x", "fbc": "fb.1.1767225500000.Old"]
                }
            ),
            (.browserCleaned, user(("fbp", "fb.1.1767225500000.1;"))), (.browserOld, user(("fbp", "fb.1.1700000000000.1"))),
            (.leadInvalid, user(("lead_id", "l:1"))), (.hashWherePlain, user(("madid", .string(hash)))),
            (.personalDropped, user(("ph", "12"))), (.junkDropped, user(("ph", "1234567890"))),
            (.junkNameDropped, user(("ln", "Guest"))), (.looksLikeMD5, user(("ln", "5d41402abc4b2a76b9719d911017c592"))),
            (.valueMissing, Sample.with("custom_data", nil)),
            (
                .valueInvalid,
                Sample.event {
                    $0["event_name"] = "Lead"
                    $0["custom_data"] = ["value": -1, "currency": "EUR"]
                }
            ),
            (
                .currencyMissing,
                Sample.event {
                    $0["event_name"] = "Lead"
                    $0["custom_data"] = ["value": 1]
                }
            ),
            (.currencyInvalid, Sample.with("custom_data", ["value": 1, "currency": "euro"])),
            (.currencyUnknown, Sample.with("custom_data", ["value": 1, "currency": "XYZ"])),
        ]
    }()

    @Test("there is a sample of every fault that can be set")
    func complete() {
        #expect(Self.samples.map(\.0).sorted { $0.rawValue < $1.rawValue } == SourceRules.settable)
        #expect(Set(ConversionFault.allCases.map(\.rawValue)).count == ConversionFault.allCases.count)
        for fault in ConversionFault.allCases {
            #expect(Set(fault.rulings).count == fault.rulings.count && !fault.rulings.isEmpty)
        }
    }

    @Test("every ruling that a fault allows is what becomes of it", arguments: samples.indices)
    func rulings(_ index: Int) throws {
        let (fault, event) = Self.samples[index]
        for ruling in fault.rulings {
            let check = try Sample.check(event, rules: [fault: ruling])
            let found = check.findings.filter { $0.fault == fault }
            #expect(found.map(\.severity) == (ruling.severity.map { [$0] } ?? []), "\(ruling)")
            #expect(check.refusal?.fault == (ruling == .reject ? fault : nil), "\(ruling)")
            #expect(check.events.count == (ruling == .reject ? 0 : 1), "\(ruling)")
        }
        let untold = try Sample.check(event)
        #expect(untold.findings.first { $0.fault == fault }?.severity == fault.severity)
        #expect(
            untold.findings.map(\.severity)
                == (try Sample.check(event, rules: [fault: fault.rulings[0]])).findings.map(\.severity))
    }

    @Test("a ruling that a fault does not allow changes nothing")
    func notAllowed() throws {
        #expect(SourceRules([.personalKey: .off, .timeTooOld: .warn, .clickDropped: .off]) == .documented)
        #expect(SourceRules([.personalKey: .off])[.personalKey] == .reject)
        #expect(SourceRules([.personalKey: .repair])[.personalKey] == .repair)
    }

    /// The event as it goes on where the fault is repaired.
    private func repaired(_ fault: ConversionFault) throws -> JSONObject {
        let event = try #require(Self.samples.first { $0.0 == fault }).1
        return try #require(try Sample.check(event, rules: [fault: .repair]).events.first).fields
    }

    @Test("milliseconds become seconds, a fraction is cut off, a future becomes now")
    func times() throws {
        #expect(try repaired(.timeInMilliseconds)["event_time"] == 1_767_225_600)
        #expect(try repaired(.timeFraction)["event_time"] == 1_767_225_600)
        #expect(try repaired(.timeInFuture)["event_time"] == 1_767_225_700)
        let both = try Sample.check(
            Sample.with("event_time", "1767225600123.5"), rules: [.timeInMilliseconds: .repair, .timeFraction: .repair])
        #expect(both.events.first?.fields["event_time"] == 1_767_225_600)
        #expect(both.findings.map(\.fault) == [.timeFraction, .timeInMilliseconds])
    }

    @Test(
        "a time in milliseconds is judged by its age, too",
        arguments: [(1_336_000_000_000, .timeTooOld), (9_767_225_600_000, .timeInFuture)] as [(Int64, ConversionFault)])
    func oldMilliseconds(_ time: Int64, _ fault: ConversionFault) throws {
        let check = try Sample.check(Sample.with("event_time", .integer(time)), rules: [.timeInMilliseconds: .repair])
        #expect(check.refusal?.fault == fault)
    }

    @Test(
        "what only looks like a number with a fraction is none",
        arguments: ["1767225600.", ".5", "1767225600.5.5", "1767225600,5", "-1.5", "1767225600.x", "99999999999999999999.5"])
    func noFraction(_ time: String) throws {
        let check = try Sample.check(Sample.with("event_time", .string(time)), rules: [.timeFraction: .repair])
        #expect(check.refusal?.fault == .timeInvalid)
    }

    @Test("what is repaired by leaving out is nowhere in the event")
    func leftOut() throws {
        #expect(try repaired(.unexpectedKey)["colour"] == nil)
        #expect(try repaired(.userKeyUnknown)["user_data"]?["colour"] == nil)
        #expect(try repaired(.personalKey)["first_name"] == nil)
        #expect(try repaired(.wrongType)["referrer_url"] == nil)
        #expect(try repaired(.idInvalid)["event_id"] == nil)
        #expect(try repaired(.currencyMissing)["custom_data"] == nil)
        #expect(try repaired(.leadInvalid)["user_data"]?["lead_id"] == nil)
        #expect(try repaired(.addressPrivate)["user_data"]?["client_ip_address"] == nil)
        let deep = try Sample.customData(#"{"value":1,"currency":"EUR","order":{"buyer":[{"Email":"x","n":1},2]},"name":"Jane"}"#)
        let event = try Sample.check(deep, rules: [.personalKey: .repair]).events.first
        #expect(event?.fields["custom_data"] == ["value": 1, "currency": "EUR", "order": ["buyer": [["n": 1], 2]]])
    }

    @Test("limited use without a place leaves the place to Meta")
    func limitedUse() throws {
        let fields = try repaired(.limitedUseIncomplete)
        #expect(fields["data_processing_options_country"] == 0)
        #expect(fields["data_processing_options_state"] == 0)
        for options: JSON in [[], ["LDU"]] {
            let whole = Sample.event {
                $0["data_processing_options"] = options
                if options != [] {
                    $0["data_processing_options_country"] = 1
                    $0["data_processing_options_state"] = 1000
                }
            }
            #expect(try Sample.check(whole).findings == [])
        }
    }

    @Test("a Purchase whose value can't be used has none")
    func purchase() throws {
        let faults: [(String, ConversionFault)] = [
            (#"{"value":-1,"currency":"EUR"}"#, .valueInvalid), (#"{"value":1}"#, .currencyMissing),
        ]
        for (data, fault) in faults {
            let check = try Sample.check(Sample.customData(data), rules: [fault: .repair])
            #expect(check.refusal?.fault == .valueMissing)
        }
    }

    @Test(
        "an app has to say what Meta needs of it",
        arguments: [
            ([], .extinfoIncomplete), (Sample.extinfo.dropLast(), .extinfoIncomplete),
            (Sample.extinfo(" ", at: 4), .extinfoIncomplete), (Sample.extinfo(.null, at: 4), .extinfoIncomplete),
            (Sample.extinfo(18, at: 4), nil), (Sample.extinfo, nil), (Sample.extinfo(.null, at: 9), nil),
        ] as [([JSON], ConversionFault?)])
    func app(_ extinfo: [JSON], _ fault: ConversionFault?) throws {
        let event = Sample.appEvent { $0["app_data"] = ["advertiser_tracking_enabled": 0, "extinfo": .array(extinfo)] }
        let check = try Sample.check(event)
        #expect(check.refusal?.fault == fault)
        #expect(check.refusal?.subcode == (fault == nil ? nil : 2_804_043))
    }

    // MARK: order

    @Test("what an error names first is what is checked first")
    func order() throws {
        // From the last check to the first: each fault is added to those before, and is the one that is named.
        let steps: [(ConversionFault, (inout JSONObject) -> Void)] = [
            (.valueMissing, { $0["custom_data"] = nil }),
            (.junkDropped, { $0["user_data"] = ["em": "test@test.com", "fbp": "fb.1.1767225400000.1"] }),
            (.clickDropped, { $0["user_data"] = ["em": "test@test.com", "fbp": "fb.1.1767225400000.1", "fbc": "x"] }),
            (
                .addressDropped,
                {
                    $0["user_data"] = [
                        "em": "test@test.com", "fbp": "fb.1.1767225400000.1", "fbc": "x", "client_ip_address": "x",
                    ]
                }
            ),
            (.urlInvalid, { $0["event_source_url"] = "x" }),
            (.userAgentMissing, { _ in }), (.timeTooOld, { $0["event_time"] = 1_336_000_000 }),
            (.sourceUnknown, { $0["action_source"] = "web" }), (.nameMissing, { $0["event_name"] = nil }),
            (.unexpectedKey, { $0["colour"] = "red" }),
        ]
        var rules: [ConversionFault: Ruling] = [
            .junkDropped: .reject, .clickDropped: .reject, .addressDropped: .reject, .urlInvalid: .reject,
        ]
        var changes: [(inout JSONObject) -> Void] = []
        for (fault, change) in steps {
            if fault == .userAgentMissing { rules[fault] = .reject }
            changes.append(change)
            let event = Sample.event { event in for change in changes { change(&event) } }
            let check = try Sample.check(event, rules: rules)
            #expect(check.refusal?.fault == fault)
        }
    }

    @Test("too few keys is said only where no other fault of user_data may be the reason, and before money")
    func matchKeys() throws {
        let event = Sample.event {
            $0["user_data"] = ["ph": "12"]
            $0["custom_data"] = nil
        }
        #expect(
            try Sample.check(event).findings.filter { $0.severity == .reject }.map(\.fault) == [.tooFewMatchKeys, .valueMissing])
        let refused = try Sample.check(event, rules: [.personalDropped: .reject])
        #expect(refused.findings.filter { $0.severity == .reject }.map(\.fault) == [.personalDropped, .valueMissing])
    }
}
