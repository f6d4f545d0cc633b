import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL

/// Sends captured requests to a gateway, byte for byte.
package struct Courier: Sendable {
    /// What came back, and after how long.
    package struct Answer: Sendable {
        package let status: Int
        package let body: [UInt8]
        package let durationMs: Double
    }

    private let client: HTTPClient
    private let base: String

    /// `base`: scheme, host and port. `roots`: a PEM file that is trusted instead of the system's roots. `certificate` and `key`: shown to
    /// a server that asks for one.
    package init(base: String, roots: String? = nil, certificate: String? = nil, key: String? = nil) throws {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let roots { tls.trustRoots = .file(roots) }
        if let certificate, let key {
            tls.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
            tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
        }
        var settings = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        settings.timeout = .init(connect: .seconds(5), read: .seconds(30))
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
    }

    private static let own: Set<String> = ["host", "content-length", "connection", "transfer-encoding"]

    package func send(_ file: HTTPFile) async throws -> Answer {
        var request = HTTPClientRequest(url: base + file.target)
        request.method = HTTPMethod(rawValue: file.method)
        for header in file.headers where !Self.own.contains(header.name.lowercased()) {
            request.headers.add(name: header.name, value: header.value)
        }
        if !file.body.isEmpty || file.method == "POST" { request.body = .bytes(ByteBuffer(bytes: file.body)) }
        let started = ContinuousClock.now
        let answer = try await client.execute(request, timeout: .seconds(30))
        let body = try await answer.body.collect(upTo: 1 << 20)
        let (seconds, attoseconds) = started.duration(to: .now).components
        return Answer(
            status: Int(answer.status.code), body: Array(body.readableBytesView),
            durationMs: Double(seconds) * 1_000 + Double(attoseconds) / 1e15)
    }

    package func shutdown() async {
        do { try await client.shutdown() } catch { return }  // shut down already: nothing is left to do
    }
}
