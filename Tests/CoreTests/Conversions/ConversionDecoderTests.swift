import Core
import Signing
import Testing

@Suite("Events of stored conversions")
struct ConversionDecoderTests {
    typealias Sample = ConversionSample

    /// The body as it is kept, made by the only way there is.
    static func body(_ events: [JSON], consent: ConsentPolicy = Sample.policy, _ more: [(String, JSON)] = []) throws -> [UInt8] {
        let request = try ConversionRequest.parse(Sample.body(events, more)).get()
        let check = ConversionCheck(request, consent: consent, nowMs: Sample.nowMs)
        let source = try SourceCheck.verify(
            token: "t", proof: nil, timeSeconds: nil, dataset: "987",
            sources: [SourceSecrets(name: "shop", tokens: ["t"], secrets: [], datasets: ["987"])], nowSeconds: 0
        ).get()
        return Envelope(
            conversions: check.events.map { HashedEvent($0) }, from: source, parameters: request.parameters, target: "/987/events"
        ).request.body
    }

    private func decode(_ body: [UInt8]) -> [ConversionEvent] {
        ConversionDecoder.decode(body: body, dataset: "987", source: "shop", receivedAtMs: Sample.nowMs) { SHA256.hex($0) }
    }

    @Test("a purchase becomes an event and its facts")
    func purchase() throws {
        let decoded = decode(try Self.body([Sample.event()]))
        #expect(
            decoded == [
                ConversionEvent(
                    event: Event(
                        position: 0, object: "conversion", field: "Purchase", kind: "conversion.Purchase", objectID: "987",
                        occurredAtMs: 1_767_225_600_000, dedupeKey: "conv:987:Purchase:order-1001", orderKey: nil, accountID: nil,
                        entities: []),
                    facts: decoded[0].facts)
            ])
        let facts = try #require(decoded.first?.facts)
        #expect(facts.eventName == "Purchase")
        #expect(facts.eventID == "order-1001")
        #expect(facts.eventTimeSeconds == 1_767_225_600)
        #expect(facts.actionSource == "website")
        #expect(facts.currency == "EUR")
        #expect(facts.valueMinor == 12_990)
        #expect(!facts.isTest)
        #expect(facts.forward)
        #expect(facts.reason == nil)
        #expect(facts.consent == .granted)
        #expect([facts.source, facts.dataset] == ["shop", "987"])
    }

    @Test(
        "an amount is exact, in the offset of its currency",
        arguments: [
            ("129.90", "EUR", 12_990), ("0.1", "usd", 10), (#""142.52""#, "USD", 14_252), ("1e2", "EUR", 10_000), ("0", "EUR", 0),
            ("1999", "JPY", 1_999), ("5000.5", "HUF", 5_001), ("9007199254740993.01", "EUR", 900_719_925_474_099_301),
            ("1.5", "KZT", 150),
        ] as [(String, String, Int64)])
    func money(_ value: String, _ currency: String, _ minor: Int64) throws {
        let event = try Sample.customData(#"{"value":\#(value),"currency":"\#(currency)","consent":1}"#)
        #expect(decode(try Self.body([event])).first?.facts.valueMinor == minor)
    }

    @Test(
        "names and ids that are none are kept as digests",
        arguments: [
            ("Lead", "Lead", "Lead"), ("fb_mobile_purchase", "fb_mobile_purchase", "fb_mobile_purchase"),
            ("a.b", "custom", "a.b"),
            ("1st", "custom", "1st"), ("Marketing Qualified Lead", "custom", nil), ("john@example.com", "custom", nil),
            ("Käufer", "custom", nil), (String(repeating: "a", count: 51), "custom", String(repeating: "a", count: 51)),
            (String(repeating: "a", count: 129), "custom", nil),
        ] as [(String, String, String?)])
    func names(_ name: String, _ field: String, _ kept: String?) throws {
        let decoded = decode(
            try Self.body([
                Sample.event {
                    $0["event_name"] = .string(name)
                    $0["event_id"] = .string(name)
                }
            ]))
        let safe = kept ?? "sha256:\(SHA256.hex(Array(name.utf8)))"
        #expect(decoded.first?.event.field == field)
        #expect(decoded.first?.event.kind == "conversion.\(field)")
        #expect(decoded.first?.facts.eventName == safe)
        #expect(decoded.first?.facts.eventID == safe)
        #expect(decoded.first?.event.dedupeKey == "conv:987:\(safe):\(safe)")
    }

    @Test("without an id there is no key", arguments: [.null, "", " "] as [JSON])
    func noID(_ id: JSON) throws {
        let decoded = decode(try Self.body([Sample.with("event_id", id)]))
        #expect(decoded.first?.event.dedupeKey == nil)
        #expect(decoded.first?.facts.eventID == nil)
    }

    @Test("events keep their places, a test code marks them all, and what is held says why")
    func several() throws {
        let events = [Sample.event(), Sample.with("custom_data", ["value": 1, "currency": "EUR"])]
        let body = try Self.body(
            events, consent: ConsentPolicy(path: ["custom_data", "consent"], without: .drop), [("test_event_code", "T1")])
        let facts = decode(body).map(\.facts)
        #expect(facts.map(\.position) == [0, 1])
        #expect(facts.map(\.isTest) == [true, true])
        #expect(facts.map(\.forward) == [true, false])
        #expect(facts.map(\.reason) == [nil, "no_consent"])
        #expect(facts.map(\.consent) == [.granted, .dropped])
        #expect(ConversionDecoder.parameters(of: body).testEventCode == "T1")
        #expect(ConversionDecoder.event(at: 1, in: body)?["user_data"] == nil)
        #expect(ConversionDecoder.event(at: 2, in: body) == nil)
        let first = try #require(ConversionDecoder.event(at: 0, in: body))
        #expect(first["_touchstone"] != nil)
        #expect(ConversionDecoder.forwardable(first)["_touchstone"] == nil)
        #expect(ConversionDecoder.forwardable(first)["user_data"] == first["user_data"])
    }

    @Test("other bytes are no events", arguments: ["", "{", "[]", "{}", #"{"data":{}}"#, #"{"data":[]}"#])
    func others(_ body: String) { #expect(decode(Array(body.utf8)) == []) }

    @Test("what was set aside takes no key from its corrected self, and keeps its id")
    func quarantined() {
        let own = #"{"forward":false,"reason":"quarantined","consent":"granted"}"#
        let decoded = decode(Array(#"{"data":[{"event_name":"Purchase","event_id":"o1","_touchstone":\#(own)}]}"#.utf8))
        #expect(decoded.first?.event.dedupeKey == nil)
        #expect(decoded.first?.facts.isQuarantined == true && decoded.first?.facts.eventID == "o1")
    }

    @Test("an event without its mark is never sent on")
    func unmarked() {
        let facts = decode(Array(#"{"data":[{"event_name":"Lead"},7]}"#.utf8)).map(\.facts)
        #expect(facts.map(\.forward) == [false, false])
        #expect(facts.map(\.eventTimeSeconds) == [1_767_225_700, 1_767_225_700])
    }

    @Test(
        "a path names its dataset, or is none of ours",
        arguments: [
            ("/v26.0/987/events", "987"), ("/987/events", "987"), ("/v2.11/1/events?access_token=x", "1"), ("/events", nil),
            ("/987/events/", nil), ("/987", nil), ("987/events", nil), ("/v26/987/events", nil), ("/x26.0/987/events", nil),
            ("/v26.0/act_1/events", nil), ("/a/v26.0/987/events", nil), ("//987/events", nil), ("/v26.0//events", nil), ("", nil),
            ("/v26.0/123456789012345678901234567890123/events", nil),
        ] as [(String, String?)])
    func paths(_ target: String, _ dataset: String?) { #expect(ConversionDecoder.dataset(ofTarget: target) == dataset) }
}
