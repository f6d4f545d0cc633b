import Core
import Foundation
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("The entrances of CRMs, over real TLS", .serialized)
struct StageDoorTests {
    static let token = "token-of-the-crm-8241"
    /// A lead that came here an hour ago, one that was a test, one that was erased, one of another workspace.
    static let (lead, test, erased, foreign) = ("1234567890123456", "1234567890123457", "1234567890123458", "1234567890123459")
    static let nowMs: Int64 = 1_768_143_600_000
    private static let nowSeconds = nowMs / 1_000

    static func source(_ stages: [String: String] = ["mql": "Marketing Qualified Lead", "won": "Converted"]) -> IntakeSource {
        IntakeSource(
            secrets: SourceSecrets(name: "crm", tokens: [token], secrets: [Fixture.secret], datasets: ["444"]),
            consent: ConsentPolicy(path: ["consent"], without: .send),
            policy: SourcePolicy(kind: .crm, stages: StagePolicy(names: stages, crm: "Our CRM")), workspace: "belmonte")
    }

    static func port(_ source: IntakeSource = source(), disk: Disk = Disk()) async throws -> PublicPort {
        let port = try await PublicPort.start(sources: [source, Shop.source()], disk: disk, nowMs: { nowMs })
        try await port.store.write { transaction throws in
            for (number, id) in [lead, test, erased, foreign].enumerated() {
                try transaction.storeLead(
                    known(id, isTest: id == test), people: ["em:x\(number)"], workspace: id == foreign ? "other" : "belmonte",
                    eventID: Int64(number + 1), nowMs: nowMs)
            }
            _ = try transaction.erase(people: ["em:x2"], workspace: "belmonte", nowMs: nowMs)
        }
        return port
    }

    private static func known(_ id: String, isTest: Bool, _ fields: [LeadField] = []) -> Lead {
        Lead(
            leadID: id, createdAtMs: nowMs - 3_600_000, form: nil, page: nil, ad: nil, adset: nil, campaign: nil, platform: nil,
            isOrganic: false, isTest: isTest, fields: fields, consents: [])
    }

    private static func stage(_ body: JSON, lead: String = lead, token: String? = token) -> WebRequest {
        let headers = [(name: "Content-Type", value: "application/json")]
        return WebRequest(
            "POST", "/v1/leads/\(lead)/stage",
            headers: headers + (token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []),
            body: body.bytes())
    }

    @Test("a stage is one event of the CRM's dataset, for Meta to learn from", arguments: Curl.Version.allCases)
    func taken(version: Curl.Version) async throws {
        let port = try await Self.port()
        var curl = port.curl
        curl.version = version
        let time = Self.nowSeconds - 600
        let answers = try await curl.send([
            Self.stage(["stage": "mql", "time": .integer(time), "value": "120.50", "currency": "eur"]),
            Self.stage(["stage": " won ", "time": "2026-01-11T14:59:00Z"], lead: "12345678901234567"),
            Self.stage(["stage": "won"]), Self.stage(["stage": "won", "time": .integer(time * 1_000)]),
        ])
        for answer in answers { AnswerRule.expectTaken(answer, status: 200, "stage") }
        let first = try JSON.parse(answers[0])
        let id = "crm-\(Self.lead)-Marketing Qualified Lead-\(time)"
        #expect(first["event_id"]?.text == id && first["dataset"] == "444" && first["event_name"] == "Marketing Qualified Lead")
        let stored = try await port.deliveries()
        #expect(stored.map(\.app) == Array(repeating: "crm", count: 4) && stored[0].request?.target == "/444/events")
        let events = try stored.compactMap { try JSON.parse($0.request?.body ?? [])["data"]?[0] }
        #expect(
            events[0] == [
                "event_name": "Marketing Qualified Lead", "event_time": .integer(time), "event_id": .string(id),
                "action_source": "system_generated", "user_data": ["lead_id": .string(Self.lead)],
                "custom_data": ["event_source": "crm", "lead_event_source": "Our CRM", "value": "120.50", "currency": "eur"],
                "_touchstone": ["consent": "sent_without", "forward": true],
            ], "\(events[0])")
        #expect(events.map { $0["event_time"]?.integer } == [time, 1_768_143_540, Self.nowSeconds, time])
        await port.stop()
    }

    @Test(
        "of a lead that came here Meta is told by whom to know its writer, hashed; with consent only, where the source asks for it"
    )
    func contacts() async throws {
        let (known, silent) = ("1234567890123460", "1234567890123461")
        let strict = IntakeSource(
            secrets: Self.source().secrets, consent: ConsentPolicy(path: ["consent"], without: .drop),
            policy: Self.source().policy,
            workspace: "belmonte")
        let port = try await Self.port(strict)
        let fields = [
            LeadField(name: "email", key: "email", values: ["Canary.8310@people.example"]),
            LeadField(name: "Telefon", key: "phone_number", values: ["+48 600 700 831"]),
        ]
        let junk = [LeadField(name: "email", key: "email", values: ["n/a", "@"])]
        try await port.store.write { transaction throws in
            for (number, (id, fields)) in [(known, fields), (silent, junk)].enumerated() {
                try transaction.storeLead(
                    Self.known(id, isTest: false, fields), workspace: "belmonte", eventID: Int64(number + 50), nowMs: Self.nowMs)
            }
        }
        let bodies: [(JSON, String)] = [
            (["stage": "mql", "consent": true], known), (["stage": "won"], known), (["stage": "mql", "consent": true], silent),
        ]
        let asked = try await port.curl.send(bodies.map { Self.stage($0.0, lead: $0.1) })
        let told = try await port.curl.send(
            Self.webhook(["lead_id": .string(known), "stage": "won", "consent": true, "time": .integer(Self.nowSeconds - 9)]))
        #expect(asked.map(\.status) == [200, 200, 200] && told.status == 200)
        let people: JSON = [
            "lead_id": .string(known), "em": [.string(SHA256.hex(Array("canary.8310@people.example".utf8)))],
            "ph": [.string(SHA256.hex(Array("48600700831".utf8)))],
        ]
        let events = try await port.deliveries().compactMap { try JSON.parse($0.request?.body ?? [])["data"]?[0] }
        #expect(events.map { $0["user_data"] } == [people, nil, ["lead_id": .string(silent)], people])
        #expect(events.allSatisfy { $0["_touchstone"]?["findings"] == nil })
        for text in ["anary.8310", "700 831", "600700831"] {
            #expect(!events.contains { $0.encoded().contains(text) }, "\(text) is kept")
            #expect(!port.log.lines.contains { $0.contains(text) }, "\(text) in the log")
            #expect(!(asked + [told]).contains { $0.body.contains(text) }, "\(text) in an answer")
            #expect(!port.place.filesHold(text), "\(text) in the database")
        }
        await port.stop()
    }

    @Test("what can't be a stage is told why, in the form of the Graph API, and nothing is stored")
    func refused() async throws {
        let port = try await Self.port()
        let good: JSON = ["stage": "mql"]
        let old = JSON.integer(Self.nowSeconds - 7 * 86_400 - 1)
        let cases: [(String, WebRequest, Int, String)] = [
            ("no token", Self.stage(good, token: nil), 401, "token_missing"),
            ("a wrong one", Self.stage(good, token: "x"), 401, "token_unknown"),
            ("a shop's", Self.stage(good, token: Shop.token), 401, "token_unknown"),
            ("unknown stage", Self.stage(["stage": "lost"]), 400, "stage_unknown"),
            ("none", Self.stage([:]), 400, "stage_missing"),
            ("a number", Self.stage(["stage": 7]), 400, "stage_missing"),
            ("too short an id", Self.stage(good, lead: "12345678901234"), 400, "lead_id_invalid"),
            ("too long an id", Self.stage(good, lead: "123456789012345678"), 400, "lead_id_invalid"),
            ("no number", Self.stage(good, lead: "12345678901234ab"), 400, "lead_id_invalid"),
            ("a word as time", Self.stage(["stage": "mql", "time": "yesterday"]), 400, "time_invalid"),
            (
                "before the lead", Self.stage(["stage": "mql", "time": .integer(Self.nowSeconds - 3_601)]), 400,
                "time_before_lead"
            ),
            ("too old", Self.stage(["stage": "mql", "time": old], lead: "12345678901234567"), 400, "event_time_too_old"),
            (
                "in the future", Self.stage(["stage": "mql", "time": .integer(Self.nowSeconds + 301)]), 400,
                "event_time_in_future"
            ),
            ("a value without a currency", Self.stage(["stage": "mql", "value": 5]), 400, "currency_missing"),
            ("a negative value", Self.stage(["stage": "mql", "value": -5, "currency": "EUR"]), 400, "value_invalid"),
            ("a test lead", Self.stage(good, lead: Self.test), 400, "lead_is_test"),
            ("an erased lead", Self.stage(good, lead: Self.erased), 400, "lead_erased"),
            ("a list", Self.stage([1]), 400, "body_unreadable"),
            ("cut off", Self.stage(good).with(body: Array("{\"st".utf8)), 400, "body_unreadable"),
            (
                "a form", Self.stage(good).without("Content-Type").with("Content-Type", "application/x-www-form-urlencoded"), 415,
                "content_type"
            ),
            ("compressed", Self.stage(good).with("Content-Encoding", "gzip"), 415, "content_encoding"),
            ("too large", Self.stage(good).with(body: [UInt8](repeating: 0x20, count: 16_385)), 413, "body_too_large"),
            ("read", WebRequest("GET", "/v1/leads/\(Self.lead)/stage"), 405, "method_not_allowed"),
            ("elsewhere", Self.stage(good).to("/v1/leads/\(Self.lead)/stages"), 404, "unknown_path"),
            ("deeper", Self.stage(good).to("/v1/leads/\(Self.lead)/stage/x"), 404, "unknown_path"),
        ]
        for ((name, _, status, reason), answer) in zip(cases, try await port.curl.send(cases.map(\.1))) {
            AnswerRule.expectRefused(answer, status: status, name)
            #expect(port.log.lines.contains { $0.contains("reason=\(reason)") }, "\(name)")
        }
        #expect(try await port.deliveries().isEmpty)
        // A lead of another workspace is nobody's here: nothing is known of it, and nothing told.
        #expect(
            try await port.curl.send(Self.stage(["stage": "mql", "time": .integer(Self.nowSeconds - 7_200)], lead: Self.foreign))
                .status == 200)
        await port.stop()
    }

    @Test("without a map a stage is called as the CRM calls it; without consent and by the source's word nobody is named")
    func settings() async throws {
        let bare = Self.source([:])
        let strict = IntakeSource(
            secrets: bare.secrets, consent: ConsentPolicy(path: ["consent"], without: .drop), policy: bare.policy,
            workspace: "belmonte")
        let port = try await Self.port(strict)
        let answers = try await port.curl.send([
            Self.stage(["stage": "Angebot verschickt", "consent": true]), Self.stage(["stage": "Angebot verschickt"]),
        ])
        #expect(answers.map(\.status) == [200, 200])
        let events = try await port.deliveries().compactMap { try JSON.parse($0.request?.body ?? [])["data"]?[0] }
        #expect(events.map { $0["event_name"]?.text } == ["Angebot verschickt", "Angebot verschickt"])
        #expect(events.map { $0["user_data"] == nil } == [false, true])
        #expect(events.map { $0["_touchstone"]?["forward"]?.truth } == [true, false])
        await port.stop()
    }

    @Test("a full disk is 503 in the form of the Graph API, and the CRM comes again")
    func unstored() async throws {
        let disk = Disk()
        let port = try await Self.port(disk: disk)
        disk.state = .broken
        AnswerRule.expectRefused(try await port.curl.send(Self.stage(["stage": "mql"])), status: 503, "broken")
        disk.state = .well
        #expect(try await port.curl.send(Self.stage(["stage": "mql"])).status == 200)
        await port.stop()
    }

    @Test("a stage without a time that comes again is the same event, by the message's own id and not by our clock")
    func again() async throws {
        let clock = StandingClock()
        let port = try await PublicPort.start(sources: [Self.source()], nowMs: { clock.nowMs })
        let seconds = clock.nowMs / 1_000
        let named: JSON = ["lead_id": .string(Self.lead), "stage": "won"]
        let timed = Self.stage(["stage": "won", "time": .integer(seconds - 5)]).with("Idempotency-Key", "key-8307")
        var told: [[String?]] = []
        for _ in 0..<2 {
            let (bare, atSeconds) = (Self.stage(["stage": "won"]), clock.nowMs / 1_000)
            let answers = try await port.curl.send([
                bare.with("Idempotency-Key", "key-8306"), timed, bare, Self.webhook(named, atSeconds: atSeconds),
                Self.webhook(named, id: "msg_2", atSeconds: atSeconds),
            ])
            #expect(answers.map(\.status) == [200, 200, 200, 200, 200])
            told.append(try answers.prefix(3).map { try JSON.parse($0)["event_id"]?.text })
            clock.advance(ms: 60_000)
        }
        #expect(told[0][0] == told[1][0] && told[0][1] == told[1][1] && told[0][2] != told[1][2])
        #expect(told[0][1] == "crm-\(Self.lead)-Converted-\(seconds - 5)")
        let stored = try await port.deliveries().compactMap {
            try JSON.parse($0.request?.body ?? [])["data"]?[0]?["event_id"]?.text
        }
        // the key's, the time's, two of our clock's, and one of each message of the webhook
        #expect(Set(stored).count == 6 && stored.allSatisfy { $0.hasPrefix("crm-\(Self.lead)-Converted-") })
        #expect(!stored.contains { $0.contains("msg_") || $0.contains("key-") })
        await port.stop()
    }

    // MARK: the CRM's webhook

    private static func webhook(
        _ body: JSON, id: String = "msg_1", secret: String = Fixture.secret, atSeconds: Int64 = nowSeconds,
        path: String = "/webhooks/crm/crm"
    ) -> WebRequest {
        let bytes = body.bytes()
        let signature = StandardWebhooks.signature(id: id, timestampSeconds: atSeconds, body: bytes, secret: secret)
        return WebRequest(
            "POST", path,
            headers: [
                ("Content-Type", "application/json"), ("webhook-id", id), ("webhook-timestamp", "\(atSeconds)"),
                ("webhook-signature", "v1,AAAA \(signature)"),
            ], body: bytes)
    }

    @Test("a CRM's signed webhook is a stage; unsigned, old or altered it is 401", arguments: Curl.Version.allCases)
    func signed(version: Curl.Version) async throws {
        let port = try await Self.port()
        var curl = port.curl
        curl.version = version
        let body: JSON = ["lead_id": .string(Self.lead), "stage": "won", "time": .integer(Self.nowSeconds - 5)]
        let right = Self.webhook(body)
        let cases: [(String, WebRequest, Int)] = [
            ("right", right, 200), ("right, as a number", Self.webhook(["lead_id": .number(Self.lead), "stage": "mql"]), 200),
            ("another secret", Self.webhook(body, secret: "wrong"), 401),
            ("old", Self.webhook(body, atSeconds: Self.nowSeconds - 301), 401),
            ("altered", right.with(body: Array("{}".utf8)), 401), ("unsigned", right.without("webhook-signature"), 401),
            ("a shop's", Self.webhook(body, secret: Shop.secret, path: "/webhooks/crm/shop"), 401),
            ("nobody's", Self.webhook(body, path: "/webhooks/crm/nobody"), 401),
            ("compressed", right.with("Content-Encoding", "br"), 415),
            ("too large", right.with(body: [UInt8](repeating: 0x20, count: 16_385)), 413),
            ("read", WebRequest("GET", right.target), 405),
            ("unknown stage", Self.webhook(["lead_id": .string(Self.lead), "stage": "lost"]), 200),
            ("no lead", Self.webhook(["stage": "won"]), 200),
            ("a test", Self.webhook(["lead_id": .string(Self.test), "stage": "won"]), 200),
            ("erased", Self.webhook(["lead_id": .string(Self.erased), "stage": "won"]), 200),
            ("before the lead", Self.webhook(["lead_id": .string(Self.lead), "stage": "won", "time": 1_768_000_000]), 200),
            ("a list", Self.webhook([1]), 200),
        ]
        for ((name, _, status), answer) in zip(cases, try await curl.send(cases.map(\.1))) {
            #expect(answer.status == status, "\(name)")
            #expect(answer.status >= 400 || answer.body.isEmpty, "\(name)")
        }
        let events = try await port.deliveries().compactMap { try JSON.parse($0.request?.body ?? [])["data"]?[0] }
        #expect(events.map { $0["event_name"]?.text } == ["Converted", "Marketing Qualified Lead"])
        #expect(events[0]["event_id"]?.text == "crm-\(Self.lead)-Converted-\(Self.nowSeconds - 5)")
        // Old beyond what Meta takes, of a lead that never came here: kept apart with its reason.
        let old = Self.webhook(["lead_id": "12345678901234567", "stage": "won", "time": 1_700_000_000])
        #expect(try await curl.send(old).status == 200)
        let last = try await port.deliveries().last.flatMap { try JSON.parse($0.request?.body ?? [])["data"]?[0] }
        #expect(last?["_touchstone"]?["reason"] == "quarantined")
        await port.stop()
    }

    @Test("nothing of what a CRM sends lies open, or is kept beside the stage")
    func canaries() async throws {
        let port = try await Self.port()
        let person = "canary-8301@people.example"
        let answers = try await port.curl.send([
            Self.stage(["stage": "mql", "email": .string(person), "note": "canary-note-8302"]),
            Self.stage(["stage": "canary-stage-8303", "email": .string(person)]),
            Self.stage(["stage": "mql"], token: "canary-token-8304"),
            Self.webhook(["lead_id": .string(Self.lead), "stage": "won", "name": .string(person)]),
            Self.webhook(["lead_id": "canary-lead-8305", "stage": "won"]),
        ])
        #expect(answers.map(\.status) == [200, 400, 401, 200, 200])
        let kept = try await port.deliveries().map { String(decoding: $0.request?.body ?? [], as: UTF8.self) }.joined()
        for text in [
            person, "canary-note-8302", "canary-stage-8303", "canary-token-8304", "canary-lead-8305", Self.token, Fixture.secret,
        ] {
            #expect(!kept.contains(text), "\(text) is kept")
            #expect(!port.place.filesHold(text), "\(text) in the database")
            #expect(!port.log.lines.contains { $0.contains(text) }, "\(text) in the log")
            #expect(!answers.contains { $0.body.contains(text) || $0.head.contains(text) }, "\(text) in an answer")
        }
        await port.stop()
    }
}
