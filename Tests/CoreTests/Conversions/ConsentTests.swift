import Core
import Testing

@Suite("Consent to conversions")
struct ConsentTests {
    typealias Sample = ConversionSample

    static let path = ["custom_data", "consent"]

    @Test(
        "a yes is a yes in any spelling, everything else is a no",
        arguments: [
            ("true", true), ("1", true), (#""true""#, true), (#""TRUE""#, true), (#""1""#, true), (#"" Yes ""#, true),
            (#""granted""#, true), ("false", false), ("0", false), ("2", false), ("1.0", false), (#""no""#, false),
            (#""denied""#, false), (#""""#, false), ("null", false), ("[]", false), ("[true]", false), ("{}", false),
        ])
    func granted(_ value: String, _ isGranted: Bool) throws {
        let event = try Sample.customData(#"{"value":1,"currency":"EUR","consent":\#(value)}"#)
        let policy = ConsentPolicy(path: Self.path, without: .drop)
        #expect(policy.isGranted(in: event) == isGranted)
        #expect(try Sample.check(event, consent: policy).events.first?.outcome == (isGranted ? .granted : .dropped))
    }

    @Test(
        "silence is a no, as is a path that leads nowhere",
        arguments: [[], ["x"], ["custom_data", "consent", "ads"], ["event_name"]])
    func silent(_ path: [String]) {
        #expect(!ConsentPolicy(path: path, without: .drop).isGranted(in: Sample.event()))
    }

    private func event(_ without: WithoutConsent, _ userData: String, _ change: (inout JSONObject) -> Void = { _ in }) throws
        -> ServerEvent
    {
        guard case .object(var event) = try Sample.userData(userData) else { throw JSONError.endsEarly }
        event["custom_data"] = ["value": 1, "currency": "EUR"]
        change(&event)
        let check = try Sample.check(.object(event), consent: ConsentPolicy(path: Self.path, without: without))
        #expect(check.refusal == nil)
        return try #require(check.events.first)
    }

    static let everything = #"""
        {"em":"a@b.c","external_id":"42","client_ip_address":"203.0.113.7","client_user_agent":"x","lead_id":"7","madid":"m",
        "fbc":"fb.1.1767225500000.IwAR","fbp":"fb.1.1767225400000.1098115397","fb_login_id":1,"page_id":"2","ctwa_clid":"c",
        "page_scoped_user_id":"3","subscription_id":"4","anon_id":"5","idfv":"6","partner_id":"8","ig_sid":"9"}
        """#

    @Test("without consent, `send` sends everything and says so")
    func send() throws {
        let event = try event(.send, Self.everything)
        #expect(event.outcome == .sentWithout)
        #expect(event.held == nil)
        #expect(event.personal.map(\.key) == [.em, .externalID])
    }

    @Test("without consent, `drop` keeps no user data and sends nothing")
    func drop() throws {
        let event = try event(.drop, Self.everything) {
            $0["app_data"] = ["vendor_id": "v", "app_user_id": "somebody", "url_schemes": ["x"]]
        }
        #expect(event.outcome == .dropped)
        #expect(event.held == .noConsent)
        #expect(event.personal == [])
        #expect(event.fields["user_data"] == nil)
        #expect(event.fields["app_data"] == ["url_schemes": ["x"]])
    }

    @Test("without consent, `strip` keeps the click and the browser, and sends them")
    func strip() throws {
        let event = try event(.strip, Self.everything) { $0["app_data"] = ["app_user_id": "somebody", "url_schemes": ["x"]] }
        #expect(event.outcome == .stripped)
        #expect(event.fields["app_data"] == ["url_schemes": ["x"]])
        #expect(event.held == nil)
        #expect(event.personal == [])
        let kept = Set((event.fields["user_data"] ?? .null).members.map(\.key))
        #expect(kept == ["fbc", "client_user_agent", "page_id", "ctwa_clid"])
    }

    @Test(
        "what is left after `strip` is not sent when it matches nobody",
        arguments: [
            (#"{"em":"a@b.c","client_user_agent":"x"}"#, "website", ServerEvent.Reason.noMatchKeys),
            (#"{"em":"a@b.c"}"#, "website", .noMatchKeys), (#"{"fbc":"fb.1.1767225500000.IwAR","em":"a@b.c"}"#, "website", nil),
            (#"{"page_id":"1","page_scoped_user_id":"2"}"#, "messenger", .noMatchKeys),
            (#"{"page_id":"1","ctwa_clid":"2"}"#, "whatsapp", nil),
        ])
    func stripped(_ userData: String, _ source: String, _ reason: ServerEvent.Reason?) throws {
        let event = try event(.strip, userData) {
            guard source != "website" else { return }
            $0["action_source"] = "business_messaging"
            $0["messaging_channel"] = .string(source)
        }
        #expect(event.held == reason)
    }

    @Test(
        "the answer may lie at a key of its own, which is read and not sent on",
        arguments: [["consent", "ads"], ["user_data", "agreed", "ads"]])
    func ownKey(_ path: [String]) throws {
        let event = Sample.event {
            if path[0] == "consent" { $0["consent"] = ["ads": "yes"] }
            $0["user_data"] = path[0] == "consent" ? ["em": "a@b.c"] : ["em": "a@b.c", "agreed": ["ads": "yes"]]
        }
        let check = try Sample.check(event, consent: ConsentPolicy(path: path, without: .drop))
        #expect(check.refusal == nil)
        #expect(check.events.first?.outcome == .granted)
        #expect(check.events.first?.fields["consent"] == nil)
        #expect(check.events.first?.fields["user_data"]?["agreed"] == nil)
        #expect(try Sample.check(event).refusal?.fault == (path[0] == "consent" ? .unexpectedKey : .userKeyUnknown))
    }
}
