import TestSupport
import Testing

@Suite("Several apps and several secrets", .serialized)
struct AppTests {
    private static let body = #"{"object":"page","entry":[]}"#

    @Test("on a shared path the secret that matches names the app; on its own path an app's own secret is asked for")
    func paths() async throws {
        let port = try await PublicPort.start([
            PublicPort.app("one", secrets: ["secret-one"], verifyToken: "verify-one"),
            PublicPort.app("two", secrets: ["secret-two"], verifyToken: "verify-two"),
            PublicPort.app("three", secrets: ["secret-three"], path: "/hooks/three"),
        ])
        let sent = [
            ("secret-one", "/webhooks/meta"), ("secret-two", "/webhooks/meta"), ("secret-three", "/webhooks/meta"),
            ("secret-one", "/webhooks/meta/one"), ("secret-two", "/webhooks/meta/one"), ("secret-two", "/webhooks/meta/two"),
            ("secret-three", "/hooks/three"), ("secret-one", "/hooks/three"), ("secret-three", "/webhooks/meta/three"),
        ]
        let answers = try await port.curl.send(sent.map { port.delivery(Self.body, secret: $0.0, target: $0.1) })
        #expect(answers.map(\.status) == [200, 200, 401, 200, 401, 200, 200, 401, 404])
        #expect(try await port.stored().map(\.app) == ["one", "two", "one", "two", "three"])
        let handshakes = ["/webhooks/meta", "/webhooks/meta/one", "/webhooks/meta/two"].flatMap { path in
            ["verify-one", "verify-two"].map {
                WebRequest("GET", "\(path)?hub.mode=subscribe&hub.challenge=1&hub.verify_token=\($0)")
            }
        }
        #expect(try await port.curl.send(handshakes).map(\.status) == [200, 200, 200, 403, 403, 200])
        await port.stop()
    }

    @Test("an app may be called events, which is the Graph API's word too")
    func events() async throws {
        let port = try await PublicPort.start([
            PublicPort.app("events", secrets: ["secret-one"]),
            PublicPort.app("two", secrets: ["secret-two"], path: "/hooks/events"),
        ])
        let answers = try await port.curl.send([
            port.delivery(Self.body, secret: "secret-one", target: "/webhooks/meta/events"),
            port.delivery(Self.body, secret: "secret-two", target: "/hooks/events"),
        ])
        #expect(answers.map(\.status) == [200, 200])
        #expect(try await port.stored().map(\.app) == ["events", "two"])
        await port.stop()
    }

    @Test("while a secret is rotated the old and the new one are good, and no third")
    func rotation() async throws {
        let port = try await PublicPort.start([PublicPort.app(secrets: ["new-secret", "old-secret"])])
        let answers = try await port.curl.send(
            ["new-secret", "old-secret", "older-secret", ""].map { port.delivery(Self.body, secret: $0) })
        #expect(answers.map(\.status) == [200, 200, 401, 401])
        #expect(try await port.stored().map(\.app) == ["main", "main"])
        await port.stop()
    }
}
