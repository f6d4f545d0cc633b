import Core
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("Our own entrance of conversions, over real TLS", .serialized)
struct OwnEntranceTests {
    private static let path = Door.own.path
    private static let other = "other-token-8241-aaa"

    private static func request(
        _ events: [JSON], _ target: String = path, token: String? = other, _ more: [(String, JSON)] = []
    ) -> WebRequest {
        let headers = [(name: "Content-Type", value: "application/json")]
        return Shop.request(
            Shop.body(events, more), target,
            headers: headers + (token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []))
    }

    /// Who may send to two datasets, the second of which is its first.
    private static func port() async throws -> PublicPort {
        let secrets = SourceSecrets(name: "other", tokens: [Self.other], secrets: [], datasets: ["555", "777"])
        return try await PublicPort.start(sources: [
            Shop.source(),
            IntakeSource(secrets: secrets, consent: ConsentPolicy(path: ["consent"], without: .send), dataset: "777"),
        ])
    }

    private static func codes(_ answer: JSON) -> [String]? { answer["findings"]?.items.compactMap { $0["code"]?.text } }

    @Test("events go to the source's first dataset, or to the one that is asked for; the token is the header's")
    func datasets() async throws {
        let port = try await Self.port()
        let path = "/v1/conversions/other"
        let event = [Shop.purchase()]
        let cases: [(String, WebRequest, Int)] = [
            ("first", Self.request(event, path), 200), ("asked", Self.request(event, "\(path)?dataset=555"), 200),
            ("a slash", Self.request(event, "\(path)/"), 200),
            ("foreign", Self.request(event, "\(path)?dataset=\(Shop.dataset)"), 400),
            ("no dataset", Self.request(event, "\(path)?dataset=../x"), 400),
            ("no token", Self.request(event, path, token: nil), 401),
            ("token in the body", Self.request(event, path, token: nil, [("access_token", .string(Self.other))]), 401),
            ("another's token", Self.request(event, path, token: Shop.token), 401),
            ("an unknown source", Self.request(event, "/v1/conversions/nobody"), 401),
            ("without the proof of its secret", Self.request(event, Self.path, token: Shop.token), 400),
            ("with it", Door.own.request(event), 200),
            ("below", Self.request(event, "\(path)/events"), 404), ("above", Self.request(event, "/v1/conversions"), 404),
            ("elsewhere", Self.request(event, "/v1/leads"), 404),
        ]
        for ((name, _, status), answer) in zip(cases, try await port.curl.send(cases.map(\.1))) {
            guard status == 200 else {
                AnswerRule.expectRefused(answer, status: status, name)
                continue
            }
            AnswerRule.expectTaken(answer, status: 200, name)
        }
        let stored = try await port.deliveries()
        #expect(stored.map { $0.request?.target } == ["/777/events", "/555/events", "/777/events", "/\(Shop.dataset)/events"])
        #expect(stored.map(\.app) == ["other", "other", "other", "shop"])
        await port.stop()
    }

    @Test("an answer tells every finding with its code, its place and what became of it")
    func findings() async throws {
        let port = try await Self.port()
        let path = "/v1/conversions/other"
        let warned = Shop.purchase().with("event_source_url", nil)
        let bad = Shop.purchase().with("action_source", nil).with("custom_data.value", nil)
        let answers = try await port.curl.send([Self.request([warned], path), Self.request([.null, warned, bad], path)])
        let taken = try JSON.parse(answers[0])
        #expect(taken["dataset"] == "777")
        #expect(Self.codes(taken) == ["event_source_url_missing"])
        #expect(taken["findings"]?[0]?["severity"] == "warning")
        #expect(taken["findings"]?[0]?["message"]?.text?.isEmpty == false)
        #expect(taken["valid"] == nil)
        let refused = try JSON.parse(answers[1])["error"]
        #expect(answers[1].status == 400)
        let found = refused?["findings"]?.items ?? []
        #expect(found.contains { $0["code"] == "event_source_url_missing" && $0["severity"] == "warning" }, "\(found)")
        #expect(
            found.contains { $0["code"] == "value_missing" && $0["path"] == "$['data'][2]['custom_data']['value']" }, "\(found)")
        #expect(found.contains { $0["code"] == "action_source_missing" && $0["severity"] == "reject" }, "\(found)")
        #expect(try await port.deliveries().count == 1)
        await port.stop()
    }

    @Test("validate=only looks at everything, stores nothing, and is believed no sooner", arguments: Curl.Version.allCases)
    func validate(version: Curl.Version) async throws {
        let port = try await Self.port()
        var curl = port.curl
        curl.version = version
        let path = "/v1/conversions/other?validate=only"
        let bad = Shop.purchase().with("event_time", 1_325_376_000)
        let answers = try await curl.send([
            Self.request([Shop.purchase()], path), Self.request([Shop.purchase(), bad], path),
            Self.request([Shop.purchase()], path, token: "nobody"),
            WebRequest("POST", path, headers: Door.own.headers(token: Self.other), body: Array("{".utf8)),
        ])
        #expect(answers.map(\.status) == [200, 200, 401, 400])
        for answer in answers.prefix(2) { AnswerRule.expectTaken(answer, count: 0, status: 200, "validate") }
        let documents = try answers.map { try JSON.parse($0) }
        #expect(documents.prefix(2).map { $0["valid"]?.truth } == [true, false])
        #expect(Self.codes(documents[0]) == [])
        #expect(Self.codes(documents[1]) == ["event_time_too_old"])
        #expect(documents[1]["findings"]?[0]?["path"] == "$['data'][1]['event_time']")
        #expect(try await port.deliveries().isEmpty)
        // Control: the same without the word is stored. At the Graph API's path the word means nothing.
        #expect(try await curl.send(Self.request([Shop.purchase()], "/v1/conversions/other")).status == 200)
        #expect(try await curl.send(Shop.request(Shop.body([Shop.purchase()]), "\(Shop.path)?validate=only")).status == 200)
        #expect(try await port.deliveries().count == 2)
        await port.stop()
    }

    @Test("validate=only tells of one bad event also where only that one would be kept apart")
    func validatePartial() async throws {
        let secrets = SourceSecrets(name: "other", tokens: [Self.other], secrets: [], datasets: ["777"])
        let port = try await PublicPort.start(sources: [
            IntakeSource(
                secrets: secrets, consent: ConsentPolicy(path: ["consent"], without: .send), dataset: "777",
                policy: SourcePolicy(strictness: .partial))
        ])
        let path = "/v1/conversions/other?validate=only"
        let bad = Shop.purchase().with("event_time", 1_325_376_000)
        let answers = try await port.curl.send([
            Self.request([Shop.purchase()], path), Self.request([Shop.purchase(), bad], path),
        ])
        #expect(answers.map(\.status) == [200, 200])
        #expect(try answers.map { try JSON.parse($0)["valid"]?.truth } == [true, false])
        #expect(try await port.deliveries().isEmpty)
        await port.stop()
    }
}
