import AsyncHTTPClient
import Core
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sends requests to the public port over TLS, trusting the development certificate authority and nothing else.
struct DemoSender: Sendable {
    /// What came back.
    struct Answer: Sendable {
        let status: Int
        let body: String
        /// `2` or `1.1`.
        let version: String
    }

    private let two: HTTPClient
    private let one: HTTPClient
    private let url: String

    init(port: Int, roots: String) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file(roots)
        var settings = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        settings.timeout = .init(connect: .seconds(5), read: .seconds(30))
        settings.httpVersion = .automatic
        two = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        settings.httpVersion = .http1Only
        one = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        url = "https://localhost:\(port)"
    }

    /// Header lines go out as given, repeated ones too; the client itself adds only host and length.
    func send(_ request: DemoRequest, version: String) async throws -> Answer {
        var outgoing = HTTPClientRequest(url: url + request.target)
        outgoing.method = HTTPMethod(rawValue: request.method)
        for header in request.headers { outgoing.headers.add(name: header.name, value: header.value) }
        if request.method == "POST" { outgoing.body = Self.body(of: request) }
        let answer = try await (version == "2" ? two : one).execute(outgoing, timeout: .seconds(30))
        let body = try await answer.body.collect(upTo: 1 << 20)
        return Answer(
            status: Int(answer.status.code), body: String(buffer: body), version: answer.version == .http2 ? "2" : "1.1")
    }

    private static func body(of request: DemoRequest) -> HTTPClientRequest.Body {
        guard request.inPieces else { return .bytes(ByteBuffer(bytes: request.body)) }
        let pieces = stride(from: 0, to: request.body.count, by: 65_536).map { start in
            ByteBuffer(bytes: request.body[start..<min(start + 65_536, request.body.count)])
        }
        let stream = AsyncStream { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
        return .stream(stream, length: .unknown)
    }

    func isHealthy() async -> Bool {
        let request = DemoRequest(
            name: "healthz", kind: .handshake, method: "GET", target: "/healthz", headers: [], body: [], expectedStatus: 200)
        return (try? await send(request, version: "2"))?.status == 200
    }

    func shutdown() async {
        for client in [two, one] {
            do { try await client.shutdown() } catch { continue }  // shut down already: nothing is left to do
        }
    }
}
