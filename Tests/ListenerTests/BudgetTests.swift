import Core
import Listener
import Testing

@Suite("What senders may have under way", .serialized)
struct BudgetTests {
    @Test(
        "requests over the bound of all are 503 and may come again; what has no body is always answered",
        arguments: LimitTests.https)
    func requests(_ http: String) async throws {
        let server = try await Server.start { $0.bounds.requestsInFlightMax = 2 }
        async let one = server.curl([http, "-d", "x"], "/hold")
        async let two = server.curl([http, "-d", "x"], "/hold")
        await server.application.untilHeld(2)
        let refused = try await server.curl([http, "-i", "-d", "x"], "/count")
        #expect(refused.status == 503)
        #expect(refused.body.lowercased().contains("retry-after: 1"))
        #expect(try await server.curl([http]).status == 200)
        server.application.release()
        #expect(try await [one, two].map(\.status) == [200, 200])
        #expect(try await server.curl([http, "-d", "x"], "/count").status == 200)
        await server.stop()
    }

    @Test(
        "one address that has as much under way as it may is 503, another is served", arguments: LimitTests.https, [false, true])
    func addresses(_ http: String, _ byBytes: Bool) async throws {
        let server = try await Server.start {
            $0.trustedProxies = ["127.0.0.1"].compactMap { AddressBlock($0) }
            if byBytes { $0.bounds.bodyBytesPerAddressMax = 100_000 } else { $0.bounds.requestsPerAddressMax = 1 }
        }
        let body = [UInt8](repeating: 0, count: 60_000)
        func send(_ address: String, _ path: String) async throws -> Int {
            try await server.curl(
                [http, "-H", "X-Forwarded-For: \(address)", "-H", "Expect:", "--data-binary", "@-"], path, input: body
            ).status
        }
        async let held = send("203.0.113.1", "/hold")
        await server.application.untilHeld()
        #expect(try await send("203.0.113.1", "/count") == 503)
        #expect(try await send("203.0.113.2", "/count") == 200)
        server.application.release()
        #expect(try await held == 200)
        #expect(try await send("203.0.113.1", "/count") == 200)
        await server.stop()
    }

    @Test(
        "bodies over the share of what a request names are 503 before they are read; another share has room",
        arguments: LimitTests.https)
    func shares(_ http: String) async throws {
        let server = try await Server.start()
        let body = [UInt8](repeating: 0, count: 60_000)
        func send(_ path: String, chunked: Bool = false) async throws -> Int {
            let framing = chunked ? ["-H", "Transfer-Encoding: chunked", "-H", "Content-Length:"] : []
            return try await server.curl([http, "-H", "Expect:", "--data-binary", "@-"] + framing, path, input: body).status
        }
        async let held = send("/share/hold")
        await server.application.untilHeld()
        let before = server.application.bytesSeen
        #expect(try await send("/share/count") == 503)
        #expect(server.application.bytesSeen == before)
        #expect(try await send("/share/count", chunked: true) == 503)
        #expect(server.application.bytesSeen > before)
        #expect(try await send("/count") == 200)
        server.application.release()
        #expect(try await held == 200)
        #expect(try await send("/share/count") == 200)
        await server.stop()
    }

    @Test("what was announced and never sent keeps nobody out")
    func announced() async throws {
        let server = try await Server.start { $0.times.bodyMs = 20_000 }
        async let idle = server.raw("POST /share/count HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\nx")
        while server.application.opened == 0 { await Task.yield() }
        let body = [UInt8](repeating: 0, count: 90_000)
        #expect(try await server.curl(["-H", "Expect:", "--data-binary", "@-"], "/share/count", input: body).status == 200)
        await server.stop()
        _ = try await idle
    }

    @Test("everything is given back, whatever became of the requests", arguments: LimitTests.https)
    func givenBack(_ http: String) async throws {
        let server = try await Server.start(limit: 200_000) {
            $0.bounds.requestsInFlightMax = 3
            $0.bounds.bodyBytesInFlightMax = 100_000
            $0.bounds.requestsPerAddressMax = 3
            $0.times.bodyMs = 100
            $0.times.idleMs = 500
            $0.times.lingerMs = 100
        }
        func send(_ size: Int, _ path: String, _ more: [String] = []) async throws -> Int {
            try await server.curl(
                [http, "-H", "Expect:", "--data-binary", "@-"] + more, path, input: [UInt8](repeating: 0, count: size)
            ).status
        }
        for _ in 0..<3 {
            #expect(try await send(1_000, "/count") == 200)
            #expect(try await send(1_000, "/later") == 200)
            #expect(try await send(1_000, "/refuse") == 415)
            #expect(try await send(150_000, "/count") == 503)
            #expect(try await send(250_000, "/count") == 413)
            #expect(try await send(150_000, "/count", ["-H", "Transfer-Encoding: chunked", "-H", "Content-Length:"]) == 503)
            // Cut in the middle: too slow, and gone.
            _ = try await server.raw("POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\nhalf")
            _ = try await server.raw(Frames.preface + Frames.headers(1, block: Frames.post), alpn: "h2")
            _ = try await Tool.run(
                ["timeout", "-s", "KILL", "0.3", "openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)"],
                input: Array("POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody".utf8), keepsOpen: true)
        }
        server.application.release()
        #expect(try await send(100_000, "/count") == 200)
        async let first = send(10, "/hold")
        async let second = send(10, "/hold")
        await server.application.untilHeld(2)
        #expect(try await send(10, "/count") == 200)
        server.application.release()
        #expect(try await [first, second] == [200, 200])
        await server.stop()
    }

    @Test("reliability 35: two thousand new TLS connections at once are all served", .enabled(if: Tool.isThere("h2load")))
    func burst() async throws {
        // None may be refused; how long a loaded machine takes for two thousand handshakes is not the question.
        let server = try await Server.start {
            $0.times.handshakeMs = 120_000
            $0.times.headersMs = 120_000
            $0.times.idleMs = 120_000
        }
        let result = try await Tool.run(["h2load", "-n", "2000", "-c", "2000", "-m", "1", "https://127.0.0.1:\(server.port)/"])
        #expect(result.text.contains("2000 2xx, 0 3xx, 0 4xx, 0 5xx"), "\(result.text)")
        #expect(result.text.contains("0 failed, 0 errored, 0 timeout"), "\(result.text)")
        #expect(server.turnedAway.isEmpty)
        await server.stop()
    }

    @Test("reliability 14: settings that can't be served never take the socket, and leave the one that serves alone")
    func selfTest() async throws {
        let server = try await Server.start()
        var faulty = try Server.settings()
        faulty.port = server.port
        faulty.privateKeyFile = faulty.privateKeyFile.replacing("server.key", with: "ca.key")
        // The fault is found before the port is asked for: else it would be told that the port is taken.
        await #expect(throws: ListenerError.keyMismatch(file: faulty.privateKeyFile)) {
            _ = try await PublicListener.start(faulty) { _ in .answer(Reply(status: 200)) }
        }
        #expect(try await server.curl([]).status == 200)
        await server.stop()
    }
}
