import Signing
import TestSupport
import Testing

@testable import Core

/// Events are read in two ways, one quick and one thorough: they must say the same of whatever comes.
@Suite("Events that are as they should be")
struct PlainEventTests {
    private static let nowMs: Int64 = 1_767_225_700_000

    /// What is made of a body, in every word that matters.
    private struct Outcome: Equatable {
        var stored: String?
        var refusal: String?
        var findings: [String] = []
        var faulty: [String] = []
        var times: [Int64?] = []
        var plainCount = 0

        static func == (a: Outcome, b: Outcome) -> Bool {
            a.stored == b.stored && a.refusal == b.refusal && a.findings == b.findings && a.faulty == b.faulty
                && a.times == b.times
        }
    }

    private static func outcome(_ request: ConversionRequest, _ consent: ConsentPolicy, _ source: VerifiedSource) -> Outcome {
        let check = ConversionCheck(request, consent: consent, strictness: .partial, nowMs: nowMs)
        let events = HashedEvent.made(of: check.events, dataset: "987", ids: EventIDPolicy())
        let envelope = Envelope(conversions: events, from: source, parameters: request.parameters, target: "/987/events")
        return Outcome(
            stored: String(decoding: envelope.request.body, as: UTF8.self),
            refusal: check.refusal.map { "\($0.fault) \($0.path)" },
            findings: check.findings.map { "\($0.severity) \($0.sentence)" },
            faulty: check.faulty.map {
                "\($0.position) \($0.findings.map(\.sentence)) \(String(describing: $0.remains?.fields))"
            },
            times: check.events.map(\.sentTimeSeconds), plainCount: check.events.count { $0.plain != nil })
    }

    /// Both readings of a body.
    private static func read(_ body: [UInt8], _ consent: ConsentPolicy) throws -> (quick: Outcome, thorough: Outcome) {
        let sources = [SourceSecrets(name: "shop", tokens: ["Token1"], secrets: [], datasets: ["987"])]
        let source = try SourceCheck.verify(
            token: "Token1", proof: nil, timeSeconds: nil, dataset: "987", sources: sources, nowSeconds: 0
        ).get()
        let document = try ConversionRequest.document(of: body, as: .json).get()
        return (
            outcome(try ConversionRequest.parse(body).get(), consent, source),
            outcome(ConversionRequest(document, query: [], .graph), consent, source)
        )
    }

    private static func policy(_ path: [String], _ without: WithoutConsent) -> ConsentPolicy {
        ConsentPolicy(path: path, without: without)
    }

    @Test(
        "they are read without a detour",
        arguments: [
            #"{"event_name":"Purchase","event_time":1767225600,"event_id":"a-1","action_source":"website","event_source_url":"https://s.example/t?order=1","user_data":{"em":["Jane@Shop.example"],"ph":"+48 600 000001","fn":"Zoë","ln":"Kowalska","ct":"Łódź","zp":"00-001","country":"pl","external_id":"c-1","client_user_agent":"Mozilla/5.0","client_ip_address":"203.0.113.7","fbp":"fb.1.1767225600000.1098115397"},"custom_data":{"value":129.9,"currency":"EUR","order_id":"o-1","consent":true,"contents":[{"id":"sku-1","quantity":2,"item_price":64.95}]}}"#,
            #"{"event_name":"Lead","event_time":1767225600,"event_id":"a-2","action_source":"system_generated","opt_out":false,"app_data":null,"original_event_data":null,"data_processing_options":["LDU"],"data_processing_options_country":1,"data_processing_options_state":1000,"user_data":{"em":["973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e8130"],"ph":null,"lead_id":"123456789012345"},"custom_data":{"consent":"yes","plan":"gold"}}"#,
        ])
    func taken(_ event: String) throws {
        let (quick, thorough) = try Self.read(
            Array(#"{"data":[\#(event)]}"#.utf8), Self.policy(["custom_data", "consent"], .drop))
        #expect(quick.plainCount == 1)
        #expect(thorough.plainCount == 0)
        #expect(quick == thorough)
        #expect(quick.findings.isEmpty && quick.faulty.isEmpty)
    }

    @Test("whatever stands in an event, both readings end in the same bytes and words", arguments: 0..<8)
    func same(_ seed: UInt64) throws {
        var draw = EventDraw(seed: seed)
        var plain = 0
        var all = 0
        for _ in 0..<200 {
            let path =
                [["custom_data", "consent"], ["consent"], ["consent", "ads"], []].randomElement(using: &draw.numbers) ?? []
            let without = [.send, .send, .drop, .strip].randomElement(using: &draw.numbers) ?? WithoutConsent.send
            let events = (0..<Int.random(in: 1...3, using: &draw.numbers)).map { _ in draw.event(path.first == "consent") }
            let body = #"{"access_token":"Token1",\#(draw.parameters())"data":[\#(events.joined(separator: ","))]}"#
            let consent = Self.policy(path, without)
            let (quick, thorough) = try Self.read(Array(body.utf8), consent)
            #expect(quick == thorough, "\(body)")
            plain += quick.plainCount
            all += events.count
        }
        // Neither of the two ways goes untried.
        #expect(plain * 8 > all && plain < all)
    }
}

/// Draws events: mostly good ones, with one or two members that are odd in any way.
private struct EventDraw {
    var numbers: FuzzNumbers

    init(seed: UInt64) { numbers = FuzzNumbers(state: seed) }

    private static let hash = #""62a14e44f765419d10fea99367361a727c12365e2520f32218d505ed9aa0f62f""#

    private static let members: [(key: String, good: [String], odd: [String])] = [
        (
            "event_name", [#""Purchase""#, #""Lead""#, #""AppendAttribution""#],
            [#""Refund""#, #""""#, "7", #"" Purchase ""#, #""Pur\u0063hase""#, "null", "[]"]
        ),
        (
            "event_time", ["1767225600", "1767000000"],
            [
                #""1767225600""#, "1767225600.5", "1767225600000", "1767225760", "1767999999", "1700000000", "-0", "-5", "1e9",
                "null", "true",
            ]
        ),
        ("event_id", [#""order-1""#, #""ż-7""#], ["7", #""""#, #"" a ""#, "null", "true", #""a\"b""#, #""\ud83d""#]),
        (
            "action_source", [#""website""#, #""other""#, #""email""#],
            [
                #""Website""#, #""app""#, #""business_messaging""#, #""physical_store""#, #""nowhere""#, "null", "1",
                #""website ""#,
            ]
        ),
        (
            "event_source_url", [#""https://s.example/a?b=1""#, #""http://s.example""#],
            [
                #""https://s.example/?fbclid=IwAR1""#, #""https://s.example/?%66bclid=IwAR1""#, #""s.example""#, #""""#,
                #""https:///x""#,
                #""https:\/\/s.example\/a""#, "null", "7", #""HTTPS://s.example/ü?x=%41""#, #""https://s.example/#?fbclid=x""#,
            ]
        ),
        ("referrer_url", ["null", #""https://r.example""#], [#"" x ""#, #""""#, "1", "{}"]),
        ("opt_out", ["false", "null"], [#""yes""#, "[]", "{}", "1"]),
        ("data_processing_options", ["[]", "null"], [#"["LDU"]"#, #"["LDU",null]"#, #"[{"a":null}]"#, #""LDU""#, "[[]]", "{}"]),
        ("data_processing_options_country", ["null"], ["0", "1", #""1""#, "[]"]),
        ("data_processing_options_state", ["null"], ["0", "1000"]),
        ("app_data", ["null"], [#"{"advertiser_tracking_enabled":true}"#, "[]", "{}", #"{"email":"a@b.c"}"#]),
        ("attribution_data", ["null"], [#"{"ad_id":"1"}"#]),
        ("messaging_channel", ["null"], [#""whatsapp""#, "7"]),
        ("advertiser_tracking_enabled", [], ["true", "null"]),
        ("unheard_of", [], ["1", "null"]),
        ("email", [], [#""jane@shop.example""#]),
        ("consent", ["true", #"{"ads":true}"#], ["false", "null", #"{"ads":false,"ads":true}"#, #""granted""#, "[true]"]),
    ]

    private static let userMembers: [(key: String, good: [String], odd: [String])] = [
        (
            "em", [hash, #"["Jane@shop.example"]"#, #"["a@b.example","A@b.example",\#(hash)]"#],
            [
                #""""#, #"["",null]"#, #""no address""#, #""null""#, #""test@test.com""#, "7", "{}", #"["a@b.example",[]]"#,
                "true", "null", #"" jane@shop.example""#, #""ja\u006ee@shop.example""#, #""d41d8cd98f00b204e9800998ecf8427e""#,
                #""973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b""#,
            ]
        ),
        ("ph", [#""+48 600 100 200""#, "48600100200", "null"], [#""12""#, #""1234567890""#, #""٠٠٠""#, "1e5"]),
        ("fn", [#""Jane""#, #""Żaneta""#, "null"], [#""Test""#, #""n/a""#, #""...""#, #""ΟΔΥΣΣΕΥΣ""#]),
        ("ct", [#""Warszawa""#, "null"], [#""NaN""#, #""123""#]),
        ("country", [#""pl""#, #""Germany""#, "null"], [#""NA""#, #""Atlantis""#]),
        ("ge", ["null"], [#""F""#, #""none""#]),
        ("db", ["null"], [#""1990-02-03""#, #""19900231""#]),
        ("zp", [#""00-001""#, "null"], [#""-""#]),
        ("external_id", [#""c-1""#, "42", "null"], ["0", #""0""#, hash, #""undefined""#, #"["a","b","a"]"#]),
        ("client_user_agent", [#""Mozilla/5.0 (X11)""#], ["null", hash, #"["Mozilla"]"#, "7", #"" M""#, #""M\/5""#]),
        (
            "client_ip_address", [#""203.0.113.7""#, #""2001:db8::1""#, "null"],
            [
                #""10.0.0.1""#, #""203.0.113.7:443""#, #""[2001:db8::1]:80""#, #""somewhere""#, #""203.0.113.7.AQQCAQIB""#,
                #""::1""#,
            ]
        ),
        (
            "fbp", [#""fb.1.1767225600000.1098115397""#, "null"],
            [
                #""fb.1.1767225600.1098115397""#, #""fb.1.1500000000000.1""#, #""_fbp=fb.1.1767225600000.1098115397""#,
                #""fb.1.1767225600000.fb.1.1767225600000.5""#, #""x""#,
            ]
        ),
        (
            "fbc", ["null", #""fb.1.1767225600000.IwAR1""#],
            [
                #""fb.1.1767225600000.IwAR2""#, #""fb.1.1767225600000.IwAR1.AQQCAQIB""#, #""fb.1.1799999999999.IwAR1""#,
                #""fb.1.1767225600000.fb.1.1767225600000.IwAR1""#, "7",
            ]
        ),
        ("lead_id", ["null", #""123456789012345""#], ["123456789012345", #""12a""#, #""""#]),
        ("madid", ["null"], [hash, #""38400000-8cf0-11bd-b23e-10b96e40000d""#]),
        ("first_name", [], [#""Jane""#]),
        ("consent", [], ["true"]),
    ]

    private static let customMembers: [(key: String, good: [String], odd: [String])] = [
        ("value", ["129.90", #""12.5""#, "0"], ["-1", #""a""#, "true", "null", #"" 3 ""#, "1e400", "[]"]),
        ("currency", [#""EUR""#, #""usd""#], [#""€UR""#, #""XXQ""#, "978", "null", #""""#]),
        ("consent", ["true", #""yes""#, "1"], ["false", "null", #""no""#, "{}"]),
        (
            "contents", [#"[{"quantity":2,"id":"sku-1","item_price":64.95}]"#, "null"],
            [#"[{"id":"a","id":"b"}]"#, #"[{"id":null},null]"#, #"[{"email":"a@b.c"}]"#, "[]", #"[[[{"a":{"b":[]}}]]]"#]
        ),
        ("order_id", [#""o-1""#], [#""o\n1""#, #""ö-1""#, "7"]),
        ("plan", ["null", #""gold""#, #"{"b":1,"a":2}"#], [#"{"phone":"1"}"#, #"{"extinfo":[null,1]}"#]),
        ("name", [], [#""Jane""#]),
        ("extinfo", [], ["[null]"]),
    ]

    /// With one odd member, sometimes with none or two; with a consent of its own where that is looked for, and seldom else.
    mutating func event(_ hasConsent: Bool) -> String {
        let count = Self.members.count + Self.userMembers.count + Self.customMembers.count
        let odd = (0..<[0, 1, 1, 1, 1, 2][Int.random(in: 0..<6, using: &numbers)]).map { _ in
            Int.random(in: 0..<count, using: &numbers)
        }
        let user = object(Self.userMembers, from: Self.members.count, odd)
        let custom = object(Self.customMembers, from: Self.members.count + Self.userMembers.count, odd)
        var members = Self.members.enumerated().compactMap { one($0.element, isOdd: odd.contains($0.offset)) }
        if !hasConsent, Int.random(in: 0..<40, using: &numbers) > 0 { members.removeAll { $0.hasPrefix(#""consent""#) } }
        members.append(Int.random(in: 0..<80, using: &numbers) == 0 ? #""user_data":[]"# : #""user_data":\#(user)"#)
        if Int.random(in: 0..<12, using: &numbers) > 0 { members.append(#""custom_data":\#(custom)"#) }
        members.shuffle(using: &numbers)
        if Int.random(in: 0..<40, using: &numbers) == 0, let twice = members.randomElement(using: &numbers) {
            members.append(twice)
        }
        return Int.random(in: 0..<50, using: &numbers) == 0 ? "null" : "{\(members.joined(separator: blank()))}"
    }

    mutating func parameters() -> String {
        [
            "", #""test_event_code":"T1","#, #""partner_agent":"a\u0041","upload_tag":"t","namespace_id":7,"#,
            #""partner_agent":null,"#,
        ]
        .randomElement(using: &numbers) ?? ""
    }

    private mutating func object(_ members: [(key: String, good: [String], odd: [String])], from first: Int, _ odd: [Int])
        -> String
    {
        var members = members.enumerated().compactMap { one($0.element, isOdd: odd.contains(first + $0.offset)) }
        members.shuffle(using: &numbers)
        return "{\(members.joined(separator: blank()))}"
    }

    private mutating func one(_ member: (key: String, good: [String], odd: [String]), isOdd: Bool) -> String? {
        guard let value = (isOdd ? member.odd : member.good).randomElement(using: &numbers) else { return nil }
        let key = isOdd && Int.random(in: 0..<30, using: &numbers) == 0 ? #"\u00\#(Self.hex(member.key))"# : member.key
        return #""\#(key)":\#(value)"#
    }

    /// A key with its first letter as an escape.
    private static func hex(_ key: String) -> String { String(key.utf8.first ?? 0x61, radix: 16) + key.dropFirst() }

    private mutating func blank() -> String { [",", " , ", ",\n\t"].randomElement(using: &numbers) ?? "," }
}
