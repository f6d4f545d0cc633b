import Core
import Intake
import Listener
import Storage
import TestSupport
import Testing

/// Every answer that an entrance of conversions can give, read as Meta's SDKs read it.
@Suite("Answers that every SDK reads rightly", .serialized)
struct AnswerRuleTests {
    @Test("what is taken is read as taken, at every entrance", arguments: Door.allCases, Curl.Version.allCases)
    func taken(door: Door, version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        // With something to say about it, and of several events.
        let warned = Shop.purchase().with("event_source_url", nil)
        let answers = try await curl.send([door.request(), door.request([warned]), door.request([Shop.purchase(2), warned])])
        for (answer, count) in zip(answers, [1, 1, 2]) {
            AnswerRule.expectTaken(answer, count: count, status: door.status, "\(door)")
        }
        #expect(try JSON.parse(answers[1])["messages"]?.items.isEmpty == false)
        #expect(try await port.deliveries().count == 3)
        if door == .gateway { #expect(answers.allSatisfy { SDKReading.gateway($0) == .taken(1) }) }
        await port.stop()
    }

    @Test("every fault of a request is read as a refusal, at every entrance", arguments: Door.allCases)
    func faults(door: Door) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        let faulty = ConversionRefusalTests.events.map { ($0.name, door.request($0.body)) }
        let unread = ConversionRefusalTests.bodies.map { name, body in
            (name, WebRequest("POST", door.path, headers: door.headers(), body: body))
        }
        let forms = ConversionFormTests.faults.map { fault in
            (fault.code, WebRequest("POST", door.path, headers: door.headers(fault.type), body: fault.body))
        }
        let requests = faulty + unread + forms
        for ((name, _), answer) in zip(requests, try await port.curl.send(requests.map(\.1))) {
            AnswerRule.expectRefused(answer, status: 400, "\(door): \(name)")
            #expect(SDKReading.gateway(answer) == .refused)
        }
        #expect(try await port.deliveries().isEmpty)
        await port.stop()
    }

    @Test("so is who is not believed", arguments: Door.allCases)
    func strangers(door: Door) async throws {
        let port = try await PublicPort.start(
            sources: [Shop.source(), Shop.source("other", token: "other-token-8241-aaa", secret: nil, datasets: ["555"])])
        let body = door.body(Shop.body([Shop.purchase()]))
        let bare = body.with("accessKey", nil).with("access_token", nil)
        func request(_ body: JSON, token: String?) -> WebRequest {
            let headers = [(name: "Content-Type", value: "application/json")]
            return Shop.request(
                body, door.path, headers: headers + (token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? []))
        }
        // Our own entrance is one source's: the other's token is nobody's there. Elsewhere it is known, and has no right to the dataset.
        let foreign = door == .own ? 401 : 400
        let requests = [
            ("no token", request(bare, token: nil), 401), ("an unknown token", request(bare, token: "nobody"), 401),
            ("another source's", request(bare, token: "other-token-8241-aaa"), foreign),
            ("the right one", request(bare, token: Shop.token), door.status),
        ]
        for ((name, _, status), answer) in zip(requests, try await port.curl.send(requests.map(\.1))) {
            guard status != door.status else {
                AnswerRule.expectTaken(answer, status: status, "\(door): \(name)")
                continue
            }
            AnswerRule.expectRefused(answer, status: status, "\(door): \(name)")
        }
        #expect(try await port.deliveries().map(\.app) == ["shop"])
        await port.stop()
    }

    @Test("so is what is refused from its head alone, or for its size", arguments: Door.allCases, Curl.Version.allCases)
    func heads(door: Door, version: Curl.Version) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()])
        var curl = port.curl
        curl.version = version
        let good = door.request()
        func changed(_ change: (inout WebRequest) -> Void) -> WebRequest {
            var request = good
            change(&request)
            return request
        }
        let requests: [(String, WebRequest, Int)] = [
            ("an unknown path", changed { $0.target = door.nowhere }, 404),
            ("GET", WebRequest("GET", door.path), 405), ("PUT", changed { $0.method = "PUT" }, 405),
            ("DELETE", changed { $0.method = "DELETE" }, 405),
            ("too large", changed { $0.body?.append(contentsOf: repeatElement(0x20, count: Limits.deliveryBytesMax)) }, 413),
            ("text", changed { $0.headers[0].value = "text/plain" }, 415),
            ("another charset", changed { $0.headers[0].value = "application/json; charset=latin1" }, 415),
            ("gzip", changed { $0.headers.append(("Content-Encoding", "gzip")) }, 415),
            ("a long header", changed { $0.headers.append(("X-Long", String(repeating: "x", count: 9_000))) }, 431),
            ("many headers", changed { for number in 0..<120 { $0.headers.append(("X-\(number)", "x")) } }, 431),
        ]
        for (name, request, status) in requests {
            AnswerRule.expectRefused(try await curl.send(request), status: status, "\(door): \(name)")
        }
        #expect(try await port.deliveries().isEmpty)
        await port.stop()
    }

    @Test("so is what the listener refuses of a request that is slow, malformed or expects too much", arguments: Door.allCases)
    func listener(door: Door) async throws {
        let port = try await PublicPort.start(sources: [Shop.source()], listener: { $0.times.bodyMs = 200 })
        let raw = RawExchange(port: port.curl.port)
        func request(_ lines: [String], target: String? = nil) -> [UInt8] {
            Array(("POST \(target ?? door.path) HTTP/1.1\r\n" + lines.map { "\($0)\r\n" }.joined() + "\r\n").utf8)
        }
        let requests: [(String, [UInt8], Int)] = [
            ("a body that does not come", request(["Host: a", "Content-Length: 100"]), 408),
            ("an expectation", request(["Host: a", "Content-Length: 100", "Expect: 200-ok"]), 417),
            ("two lengths", request(["Host: a", "Content-Length: 1", "Transfer-Encoding: chunked"]), 400),
            ("no host", request(["Content-Length: 1"]), 400),
            ("a transfer encoding", request(["Host: a", "Transfer-Encoding: gzip, chunked"]), 501),
            ("a long path", request(["Host: a"], target: door.path + "?" + String(repeating: "x", count: 9_000)), 414),
        ]
        for (name, bytes, status) in requests {
            AnswerRule.expectRefused(try await raw.send([bytes])[0], status: status, "\(door): \(name)")
        }
        await port.stop()
    }

    @Test(
        "so is what can't be taken now: too much under way, the store broken, a high-water mark passed", arguments: Door.allCases)
    func unavailable(door: Door) async throws {
        let disk = Disk()
        let broken = try await PublicPort.start(sources: [Shop.source()], disk: disk)
        disk.state = .broken
        AnswerRule.expectRefused(try await broken.curl.send(door.request()), status: 503, "\(door): not stored")
        await broken.stop()

        let busy = try await PublicPort.start(sources: [Shop.source()], listener: { $0.bounds.requestsInFlightMax = 0 })
        AnswerRule.expectRefused(try await busy.curl.send(door.request()), status: 503, "\(door): busy")
        await busy.stop()

        let clock = StandingClock()
        let paced = try await PublicPort.start(
            sources: [Shop.source()], limits: IntakeLimits(perSource: BudgetLimits(perSecond: 1)), nowMs: { clock.nowMs })
        let answers = try await paced.curl.send((0..<3).map { door.request([Shop.purchase($0)]) })
        for answer in answers where answer.status != door.status {
            AnswerRule.expectRefused(answer, status: 503, "\(door): over its budget")
        }
        #expect(answers.count { $0.status == 503 } > 0)
        await paced.stop()

        let full = try await PublicPort.start(sources: [Shop.source()], diskFreeBytes: { 0 }, nowMs: { clock.nowMs })
        try await eventually("the mark is passed") {
            clock.advance(ms: 1_000)
            return try await full.curl.send(WebRequest("GET", "/healthz")).body != "ok"
        }
        AnswerRule.expectRefused(try await full.curl.send(door.request()), status: 503, "\(door): no room on the disk")
        await full.stop()
    }
}
