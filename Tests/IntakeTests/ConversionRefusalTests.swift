import Core
import Foundation
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("Conversions that are refused", .serialized)
struct ConversionRefusalTests {
    private static let canary = "canary-7391"

    /// A name, what is wrong, and the subcode of the answer (all are 400, code 100).
    static let events: [(name: String, body: JSON, subcode: Int64?)] = {
        let now = Shop.nowSeconds
        func one(_ path: String, _ value: JSON?) -> JSON { Shop.body([Shop.purchase().with(path, value)]) }
        return [
            ("of 2012", one("event_time", 1_325_376_000), 2_804_003),
            ("eight days old", one("event_time", .integer(now - 8 * 86_400)), 2_804_003),
            ("of tomorrow", one("event_time", .integer(now + 86_400)), 2_804_004),
            ("in milliseconds", one("event_time", .integer(now * 1_000)), 2_804_004),
            ("a time that is text", one("event_time", .string(canary)), 2_804_019),
            ("without a time", one("event_time", nil), 2_804_019),
            ("a null event name", one("event_name", .null), 2_804_019),
            ("an event name that is a number", one("event_name", 7), nil),
            ("without an action source", one("action_source", nil), 2_804_019),
            ("an unknown action source", one("action_source", .string(canary)), 2_804_019),
            ("a raw e-mail under a key of its own", one("user_data.email", .string("\(canary)@shop.example")), 2_804_016),
            ("a raw phone under a key of its own", one("user_data.phone", .string(canary)), 2_804_016),
            ("a raw name in the event", one("first_name", .string(canary)), nil),
            ("an unknown key in the event", one("colour", .string(canary)), 2_804_019),
            ("without user data", one("user_data", nil), 2_804_019),
            ("nobody in user data", one("user_data", ["client_user_agent": "Mozilla/5.0"]), 2_804_050),
            ("a purchase without value", one("custom_data.value", nil), 2_804_009),
            ("a value without currency", one("custom_data.currency", nil), 2_804_023),
            ("a lead id that is text", one("user_data.lead_id", .string(canary)), 2_804_036),
            ("1 001 events", Shop.body((0..<1_001).map { Shop.purchase($0) }), nil),
            (
                "one bad event among a hundred",
                Shop.body((0..<99).map { Shop.purchase($0) } + [Shop.purchase().with("event_name", .null)]), 2_804_019
            ),
            ("no events", Shop.body([]), nil),
            ("data missing", Shop.body([]).with("data", nil), nil),
            ("data that is text", Shop.body([]).with("data", .string(canary)), nil),
            ("an event that is text", Shop.body([.string(canary)]), nil),
            ("a list as body", .array([.string(canary)]), nil),
        ]
    }()

    @Test("each fault has its error document, and one bad event keeps out all")
    func faults() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let answers = try await port.curl.send(Self.events.map { Shop.request($0.body) })
        for ((name, _, subcode), answer) in zip(Self.events, answers) {
            #expect(answer.status == 400, "\(name)")
            try ConversionTests.expectGraphShaped(answer, code: 100)
            if let subcode {
                #expect(try JSON.parse(answer)["error"]?["error_subcode"]?.integer == subcode, "\(name): \(answer.body)")
            }
            expectNothingOf(answer, name)
        }
        #expect(try await port.deliveries().isEmpty)
        #expect(port.log.lines.count == Self.events.count)
        expectNothingIn(port.log.lines)
        // The same port takes what is right: the refusals were not for another reason.
        #expect(try await port.curl.send(Shop.request([Shop.purchase()])).status == 200)
        await port.stop()
    }

    /// Bodies that are no document.
    static let bodies: [(String, [UInt8])] = [
        ("empty", []), ("not JSON", Array("access_token=\(Shop.token)&data=[]".utf8)),
        ("cut", Array(#"{"data":[{"event_name":"#.utf8)),
        ("two documents", Array("{} {}".utf8)), ("too deep", Array(String(repeating: "[", count: 70_000).utf8)),
        ("bytes", (0...255).map { UInt8($0) }),
        ("large and cut", Array(#"{"data":["#.utf8) + Array(repeating: UInt8(ascii: " "), count: 100_000)),
    ]

    @Test("a body that can't be read is a 400 in the Graph API's form", arguments: Curl.Version.allCases)
    func unreadable(version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        let requests = Self.bodies.map {
            WebRequest(
                "POST", "\(Shop.path)?access_token=\(Shop.token)", headers: [("Content-Type", "application/json")], body: $0.1)
        }
        for ((name, _), answer) in zip(Self.bodies, try await curl.send(requests)) {
            #expect(answer.status == 400, "\(name)")
            try ConversionTests.expectGraphShaped(answer, code: 100)
            expectNothingOf(answer, name)
        }
        #expect(try await port.deliveries().isEmpty)
        await port.stop()
    }

    @Test("refusals from the head have the Graph API's form too", arguments: Curl.Version.allCases)
    func heads(version: Curl.Version) async throws {
        let body = Shop.body([Shop.purchase()])
        let json = ("Content-Type", "application/json")
        let cases: [(String, WebRequest, Int, Int64)] = [
            ("GET", WebRequest("GET", Shop.path), 405, 100),
            ("PUT", WebRequest("PUT", Shop.path, headers: [json], body: body.bytes()), 405, 100),
            ("JSON without a type is a form without a token", Shop.request(body, headers: [("Content-Type", "")]), 401, 104),
            ("JSON as a form", Shop.request(body, headers: [("Content-Type", "application/x-www-form-urlencoded")]), 401, 104),
            ("JSON as parts", Shop.request(body, headers: [("Content-Type", "multipart/form-data; boundary=x")]), 400, 100),
            ("text", Shop.request(body, headers: [("Content-Type", "text/plain")]), 415, 100),
            ("another charset", Shop.request(body, headers: [("Content-Type", "application/json; charset=utf-16")]), 415, 100),
            ("gzip", Shop.request(body, headers: [json, ("Content-Encoding", "gzip")]), 415, 100),
            ("unknown path", Shop.request(body, "/v26.0/abc/events?access_token=\(Self.canary)"), 404, 2500),
            ("a long header", Shop.request(body, headers: [json, ("X-Long", String(repeating: "x", count: 9_000))]), 431, 100),
        ]
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        for (name, request, status, code) in cases {
            let answer = try await curl.send(request)
            #expect(answer.status == status, "\(name)")
            try ConversionTests.expectGraphShaped(answer, code: code)
            expectNothingOf(answer, name)
        }
        let accepted = ["application/json;charset=utf-8", "Application/JSON ; charset=UTF-8", "application/json"].map {
            Shop.request(body, headers: [("Content-Type", $0), ("Content-Encoding", "identity")])
        }
        #expect(try await curl.send(accepted).map(\.status) == [200, 200, 200])
        #expect(try await port.deliveries().count == 3)
        await port.stop()
    }

    @Test(
        "a body over the limit is a 413 in the Graph API's form, announced or not", arguments: [false, true],
        Curl.Version.allCases)
    func tooLarge(chunked: Bool, version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        var request = Shop.request(Shop.body([Shop.purchase()]))
        request.body?.append(contentsOf: repeatElement(UInt8(ascii: " "), count: Limits.deliveryBytesMax))
        if chunked { request.headers.append(("Transfer-Encoding", "chunked")) }
        let answer = try await curl.send(request)
        #expect(answer.status == 413)
        try ConversionTests.expectGraphShaped(answer, code: 100)
        #expect(try await port.deliveries().isEmpty)
        await port.stop()
    }

    @Test("other paths keep their own answers: a webhook's refusal stays without a body")
    func others() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let answers = try await port.curl.send([
            WebRequest("POST", "/webhooks/meta", body: []), WebRequest("GET", "/nothing"),
            WebRequest("GET", "/callbacks/meta/none"),
        ])
        #expect(answers.map(\.status) == [401, 404, 404])
        #expect(answers.allSatisfy { $0.body.isEmpty })
        await port.stop()
    }

    private func expectNothingOf(_ answer: WebAnswer, _ name: String) {
        expectNothingIn([answer.body, answer.head], name)
    }

    private func expectNothingIn(_ texts: [String], _ name: String = "") {
        let proof = AppSecretProof.hex(token: Shop.token, secret: Shop.secret)
        for text in texts {
            for secret in [Self.canary, "jane", "48600", Shop.token, Shop.secret, proof, "shop.example"] {
                #expect(!text.contains(secret), "\(name): \(secret) in \(text)")
            }
        }
    }
}
