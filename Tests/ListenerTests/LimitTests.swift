import Listener
import Testing

@Suite("The public port has bounds of size", .serialized)
struct LimitTests {
    static let https = ["--http1.1", "--http2"]

    @Test("a body of exactly the limit is taken, one byte more is 413, announced or not", arguments: https, [false, true])
    func body(_ http: String, _ isAnnounced: Bool) async throws {
        let server = try await Server.start(limit: 200_000)
        let framing = isAnnounced ? [] : ["-H", "Transfer-Encoding: chunked", "-H", "Content-Length:"]
        for (size, status) in [(200_000, 200), (200_001, 413), (5_000_000, 413)] {
            let answer = try await server.curl(
                [http, "-H", "Expect:", "--data-binary", "@-"] + framing, "/count", input: [UInt8](repeating: 0, count: size))
            #expect(answer.status == status, "\(size)")
        }
        let after = try await server.curl([http])
        #expect(after.status == 200)
        await server.stop()
    }

    @Test(
        "an answer that comes before the body reaches a client that is still sending", arguments: https, [10, 100_000, 3_000_000])
    func early(_ http: String, _ size: Int) async throws {
        let server = try await Server.start()
        let answer = try await server.curl(
            [http, "-H", "Expect:", "--data-binary", "@-"], "/refuse", input: [UInt8](repeating: 0, count: size))
        #expect(answer.status == 415)
        await server.stop()
    }

    @Test("after an early answer to a short body the connection goes on")
    func earlyThenNext() async throws {
        let server = try await Server.start()
        let text =
            "POST /refuse HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let answer = try await server.raw(text)
        #expect(answer.contains("HTTP/1.1 415"))
        #expect(answer.contains("h1 -"))
        await server.stop()
    }

    @Test("too many, too long and too large headers are 431", arguments: https)
    func headers(_ http: String) async throws {
        let server = try await Server.start()
        let cases = [
            (0..<101).flatMap { ["-H", "X-\($0): a"] },
            ["-H", "X-Long: " + String(repeating: "a", count: 8_200)],
            (0..<5).flatMap { ["-H", "X-\($0): " + String(repeating: "a", count: 8_000)] },
        ]
        for arguments in cases {
            let answer = try await server.curl([http] + arguments)
            #expect(answer.status == 431)
        }
        let below = try await server.curl(
            [http] + (0..<90).flatMap { ["-H", "X-\($0): a"] } + ["-H", "X-Long: " + String(repeating: "a", count: 8_000)])
        #expect(below.status == 200)
        #expect(server.application.opened == 1)
        await server.stop()
    }

    @Test(
        "a head, a chunk line or a trailer without an end is cut",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\nX: ", 431), ("GET /", 431),
            ("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;", 431),
            ("POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", 431),
        ])
    func endless(_ start: String, _ status: Int) async throws {
        let server = try await Server.start()
        let answer = try await server.raw(start + String(repeating: "a", count: 200_000))
        #expect(answer.hasPrefix("HTTP/1.1 \(status)"))
        await server.stop()
    }

    @Test(
        "a request that two readers could read in two ways is 400, and the connection closes",
        arguments: [
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            "POST /count HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX : a\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\nX: a\n\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\u{0}b\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
            "GET / HTTP/9.9\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
        ])
    func malformed(_ request: String) async throws {
        let server = try await Server.start()
        let answer = try await server.raw(request + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 5"), "\(answer)")
        #expect(answer.contains("connection: close"))
        #expect(answer.components("HTTP/1.1 ") == 1)
        #expect(server.application.opened == 0 || request.contains("zz"))
        await server.stop()
    }

    @Test("bodies over the budget of all connections are 503 and may come again", arguments: https)
    func budget(_ http: String) async throws {
        let server = try await Server.start { $0.bounds.bodyBytesInFlightMax = 100_000 }
        let body = [UInt8](repeating: 0, count: 60_000)
        async let held = server.curl([http, "--data-binary", "@-"], "/hold", input: body)
        await server.application.untilHeld()
        let refused = try await server.curl([http, "-i", "--data-binary", "@-"], "/count", input: body)
        #expect(refused.status == 503)
        #expect(refused.body.lowercased().contains("retry-after: 1"))
        server.application.release()
        #expect(try await held.body == "held 60000")
        let again = try await server.curl([http, "--data-binary", "@-"], "/count", input: body)
        #expect(again.status == 200)
        await server.stop()
    }

    @Test("one connection may not hold more than its part of the bodies", arguments: https)
    func connectionBudget(_ http: String) async throws {
        let server = try await Server.start { $0.bounds.bodyBytesPerConnectionMax = 50_000 }
        let answer = try await server.curl([http, "--data-binary", "@-"], "/count", input: [UInt8](repeating: 0, count: 60_000))
        #expect(answer.status == 503)
        await server.stop()
    }

    @Test("a connection beyond the bound is closed, and there is room again when another ends")
    func connections() async throws {
        let server = try await Server.start { $0.bounds.connectionsMax = 1 }
        async let held = server.curl(["-d", "x"], "/hold")
        await server.application.untilHeld()
        #expect(try await server.curl([]).status == 0)
        server.application.release()
        #expect(try await held.status == 200)
        var status = 0
        for _ in 0..<100 where status != 200 { status = try await server.curl([]).status }
        #expect(status == 200)
        await server.stop()
    }
}
