import Core
import Foundation
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("Conversions, over real TLS", .serialized)
struct ConversionTests {
    private static let proof = AppSecretProof.hex(token: Shop.token, secret: Shop.secret)

    /// Where token and proof may stand, and the status of the answer.
    static let places:
        [(name: String, target: String, headers: [(name: String, value: String)], body: [(String, JSON)], status: Int)] = [
            ("body", Shop.path, [], Shop.signed, 200),
            ("query", "\(Shop.path)?access_token=\(Shop.token)&appsecret_proof=\(proof)", [], [], 200),
            (
                "query, escaped",
                "\(Shop.path)?access%5Ftoken=\(Shop.token.replacing("-", with: "%2D"))&appsecret_proof=\(proof)", [], [], 200
            ),
            ("header", "\(Shop.path)?appsecret_proof=\(proof)", [("Authorization", "Bearer \(Shop.token)")], [], 200),
            (
                "header, lower case", Shop.path, [("authorization", "bearer \(Shop.token)")],
                [("appsecret_proof", .string(proof))], 200
            ),
            ("token in query and body", "\(Shop.path)?access_token=\(Shop.token)", [], Shop.signed, 200),
            ("the body wins", "\(Shop.path)?access_token=wrong", [("Authorization", "Bearer wrong")], Shop.signed, 200),
            (
                "the query wins over the header", "\(Shop.path)?access_token=\(Shop.token)&appsecret_proof=\(proof)",
                [("Authorization", "Bearer x")], [], 200
            ),
            (
                "a wrong token in the body", "\(Shop.path)?access_token=\(Shop.token)", [],
                [("access_token", "wrong"), ("appsecret_proof", .string(proof))], 401
            ),
            ("basic is no bearer", "\(Shop.path)?appsecret_proof=\(proof)", [("Authorization", "Basic \(Shop.token)")], [], 400),
            ("none", Shop.path, [], [], 400),
        ]

    @Test("token and proof may stand in the body, the query or the header", arguments: Curl.Version.allCases)
    func tokens(version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        let answers = try await curl.send(
            Self.places.map { place in
                Shop.request(
                    Shop.body([Shop.purchase()], place.body), place.target,
                    headers: [("Content-Type", "application/json")] + place.headers)
            })
        for (place, answer) in zip(Self.places, answers) {
            let document = try JSON.parse(answer)
            guard place.status == 200 else {
                #expect(document["error"]?["fbtrace_id"]?.text?.hasPrefix("ts") == true, "\(place.name)")
                #expect((400...401).contains(answer.status), "\(place.name)")
                continue
            }
            #expect(answer.status == 200, "\(place.name): \(answer.body)")
            #expect(document.members.map(\.key).sorted() == ["events_received", "fbtrace_id", "messages"], "\(place.name)")
            #expect(document["events_received"]?.integer == 1)
            #expect(document["fbtrace_id"]?.text?.hasPrefix("ts") == true)
            #expect(answer.values(of: "content-type") == ["application/json"])
        }
        let stored = try await port.deliveries()
        #expect(stored.count == Self.places.count { $0.status == 200 })
        for delivery in stored {
            #expect(delivery.kind == .conversions && delivery.app == "shop")
            #expect(delivery.request?.target == Shop.path, "the query holds tokens and goes nowhere")
            let text = String(decoding: delivery.request?.body ?? [], as: UTF8.self)
            #expect(!text.contains(Shop.token) && !text.contains(Self.proof))
        }
        await port.stop()
    }

    @Test(
        "the paths of the Graph API, with a version and without, with a slash at the end and without",
        arguments: [
            ("/v26.0/987654321/events", 200), ("/v26.0/987654321/events/", 200), ("/987654321/events", 200),
            ("/987654321/events/", 200),
            ("/v2.10/987654321/events", 200),
            ("/v26.0/987654321/event", 404), ("/v26.0/abc/events", 404), ("/v26/987654321/events", 404), ("/v26.0/events", 404),
            ("/v26.0/987654321/events/x", 404), ("/v26.0//events", 404), ("/v26.0/987654321/events//", 404), ("/abc/events", 404),
            ("/events", 404), ("/987654321", 404), ("/v26.0/123/instruments", 404), ("/v26.0/debug_token", 404),
            ("/v.0/987654321/events", 404), ("/v26./987654321/events", 404),
            ("/\(String(repeating: "9", count: 33))/events", 404), ("/capi", 404), ("/capi/987654321", 404),
            ("/capi/abc/events", 404), ("/capi/v26.0/987654321/events", 404), ("/capi/987654321/events/x", 404),
            ("/v26.0/capi/events", 404),
        ])
    func paths(path: String, status: Int) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let answer = try await port.curl.send(Shop.request(Shop.body([Shop.purchase()]), path))
        #expect(answer.status == status)
        if status != 200 { try Self.expectGraphShaped(answer, code: 2500) }
        let stored = try await port.deliveries()
        #expect(stored.count == (status == 200 ? 1 : 0))
        // Whatever was asked for, who decodes it finds the dataset.
        #expect(stored.allSatisfy { ConversionDecoder.dataset(ofTarget: $0.request?.target ?? "") == Shop.dataset })
        await port.stop()
    }

    @Test("a proof is asked for where a secret is configured: right, or timed and fresh")
    func proofs() async throws {
        let now = Shop.nowSeconds
        func timed(_ seconds: Int64, secret: String = Shop.secret) -> [(String, JSON)] {
            [
                ("access_token", .string(Shop.token)), ("appsecret_time", .integer(seconds)),
                ("appsecret_proof", .string(AppSecretProof.hex(token: Shop.token, secret: secret, timeSeconds: seconds))),
            ]
        }
        let cases: [(String, [(String, JSON)], Int)] = [
            ("plain", Shop.signed, 200),
            ("timed, now", timed(now), 200),
            ("timed, four minutes old", timed(now - 240), 200),
            ("timed, six minutes old", timed(now - 360), 400),
            ("timed, six minutes ahead", timed(now + 360), 400),
            ("timed, with the wrong secret", timed(now, secret: "wrong"), 400),
            (
                "of the wrong secret",
                [
                    ("access_token", .string(Shop.token)),
                    ("appsecret_proof", .string(AppSecretProof.hex(token: Shop.token, secret: "wrong"))),
                ], 400
            ),
            (
                "of another token",
                [
                    ("access_token", .string(Shop.token)),
                    ("appsecret_proof", .string(AppSecretProof.hex(token: "other", secret: Shop.secret))),
                ], 400
            ),
            ("missing", [("access_token", .string(Shop.token))], 400),
            ("of another time", timed(now).filter { $0.0 != "appsecret_time" } + [("appsecret_time", .integer(now - 1))], 400),
        ]
        let port = try await PublicPort.start(sources: [Shop.source()])
        let answers = try await port.curl.send(cases.map { Shop.request(Shop.body([Shop.purchase()], $0.1)) })
        for ((name, _, status), answer) in zip(cases, answers) {
            #expect(answer.status == status, "\(name)")
            if status == 400 { try Self.expectGraphShaped(answer, code: 100) }
        }
        #expect(try await port.deliveries().count == cases.count { $0.2 == 200 })
        await port.stop()
    }

    @Test("without a configured secret no proof is needed, and one that is there does not matter")
    func noSecret() async throws {
        let port = try await PublicPort.start(sources: [Shop.source(secret: nil)])
        let requests = [[("access_token", JSON.string(Shop.token))], Shop.signed].map {
            Shop.request(Shop.body([Shop.purchase()], $0))
        }
        #expect(try await port.curl.send(requests).map(\.status) == [200, 200])
        await port.stop()
    }

    @Test("a token opens its own source's datasets and no others")
    func datasets() async throws {
        let port = try await PublicPort.start(sources: [
            Shop.source(secret: nil), Shop.source("other", token: "other-token-8241-aaa", secret: nil, datasets: ["555"]),
        ])
        func send(_ token: String, _ dataset: String) -> WebRequest {
            Shop.request(Shop.body([Shop.purchase()], [("access_token", .string(token))]), "/v26.0/\(dataset)/events")
        }
        let answers = try await port.curl.send([
            send(Shop.token, Shop.dataset), send("other-token-8241-aaa", "555"), send(Shop.token, "555"),
            send("other-token-8241-aaa", Shop.dataset), send("nobody", Shop.dataset), send(Shop.token + " ", Shop.dataset),
        ])
        #expect(answers.map { $0.status == 200 } == [true, true, false, false, false, false])
        for answer in answers.dropFirst(2).prefix(2) {
            try Self.expectGraphShaped(answer, code: 100)
            #expect(try JSON.parse(answer)["error"]?["error_subcode"]?.integer == 33)
        }
        for answer in answers.suffix(2) {
            #expect(answer.status == 401)
            try Self.expectGraphShaped(answer, code: 190)
            #expect(try JSON.parse(answer)["error"]?["type"]?.text == "OAuthException")
        }
        #expect(try await port.deliveries().map(\.app) == ["shop", "other"])
        await port.stop()
    }

    @Test("no sources configured: every token is unknown, and the answer still the Graph API's")
    func noSources() async throws {
        let port = try await PublicPort.start()
        let answer = try await port.curl.send(Shop.request([Shop.purchase()]))
        #expect(answer.status == 401)
        try Self.expectGraphShaped(answer, code: 190)
        await port.stop()
    }

    @Test("what consent is missing is dropped, stripped or sent, as the source says", arguments: WithoutConsent.allCases)
    func consent(without: WithoutConsent) async throws {
        let port = try await PublicPort.start(sources: [Shop.source(without: without)])
        let events = [
            Shop.purchase(1), Shop.purchase(2).with("custom_data.consent", false),
            Shop.purchase(3).with("custom_data.consent", nil),
        ]
        let answer = try await port.curl.send(Shop.request(events))
        #expect(answer.status == 200)
        #expect(try JSON.parse(answer)["events_received"]?.integer == 3)
        let body = try JSON.parse(try #require(try await port.deliveries().first?.request?.body))
        let kept = try #require(body["data"]?.items)
        let outcomes = kept.map { $0["_touchstone"]?["consent"]?.text }
        let hasEmail = kept.map { $0["user_data"]?["em"] != nil }
        switch without {
        case .send:
            #expect(outcomes == ["granted", "sent_without", "sent_without"])
            #expect(hasEmail == [true, true, true])
        case .strip:
            #expect(outcomes == ["granted", "stripped", "stripped"])
            #expect(hasEmail == [true, false, false])
        case .drop:
            #expect(outcomes == ["granted", "dropped", "dropped"])
            #expect(hasEmail == [true, false, false])
            #expect(kept.map { $0["_touchstone"]?["forward"]?.truth } == [true, false, false])
        }
        await port.stop()
    }

    @Test("raw values are hashed, and hashes that came as hashes are kept as they are, an appendix too")
    func hashes() async throws {
        let hash = SHA256.hex(Array("jane.doe@shop.example".utf8))
        let port = try await PublicPort.start(sources: [Shop.source()])
        let events = [
            Shop.purchase(1), Shop.purchase(2).with("user_data.em", .string(hash)),
            Shop.purchase(3).with("user_data.em", [.string(hash + ".AQQCAQIB")]),
            Shop.purchase(4).with("user_data.em", "  Jane.Doe@SHOP.example "),
        ]
        #expect(try await port.curl.send(Shop.request(events)).status == 200)
        let body = try JSON.parse(try #require(try await port.deliveries().first?.request?.body))
        let emails = body["data"]?.items.map { event in
            let value = event["user_data"]?["em"]
            return value?.text ?? value?[0]?.text
        }
        #expect(emails == [hash, hash, hash + ".AQQCAQIB", hash])
        let phone = body["data"]?[0]?["user_data"]?["ph"]
        #expect(phone?.text ?? phone?[0]?.text == SHA256.hex(Array("48600700800".utf8)))
        await port.stop()
    }

    @Test("a thousand events are one row, parsed off the event loop")
    func thousand() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let request = Shop.request((0..<1_000).map { Shop.purchase($0) })
        #expect(try #require(request.body).count > Limits.parsedInPlaceBytesMax)
        let answer = try await port.curl.send(request)
        #expect(answer.status == 200)
        #expect(try JSON.parse(answer)["events_received"]?.integer == 1_000)
        let body = try JSON.parse(try #require(try await port.deliveries().first?.request?.body))
        #expect(body["data"]?.items.count == 1_000)
        await port.stop()
    }

    @Test("ten clients at once over HTTP/2: every answer 200, every event there once")
    func clients() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = .http2
        let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
            for client in 0..<10 {
                group.addTask { [curl] in
                    let requests = (0..<20).map { number in
                        Shop.request((0..<(number % 2 == 0 ? 1 : 40)).map { Shop.purchase(client * 10_000 + number * 100 + $0) })
                    }
                    return try await curl.send(requests).map(\.status)
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(statuses.count == 200 && statuses.allSatisfy { $0 == 200 })
        let ids = try await port.deliveries().flatMap { delivery in
            try JSON.parse(delivery.request?.body ?? [])["data"]?.items.compactMap { $0["event_id"]?.text } ?? []
        }
        #expect(ids.count == 10 * (10 + 400))
        #expect(Set(ids).count == ids.count)
        await port.stop()
    }

    @Test("a store that takes nothing is a 503 in the Graph API's form, for small and large bodies, and well again by itself")
    func storeFails() async throws {
        let disk = Disk()
        let port = try await PublicPort.start(sources: [Shop.source()], disk: disk)
        let requests = [Shop.request([Shop.purchase()]), Shop.request((0..<100).map { Shop.purchase($0) })]
        disk.state = .broken
        for answer in try await port.curl.send(requests) {
            #expect(answer.status == 503)
            #expect(answer.values(of: "retry-after").first.flatMap { Int($0) } != nil)
            try Self.expectGraphShaped(answer, code: 2, isTransient: true)
        }
        #expect(try await port.deliveries().isEmpty)
        disk.state = .well
        #expect(try await port.curl.send(requests).map(\.status) == [200, 200])
        #expect(try await port.deliveries().count == 2)
        await port.stop()
    }

    /// The one form of every refusal on these paths.
    static func expectGraphShaped(
        _ answer: WebAnswer, code: Int64, isTransient: Bool = false, location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(answer.values(of: "content-type") == ["application/json"], sourceLocation: location)
        let document = try JSON.parse(answer)
        let error = try #require(document["error"], sourceLocation: location)
        #expect(document.members.count == 1, sourceLocation: location)
        for key in ["message", "type", "error_user_title", "error_user_msg"] {
            #expect(error[key]?.text?.isEmpty == false, "\(key)", sourceLocation: location)
        }
        #expect(error["fbtrace_id"]?.text?.hasPrefix("ts") == true, sourceLocation: location)
        #expect(error["code"]?.integer == code, sourceLocation: location)
        #expect(error["is_transient"] == .bool(isTransient), sourceLocation: location)
    }
}
