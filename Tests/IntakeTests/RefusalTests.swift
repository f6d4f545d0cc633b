import Core
import Signing
import TestSupport
import Testing

@Suite("Answers of the public port", .serialized)
struct RefusalTests {
    private static let body = #"{"object":"page","entry":[]}"#

    @Test("methods that the webhook has no use for are 405, with those it has", arguments: ["PUT", "DELETE", "PATCH", "OPTIONS"])
    func methods(method: String) async throws {
        let port = try await PublicPort.start()
        let answer = try await port.curl.send(WebRequest(method))
        #expect(answer.status == 405)
        #expect(answer.values(of: "allow") == ["GET, POST"])
        await port.stop()
    }

    @Test(
        "a path that nobody configured is 404, signed or not",
        arguments: ["/", "/webhooks", "/webhooks/meta/", "/webhooks/meta/nobody", "/WEBHOOKS/META", "/webhooks/meta/main/x"])
    func paths(path: String) async throws {
        let port = try await PublicPort.start()
        #expect(try await port.curl.send(port.delivery(Self.body, target: path)).status == 404)
        #expect(try await port.curl.send(WebRequest("GET", path)).status == 404)
        #expect(try await port.stored().isEmpty)
        await port.stop()
    }

    @Test("a body that is encoded is 415; identity is no encoding")
    func encodings() async throws {
        let port = try await PublicPort.start()
        let requests = ["gzip", "br", "deflate", "identity, gzip", "zstd", "identity", "Identity"].map { encoding in
            var request = port.delivery(Self.body)
            request.headers.append(("Content-Encoding", encoding))
            return request
        }
        #expect(try await port.curl.send(requests).map(\.status) == [415, 415, 415, 415, 415, 200, 200])
        #expect(try await port.stored().count == 2)
        await port.stop()
    }

    @Test("8 MiB are taken, and one byte more is 413, with a Content-Length and without", arguments: [false, true])
    func sizes(chunked: Bool) async throws {
        let port = try await PublicPort.start()
        let largest = port.delivery(String(repeating: " ", count: Limits.deliveryBytesMax))
        let tooLarge = port.delivery(String(repeating: " ", count: Limits.deliveryBytesMax + 1))
        let requests = [tooLarge, largest].map { request in
            var request = request
            if chunked { request.headers.append(("Transfer-Encoding", "chunked")) }
            return request
        }
        #expect(try await port.curl.send(requests[0]).status == 413)
        #expect(try await port.stored().isEmpty)
        #expect(try await port.curl.send(requests[1]).status == 200)
        #expect(try await port.stored().map(\.body.count) == [Limits.deliveryBytesMax])
        await port.stop()
    }

    @Test("SHA-1 is good only where an app asks for it, and only without the SHA-256 header")
    func sha1Only() async throws {
        let fixture = try Fixture("refused/sha1-only.http")
        let both = try Fixture("refused/sha1-right-sha256-wrong.http")
        let strict = try await PublicPort.start()
        #expect(try await strict.curl.send(WebRequest(fixture)).status == 401)
        #expect(try await strict.stored().isEmpty)
        await strict.stop()
        let lenient = try await PublicPort.start([PublicPort.app(allowSHA1: true)])
        #expect(try await lenient.curl.send([WebRequest(fixture), WebRequest(both)]).map(\.status) == [200, 401])
        #expect(try await lenient.stored().map(\.body) == [fixture.body])
        await lenient.stop()
    }

    @Test("the option of one app for SHA-1 is not the other's, on a path that both share")
    func sha1OfTheOther() async throws {
        let fixture = try Fixture("refused/sha1-only.http")
        let port = try await PublicPort.start([
            PublicPort.app("old", secrets: ["another"], allowSHA1: true), PublicPort.app("main", allowSHA1: false),
        ])
        #expect(try await port.curl.send(WebRequest(fixture)).status == 401)
        await port.stop()
    }
}
