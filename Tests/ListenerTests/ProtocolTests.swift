import Listener
import Testing

@Suite("The public port speaks HTTP/1.1 and HTTP/2 over TLS 1.2 and 1.3", .serialized)
struct ProtocolTests {
    struct Way: Sendable, CustomTestStringConvertible {
        let http: String
        let tls: [String]
        var testDescription: String { "\(http) \(tls.joined(separator: " "))" }
        var version: String { http == "--http2" ? "2" : "1.1" }
        var name: String { http == "--http2" ? "h2" : "h1" }
        var arguments: [String] { [http] + tls }
    }

    static let ways = ["--http1.1", "--http2"].flatMap { http in
        [["--tlsv1.2", "--tls-max", "1.2"], ["--tlsv1.3"]].map { Way(http: http, tls: $0) }
    }
    static let https = ["--http1.1", "--http2"]

    @Test("a GET is answered, with its query", arguments: ways)
    func get(_ way: Way) async throws {
        let server = try await Server.start()
        let answer = try await server.curl(way.arguments, "/webhooks/meta?hub.mode=subscribe&hub.challenge=1")
        #expect(
            answer
                == Server.Answer(
                    version: way.version, status: 200, body: "\(way.name) hub.mode=subscribe&hub.challenge=1", errors: ""))
        await server.stop()
    }

    @Test(
        "a POST is collected, its pieces seen, and answered", arguments: ways,
        [("/count", 0), ("/count", 1), ("/later", 280), ("/later", 900_000)])
    func post(_ way: Way, _ request: (path: String, size: Int)) async throws {
        let (path, size) = request
        let server = try await Server.start()
        let body = [UInt8](repeating: 65, count: size)
        let answer = try await server.curl(way.arguments + ["--data-binary", "@-"], path, input: body)
        #expect(answer == Server.Answer(version: way.version, status: 200, body: "\(way.name) \(size) \(size)", errors: ""))
        await server.stop()
    }

    @Test("a body without Content-Length is taken", arguments: https)
    func unannounced(_ http: String) async throws {
        let server = try await Server.start()
        let body = [UInt8](repeating: 65, count: 300_000)
        let answer = try await server.curl(
            [http, "-H", "Transfer-Encoding: chunked", "-H", "Content-Length:", "--data-binary", "@-"], "/count", input: body)
        #expect(answer.status == 200)
        #expect(answer.body.hasSuffix("300000 300000"))
        await server.stop()
    }

    @Test("HEAD is answered without a body", arguments: https)
    func head(_ http: String) async throws {
        let server = try await Server.start()
        let answer = try await server.curl([http, "--head"])
        #expect(answer.status == 200)
        #expect(answer.body.lowercased().contains("content-length: 4"))
        await server.stop()
    }

    @Test("headers arrive with names in lower case and the host", arguments: https)
    func headers(_ http: String) async throws {
        let server = try await Server.start()
        let answer = try await server.curl(
            [http, "-H", "X-Hub-Signature-256: sha256=00", "-H", "X-Odd-Name: Value", "-H", "User-Agent: Webhooks/1.1"],
            "/headers")
        let lines = Set(answer.body.split(separator: "\n"))
        #expect(
            lines.isSuperset(of: [
                "host=localhost:\(server.port)", "x-hub-signature-256=sha256=00", "x-odd-name=Value", "user-agent=Webhooks/1.1",
            ]))
        await server.stop()
    }

    @Test("a large answer arrives whole", arguments: https)
    func bigAnswer(_ http: String) async throws {
        let server = try await Server.start()
        let answer = try await server.curl([http, "-o", "/dev/null", "-w", "%{size_download}\n2 200"], "/big")
        #expect(answer.body == "\(64 << 20)")
        await server.stop()
    }

    @Test("Expect: 100-continue is answered before the body comes")
    func expectContinue() async throws {
        let server = try await Server.start()
        let body = [UInt8](repeating: 65, count: 5_000)
        let answer = try await server.curl(
            ["-v", "--http1.1", "-H", "Expect: 100-continue", "--data-binary", "@-"], "/count", input: body)
        #expect(answer.status == 200)
        #expect(answer.errors.contains("HTTP/1.1 100"))
        let other = try await server.curl(["--http1.1", "-H", "Expect: a-miracle", "--data-binary", "@-"], "/count", input: body)
        #expect(other.status == 417)
        await server.stop()
    }

    @Test("pipelined requests are answered in order")
    func pipelined() async throws {
        let server = try await Server.start()
        let requests = (1...20).map { n in
            "POST /later HTTP/1.1\r\nHost: a\r\nContent-Length: \(n)\r\n\(n == 20 ? "Connection: close\r\n" : "")\r\n"
                + String(repeating: "x", count: n)
        }
        let answers = try await server.raw(requests.joined())
        #expect(answers.split(separator: "h1 ").dropFirst().compactMap { Int($0.prefix { $0 != " " }) } == Array(1...20))
        #expect(answers.components("connection: close") == 1)
        await server.stop()
    }

    @Test(
        "HTTP/1.0 and Connection: close end the connection",
        arguments: ["GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"])
    func closes(_ request: String) async throws {
        let server = try await Server.start()
        let answer = try await server.raw(request + "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.components("HTTP/1.1 200") == 1)
        #expect(answer.contains("connection: close"))
        await server.stop()
    }

    @Test("without ALPN it is HTTP/1.1; with nothing in common the handshake fails")
    func alpn() async throws {
        let server = try await Server.start()
        let answer = try await server.raw(Array("GET / HTTP/1.0\r\n\r\n".utf8), alpn: nil)
        #expect(String(decoding: answer, as: UTF8.self).contains("h1 -"))
        let refused = try await Tool.run(["openssl", "s_client", "-connect", "127.0.0.1:\(server.port)", "-alpn", "spdy/3"])
        #expect(refused.errors.contains("no application protocol"))
        await server.stop()
    }

    @Test("TLS 1.1 and renegotiation are refused")
    func oldTLS() async throws {
        let server = try await Server.start()
        let address = "127.0.0.1:\(server.port)"
        let old = try await Tool.run(["openssl", "s_client", "-connect", address, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(old.status != 0)
        let again = try await Tool.run(
            ["openssl", "s_client", "-connect", address, "-tls1_2", "-alpn", "http/1.1"], input: Array("R\n".utf8),
            keepsOpen: true)
        #expect(again.errors.contains("no renegotiation"))
        await server.stop()
    }

    @Test("a session is resumed, on another loop too", arguments: ["-tls1_2", "-tls1_3"])
    func resumed(_ version: String) async throws {
        let server = try await Server.start(loops: 2)
        let file = try Server.certificates.get() + "/session\(version)-\(server.port)"
        let request = Array("GET / HTTP/1.0\r\n\r\n".utf8)
        let common = ["openssl", "s_client", "-ign_eof", "-connect", "127.0.0.1:\(server.port)", "-alpn", "http/1.1", version]
        _ = try await Tool.run(common + ["-sess_out", file], input: request, keepsOpen: true)
        let again = try await Tool.run(common + ["-sess_in", file], input: request, keepsOpen: true)
        #expect(again.text.contains("Reused, TLS"))
        await server.stop()
    }

    @Test("64 connections at once, on one loop and on two", arguments: https, [1, 2])
    func parallel(_ http: String, _ loops: Int) async throws {
        let server = try await Server.start(loops: loops)
        let answers = try await withThrowingTaskGroup { group in
            for n in 1...64 { group.addTask { try await server.curl([http, "-d", String(repeating: "x", count: n)], "/later") } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.map(\.status) == Array(repeating: 200, count: 64))
        #expect(Set(answers.map(\.body)).count == 64)
        await server.stop()
    }

    @Test("64 connections with 16 streams each", .enabled(if: Tool.isThere("h2load")), arguments: ["/count", "/later"])
    func streams(_ path: String) async throws {
        let server = try await Server.start(loops: 2)
        let file = try Server.certificates.get() + "/body-\(server.port)"
        _ = try await Tool.run(["dd", "if=/dev/zero", "of=\(file)", "bs=280", "count=1"])
        let result = try await Tool.run([
            "h2load", "-n", "6400", "-c", "64", "-m", "16", "-d", file, "https://127.0.0.1:\(server.port)\(path)",
        ])
        #expect(result.text.contains("6400 2xx, 0 3xx, 0 4xx, 0 5xx"))
        await server.stop()
    }
}

extension String {
    /// How often `text` is in it.
    func components(_ text: String) -> Int { split(separator: text, omittingEmptySubsequences: false).count - 1 }
}
