import Listener
import Testing

@Suite("The public port ends a hostile HTTP/2 connection", .serialized)
struct AttackTests {
    /// Named, so that a failing test does not print the bytes.
    struct Attack: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let frames: [UInt8]

        init(_ name: String, _ frames: [UInt8]) {
            testDescription = name
            self.frames = frames
        }
    }

    private static let ids = (0..<20_000).map { UInt32($0 * 2 + 1) }

    @Test(
        "what is sent too often brings GOAWAY",
        arguments: [
            Attack("streams opened and reset", ids.flatMap { Frames.headers($0, block: Frames.get) + Frames.reset($0) }),
            Attack(
                "windows that overflow",
                ids.prefix(2_000).flatMap { Frames.headers($0, block: Frames.post) + Frames.window($0, 0x7fff_ffff) }),
            Attack("settings", ids.flatMap { _ in Frames.frame(4, flags: 0, stream: 0, []) }),
            Attack("pings", ids.flatMap { _ in Frames.frame(6, flags: 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, 0]) }),
            Attack(
                "empty data",
                Frames.headers(1, block: Frames.post) + ids.flatMap { _ in Frames.frame(0, flags: 0, stream: 1, []) }),
        ] as [Attack])
    func tooOften(_ attack: Attack) async throws {
        let server = try await Server.start()
        let answer = try await server.raw(Frames.preface + attack.frames, alpn: "h2")
        let code = try #require(Frames.goaway(answer))
        #expect(code == Frames.enhanceYourCalm || code == 2)
        #expect(try await server.curl(["--http2"]).status == 200)
        await server.stop()
    }

    @Test(
        "what is no HTTP/2 brings GOAWAY",
        arguments: [
            Attack(
                "an endless header block",
                Frames.frame(1, flags: 0, stream: 1, Frames.get)
                    + (0..<50).flatMap { _ in Frames.frame(9, flags: 0, stream: 1, [0, 1, 97, 1, 98]) }),
            Attack("an even stream", Frames.headers(2, block: Frames.get)),
            Attack("a frame that is too large", Frames.frame(0, flags: 0, stream: 1, [UInt8](repeating: 0, count: 20_000))),
            Attack("broken compression", Frames.headers(1, block: [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
            Attack("window by nothing", Frames.window(0, 0)),
        ] as [Attack])
    func malformed(_ attack: Attack) async throws {
        let server = try await Server.start()
        let answer = try await server.raw(Frames.preface + attack.frames, alpn: "h2")
        #expect(Frames.goaway(answer) ?? 0 != 0)
        #expect(server.application.opened == 0)
        await server.stop()
    }

    @Test("a path with a line end, a space or none is 400 or reset", arguments: ["/a\r\nb", "/a b", "a", "*", "/a#b"])
    func path(_ path: String) async throws {
        let server = try await Server.start { $0.times.idleMs = 200 }
        let block: [UInt8] = [0x82, 0x87, 0x04, UInt8(path.utf8.count)] + Array(path.utf8) + Frames.authority
        let answer = Frames.parse(try await server.raw(Frames.preface + Frames.headers(1, block: block, ends: true), alpn: "h2"))
        #expect(server.application.opened == 0)
        #expect(answer.contains { $0.stream == 1 && ($0.type == 3 || $0.type == Frames.headersType) })
        await server.stop()
    }
}
