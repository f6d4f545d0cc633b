import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Sends webhooks over real HTTP and TLS; one client per certificate authority.
final class WebhookSender: Sendable {
    private let clients = Mutex<[String: HTTPClient]>([:])

    private static let answerBytesMax = 64 * 1024

    private func client(ca: String?) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[ca ?? ""] { return client }
            var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
            if let ca {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(ca)
                configuration.tlsConfiguration = tls
            }
            configuration.timeout.connect = .seconds(5)
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[ca ?? ""] = client
            return client
        }
    }

    func send(_ delivery: Delivery, secret: String) async -> DeliveryAnswer {
        var request = HTTPClientRequest(url: delivery.url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "User-Agent", value: "facebookexternalua")
        if let header = delivery.signatureHeader(secret: secret) { request.headers.add(name: header.name, value: header.value) }
        for (name, value) in delivery.headers { request.headers.replaceOrAdd(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: delivery.body))
        let startUs = Emulator.machineUs()
        do {
            let response = try await client(ca: delivery.ca).execute(request, timeout: .seconds(30))
            let body = try await response.body.collect(upTo: Self.answerBytesMax)
            return DeliveryAnswer(
                status: Int(response.status.code), body: String(decoding: body.readableBytesView, as: UTF8.self),
                wallUs: Emulator.machineUs() - startUs, error: nil)
        } catch {
            return DeliveryAnswer(status: nil, body: "", wallUs: Emulator.machineUs() - startUs, error: "\(error)")
        }
    }

    func stop() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all { try? await client.shutdown() }
    }
}

extension Emulator {
    /// Signs, sends, and writes a line of the log.
    func deliver(_ delivery: Delivery) async -> DeliveryAnswer {
        let secret = delivery.secret ?? delivery.app.flatMap { app in with { $0.secrets[app] } }
        let n = with { $0.log.number() }
        let answer: DeliveryAnswer =
            if let secret = secret ?? (delivery.signature == .missing ? "" : nil) {
                await sender.send(delivery, secret: secret)
            } else {
                DeliveryAnswer(status: nil, body: "", wallUs: 0, error: "no secret is known for the app")
            }
        with { world in
            let line: Value = [
                "kind": "deliver", "n": .integer(n), "at_ms": .integer(world.clock.nowMs),
                "wall_us": .integer(Emulator.machineUs()),
                "url": .string(delivery.url), "digest": .string(Digests.hex(Digests.sha256(delivery.body))),
                "bytes": .integer(delivery.body.count), "signature": .string(delivery.signature.rawValue),
                "status": .optional(answer.status), "error": .optional(answer.error),
            ]
            world.log.append(line, n: n)
        }
        return answer
    }
}
