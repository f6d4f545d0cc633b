import Listener
import Testing

@Suite("Starting and stopping the public port", .serialized)
struct StopTests {
    @Test("stopping lets a request under way end, and takes no new one", arguments: ["--http1.1", "--http2"])
    func drains(_ http: String) async throws {
        let server = try await Server.start()
        async let held = server.curl([http, "-d", "hello"], "/hold")
        await server.application.untilHeld()
        async let stopped: Void = server.listener.stop(drainMs: 20_000)
        while try await server.curl([http]).status != 0 {}
        server.application.release()
        #expect(
            try await held == Server.Answer(version: http == "--http2" ? "2" : "1.1", status: 200, body: "held 5", errors: ""))
        await stopped
    }

    @Test("what does not end is cut after the time given; a late answer is ignored", arguments: ["--http1.1", "--http2"])
    func cuts(_ http: String) async throws {
        let server = try await Server.start(loops: 2)
        async let held = server.curl([http, "-d", "hello"], "/hold")
        await server.application.untilHeld()
        await server.listener.stop(drainMs: 50)
        server.application.release()
        #expect(try await held.status == 0)
    }

    @Test("an idle connection does not keep it from stopping", arguments: ["http/1.1", "h2"])
    func idle(_ alpn: String) async throws {
        let server = try await Server.start()
        async let idle = server.raw(alpn == "h2" ? Frames.preface : [], alpn: alpn)
        // One request over another connection shows that the loop is at work.
        #expect(try await server.curl([]).status == 200)
        await server.listener.stop(drainMs: 20_000)
        _ = try await idle
    }

    @Test("a port that is taken, and files that are not there or don't belong together, are named")
    func refused() async throws {
        let settings = try Server.settings()
        let server = try await Server.start()
        var taken = settings
        taken.port = server.port
        await #expect { _ = try await PublicListener.start(taken) { _ in .answer(Reply(status: 200)) } } throws: { error in
            if case .bind(_, server.port, _)? = error as? ListenerError { true } else { false }
        }
        await server.stop()
        var missing = settings
        missing.certificateChainFile = "/nowhere.pem"
        await #expect { _ = try await PublicListener.start(missing) { _ in .answer(Reply(status: 200)) } } throws: { error in
            if case .certificate("/nowhere.pem", _)? = error as? ListenerError { true } else { false }
        }
        var other = settings
        other.privateKeyFile = settings.privateKeyFile.replacing("server.key", with: "ca.key")
        await #expect(throws: ListenerError.keyMismatch(file: other.privateKeyFile)) {
            _ = try await PublicListener.start(other) { _ in .answer(Reply(status: 200)) }
        }
    }
}
