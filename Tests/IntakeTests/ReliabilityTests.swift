import Core
import Foundation
import Intake
import Signing
import Storage
import TestSupport
import Testing

/// What went wrong at others, by its number in the list of failures that this project keeps; not here.
@Suite("Failures of others", .serialized)
struct ReliabilityTests {
    private static let body = #"{"object":"page","entry":[]}"#

    /// Bodies that a program which reads and writes JSON would change.
    private static let awkward: [[UInt8]] =
        [
            #"{"object":"page","a":1,"a":2,"entry":[]}"#, #"{"object":"page","n":1e400,"m":-0,"d":1.0}"#,
            #"{"object":"page","s":"\ud83d","t":"\ud83d\ude00\/"}"#, "{\"object\":\"page\",\"z\":\"a\\u0000b\"}",
            "\u{FEFF}{ \"object\" : \"page\" }\r\n\r\n", #"{"id":120250784238480294999,"b":[],"a":{}}"#, "", " ", "null",
        ].map { Array($0.utf8) } + [[0x7b, 0xff, 0xfe, 0x00, 0x7d], Array(0...255)]

    private func signed(_ body: [UInt8], type: String? = "application/json") -> WebRequest {
        let signature = "sha256=" + HMACSHA256.hex(key: Array(Fixture.secret.utf8), body)
        return WebRequest(
            "POST", headers: [("Content-Type", type ?? ""), ("X-Hub-Signature-256", signature)], body: body)
    }

    @Test(
        "reliability 3: bytes that came in are the bytes that are kept, whatever a JSON writer would make of them",
        arguments: Curl.Version.allCases)
    func bytes(version: Curl.Version) async throws {
        let port = try await PublicPort.start()
        var curl = port.curl
        curl.version = version
        #expect(try await curl.send(Self.awkward.map { signed($0) }).allSatisfy { $0.status == 200 })
        #expect(try await port.stored().map(\.body) == Self.awkward)
        let kept = try await port.deliveries().compactMap(\.request)
        let apps = [AppSecrets(app: "main", secrets: [Fixture.secret])]
        #expect(kept.count == Self.awkward.count)
        for request in kept { #expect((try? verifyAgain(request, apps: apps).get()) != nil) }
        await port.stop()
    }

    @Test(
        "reliability 4: the signature is over the raw bytes, whatever the content type says",
        arguments: [
            "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain; charset=utf-16",
            "application/json; charset=latin1",
            "application/octet-stream", "", "nonsense",
        ])
    func contentTypes(type: String) async throws {
        let port = try await PublicPort.start()
        let form = Array("payload=%7B%22a%22%3A+1%7D&b=+%2B&=&c".utf8)
        var altered = signed(form, type: type)
        altered.body = Array("payload={\"a\": 1}&b= +&=&c".utf8)
        #expect(try await port.curl.send([signed(form, type: type), altered]).map(\.status) == [200, 401])
        #expect(try await port.stored().map(\.body) == [form])
        await port.stop()
    }

    @Test("reliability 15: no path, method or host is ever answered with a redirect")
    func redirects() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let paths = [
            "/", "//", "/webhooks", "/webhooks/meta", "/webhooks/meta/", "/webhooks//meta", "/webhooks/meta/main",
            "/webhooks/meta/../meta",
            "/WEBHOOKS/META", "/webhooks/meta?x=1", Shop.path, Shop.path + "/", "/v26.0", "/\(Shop.dataset)/events",
            "/callbacks/meta/deauthorize",
            "/callbacks/meta/data-deletion/", "/healthz", "/healthz/", "/index.html", "/auth/meta/callback", "/%2e%2e/",
            "/http://evil.example/",
        ]
        let methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE"]
        for version in Curl.Version.allCases {
            var curl = port.curl
            curl.version = version
            let requests = paths.flatMap { path in
                methods.filter { $0 != "HEAD" }.map {
                    WebRequest($0, path, headers: [("Host", "other.example"), ("X-Forwarded-Proto", "http")])
                }
            }
            for (request, answer) in zip(requests, try await curl.send(requests)) {
                #expect(
                    !(300..<400).contains(answer.status) && answer.status > 0,
                    "\(request.method) \(request.target): \(answer.status)")
                #expect(answer.values(of: "location").isEmpty, "\(request.target)")
            }
        }
        await port.stop()
    }

    @Test("reliability 22: whatever was answered 200 is there when the database is opened again, and nothing else")
    func acknowledged() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let bodies = (0..<40).map { #"{"object":"page","entry":[],"n":\#($0)}"# }
        let requests = bodies.enumerated().map { port.delivery($1, secret: $0 % 4 == 3 ? "wrong" : Fixture.secret) }
        let answers = try await port.curl.send(requests)
        let acknowledged = zip(bodies, answers).filter { $0.1.status == 200 }.map { Array($0.0.utf8) }
        #expect(acknowledged.count == 30)
        await port.stop()
        let again = try port.place.open(bootID: "boot-2")
        let stored = try await again.read { try $0.undecoded(limit: 1_000).map { $0.request?.body ?? [] } }
        #expect(stored == acknowledged)
        await again.close()
    }

    @Test("reliability 24: no size is both acknowledged and dropped", arguments: [false, true])
    func sizes(chunked: Bool) async throws {
        let port = try await PublicPort.start()
        let edges = [0, 1, 16 * 1024, 65_535, 128 * 1024, 1024 * 1024, Limits.deliveryBytesMax]
        let sizes = edges.flatMap { [$0 - 1, $0, $0 + 1] }.filter { $0 >= 0 }
        var acknowledged: [Int] = []
        for size in sizes {
            var request = signed([UInt8](repeating: UInt8(ascii: " "), count: size))
            if chunked { request.headers.append(("Transfer-Encoding", "chunked")) }
            let answer = try await port.curl.send(request)
            #expect(answer.status == (size > Limits.deliveryBytesMax ? 413 : 200), "\(size)")
            if answer.status == 200 { acknowledged.append(size) }
        }
        #expect(try await port.stored().map(\.body.count) == acknowledged)
        await port.stop()
    }

    @Test("reliability 25: bodies of any bytes, many large ones at once, and the port goes on")
    func fuzz() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var draw = SplitMix(seed: 25)
        var requests: [WebRequest] = []
        let good = Shop.body([Shop.purchase()]).bytes()
        for number in 0..<200 {
            var body = number % 3 == 0 ? (0..<Int(draw.next() % 400)).map { _ in UInt8(truncatingIfNeeded: draw.next()) } : good
            for _ in 0..<Int(draw.next() % 8) where !body.isEmpty {
                body[Int(draw.next() % UInt64(body.count))] = number % 2 == 0 ? 0 : UInt8(truncatingIfNeeded: draw.next())
            }
            requests.append(
                number % 2 == 0
                    ? signed(body)
                    : WebRequest(
                        "POST", Shop.path, headers: [("Content-Type", "application/json")], body: body))
        }
        let statuses = try await port.curl.send(requests).map(\.status)
        #expect(statuses.allSatisfy { [200, 400, 401].contains($0) }, "\(Set(statuses))")
        // Far more large bodies than the parsers take: each is stored or told to come again.
        let large = Shop.request(Shop.body((0..<150).map { Shop.purchase($0) }))
        let answers = try await withThrowingTaskGroup(of: [Int].self) { group in
            for _ in 0..<8 { group.addTask { try await port.curl.send((0..<10).map { _ in large }).map(\.status) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(answers.count == 80 && answers.allSatisfy { $0 == 200 || $0 == 503 }, "\(Set(answers))")
        let stored = try await port.deliveries().count { $0.kind == .conversions && ($0.request?.body.count ?? 0) > 50_000 }
        #expect(stored == answers.count { $0 == 200 } && stored > 0)
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 200)
        await port.stop()
    }

    @Test(
        "reliability 32: the handshake needs no signature, and a delivery does; reliability 33: a missing one is 401 and no row",
        arguments: Curl.Version.allCases)
    func unsigned(version: Curl.Version) async throws {
        let port = try await PublicPort.start()
        var curl = port.curl
        curl.version = version
        let handshake = WebRequest(
            "GET", "/webhooks/meta?hub.mode=subscribe&hub.challenge=42&hub.verify_token=\(PublicPort.verifyToken)")
        let unsigned = WebRequest("POST", headers: [("Content-Type", "application/json")], body: Array(Self.body.utf8))
        let answers = try await curl.send([handshake, unsigned])
        #expect(answers.map(\.status) == [200, 401])
        #expect(answers[0].body == "42")
        #expect(try await port.stored().isEmpty)
        await port.stop()
    }
}

/// Numbers that are the same in every run.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
