import Foundation
import Listener
import Testing

@Suite("The public port has bounds of time", .serialized)
struct DeadlineTests {
    private func server(_ change: (inout ListenerTimes) -> Void) async throws -> Server {
        try await Server.start { change(&$0.times) }
    }

    @Test("a connection that says nothing is closed", arguments: [nil, "http/1.1", "h2"])
    func silent(_ alpn: String?) async throws {
        let server = try await server {
            $0.handshakeMs = alpn == nil ? 100 : 10_000
            $0.idleMs = alpn == nil ? 10_000 : 100
        }
        if let alpn {
            let bytes = try await server.raw([], alpn: alpn)
            #expect(alpn == "h2" || bytes.isEmpty)
        } else {
            let result = try await Tool.run(
                ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/\(server.port); cat <&3"], keepsOpen: true)
            #expect(result.output.isEmpty)
        }
        await server.stop()
    }

    @Test("half a head is 408", arguments: ["G", "GET / HTTP/1.1\r\nHost: a\r\n"])
    func halfHead(_ text: String) async throws {
        let server = try await server { $0.headersMs = 100 }
        let answer = try await server.raw(text)
        #expect(answer.hasPrefix("HTTP/1.1 408"))
        #expect(server.application.opened == 0)
        await server.stop()
    }

    @Test(
        "half a body is 408",
        arguments: [
            "POST /count HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
            "POST /count HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        ])
    func halfBody(_ text: String) async throws {
        let server = try await server { $0.bodyMs = 100 }
        let answer = try await server.raw(text)
        #expect(answer.hasPrefix("HTTP/1.1 408"))
        await server.stop()
    }

    @Test("half a body on HTTP/2 is 408, half a header block ends the connection")
    func halfHTTP2() async throws {
        let server = try await server {
            $0.headersMs = 100
            $0.bodyMs = 100
            $0.idleMs = 100
        }
        let body = try await server.raw(Frames.preface + Frames.headers(1, block: Frames.post), alpn: "h2")
        #expect(Frames.parse(body).contains { $0.type == Frames.headersType && $0.stream == 1 })
        let head = try await server.raw(
            Frames.preface + Frames.frame(Frames.headersType, flags: 0, stream: 1, Frames.post), alpn: "h2")
        #expect(Frames.goaway(head) == Frames.enhanceYourCalm)
        await server.stop()
    }

    @Test("an answer that never comes is 503", arguments: ["--http1.1", "--http2"])
    func noAnswer(_ http: String) async throws {
        let server = try await server { $0.answerMs = 100 }
        #expect(try await server.curl([http, "-d", "x"], "/hold").status == 503)
        server.application.release()
        await server.stop()
    }

    @Test("a peer that does not read its answer is cut")
    func notReading() async throws {
        let server = try await Server.start {
            $0.times.writeMs = 200
            $0.bounds.connectionsMax = 1
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(server.port)", "-alpn", "http/1.1"]
        let input = Pipe()
        process.standardInput = input
        process.standardOutput = Pipe()  // never read
        process.standardError = FileHandle.nullDevice
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data("GET /big HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        while server.application.opened == 0 { await Task.yield() }
        var status = 0
        for _ in 0..<1_000 where status != 200 { status = try await server.curl([]).status }
        #expect(status == 200)
        kill(process.processIdentifier, SIGKILL)  // it is stuck in writing to us, and deaf to SIGTERM
        await server.stop()
    }
}
