import Core
import Testing

@Suite("Events that are refused alone")
struct ConversionPartialTests {
    typealias Sample = ConversionSample

    private func partial(_ events: [JSON], consent: ConsentPolicy = Sample.policy) throws -> ConversionCheck {
        try Sample.check(Sample.body(events), consent: consent, strictness: .partial)
    }

    @Test("the good events are taken, the bad ones come with their place and their reason")
    func split() throws {
        let events = (0..<1_000).map { index in
            Sample.event {
                $0["event_id"] = .string("order-\(index)")
                if index == 3 { $0["event_time"] = nil }
                if index == 500 { $0["action_source"] = "web" }
                if index == 999 { $0["custom_data"] = ["currency": "EUR"] }
            }
        }
        let check = try partial(events)
        #expect(check.refusal == nil)
        #expect(check.events.count == 997)
        #expect(check.faulty.map(\.position) == [3, 500, 999])
        #expect(check.faulty.map(\.reason?.fault) == [.timeMissing, .sourceUnknown, .valueMissing])
        #expect(check.faulty.last?.reason?.path == "$['data'][999]['custom_data']['value']")
        #expect(
            check.messages == [
                "$['data'][3]['event_time']: event_time is required. The event is kept apart.",
                "$['data'][500]['action_source']: action_source is none of those that Meta knows. The event is kept apart.",
                "$['data'][999]['custom_data']['value']: A Purchase needs custom_data.value. The event is kept apart.",
            ])
        let strict = try Sample.check(Sample.body(events))
        #expect(strict.events == [])
        #expect(strict.refusal?.path == "$['data'][3]['event_time']")
        #expect(strict.faulty == check.faulty)
    }

    @Test("a request of bad events alone is taken, too; one that holds no events is not")
    func allBad() throws {
        let check = try partial([Sample.with("event_time", nil), "{"])
        #expect(check.refusal == nil)
        #expect(check.events == [])
        #expect(check.faulty.map(\.position) == [0, 1])
        #expect(check.faulty[1].remains == nil)
        #expect(check.faulty[1].reason?.fault == .eventUnreadable)
        #expect(try Sample.check(Sample.body([]), strictness: .partial).refusal?.fault == .dataEmpty)
    }

    @Test("what is kept of a bad event is never sent on")
    func held() throws {
        let remains = try #require(try partial([Sample.with("event_time", nil)]).faulty.first?.remains)
        #expect(remains.held == .quarantined)
        #expect(remains.personal.map(\.key) == [.em])
        #expect(remains.findings.map(\.fault) == [.timeMissing])
    }

    @Test("what is kept has the consent applied")
    func consent() throws {
        let event = Sample.event {
            $0["event_time"] = nil
            $0["custom_data"] = ["value": 1, "currency": "EUR", "consent": false]
            $0["app_data"] = ["vendor_id": "v", "url_schemes": ["x"]]
        }
        let policy = ConsentPolicy(path: ["custom_data", "consent"], without: .drop)
        let remains = try #require(try partial([event], consent: policy).faulty.first?.remains)
        #expect(remains.outcome == .dropped)
        #expect(remains.personal == [])
        #expect(remains.fields["user_data"] == nil)
        #expect(remains.fields["app_data"] == ["url_schemes": ["x"]])
    }

    /// The canary stands in the place of every value that can be at fault.
    @Test("no member at fault is kept of a bad event", arguments: ConversionCheckTests.faults.indices)
    func cut(_ index: Int) throws {
        let canary = "Canary7Zebra"
        let (key, _, _) = ConversionCheckTests.faults[index]
        let values: [JSON] = [.string(canary), [.string(canary)], ["email": .string(canary)], ["a": ["e-mail": .string(canary)]]]
        for value in values {
            let check = try partial([Sample.with(key, value)])
            for remains in check.faulty.compactMap(\.remains) {
                let isOwnText = value == .string(canary) && ["event_name", "event_id", "event_source_url"].contains(key)
                #expect(isOwnText || !JSON.object(remains.fields).encoded().contains(canary), "\(key) \(value)")
            }
        }
    }

    @Test("the members at fault are cut out of user_data and custom_data, the others stay")
    func members() throws {
        let user = try Sample.userData(
            #"{"em":"a@b.c","password_hint":"Canary7Zebra","lead_id":"Canary7Zebra","fbp":["Canary7Zebra","x"],"page_id":"7"}"#)
        let kept = try #require(try partial([user]).faulty.first?.remains)
        #expect(kept.fields["user_data"] == ["page_id": "7"])
        #expect(kept.personal.map(\.key) == [.em])
        let money = try Sample.customData(
            #"{"value":"Canary7Zebra","currency":"Canary7Zebra","order_id":"1","email":"Canary7Zebra"}"#)
        #expect(try partial([money]).faulty.first?.remains?.fields["custom_data"] == ["order_id": "1"])
    }

    @Test("findings of one event are bounded, each is there once, and the one that refuses it is among them")
    func bounded() throws {
        let hashes = (0..<3_000).map { _ in JSON.string("5d41402abc4b2a76b9719d911017c592") }
        let same = Sample.event {
            $0["user_data"] = ["em": .array(hashes), "client_user_agent": "x"]
            $0["custom_data"] = nil
        }
        #expect(try partial([same]).faulty.first?.findings.map(\.fault) == [.looksLikeMD5, .valueMissing])
        #expect(try Sample.check(same).refusal?.fault == .valueMissing)
        let keys = (0..<3_000).map { JSONObject.Member(key: "k\($0)", value: 1) }
        let many = Sample.event {
            $0["user_data"] = .object(JSONObject([.init(key: "em", value: "a@b.c")] + keys))
            $0["custom_data"] = nil
        }
        let check = try Sample.check(Sample.body([many]), rules: [.userKeyUnknown: .repair], strictness: .partial)
        #expect(check.findings.count == 1_000)
        #expect(check.faulty.first?.findings.count == 20)
        #expect(check.faulty.first?.reason?.fault == .valueMissing)
    }

    @Test("a finding's place within its event is the same wherever the event stands")
    func places() throws {
        let events = [Sample.event(), Sample.with("user_data", ["em": ["nobody", "a@b.c"], "client_user_agent": "x"])]
        let check = try partial(events)
        #expect(check.events[1].findings.map(\.pathInEvent) == ["$['user_data']['em']"])
        #expect(check.events[1].findings.map(\.path) == ["$['data'][1]['user_data']['em']"])
        #expect(try partial([Sample.with("event_source_url", nil)]).events[0].findings.map(\.pathInEvent) == ["$"])
    }
}
