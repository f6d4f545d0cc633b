import Core
package import Listener
package import Logging
package import Signing
package import Storage

/// An app as the public port knows it.
package struct IntakeApp: Sendable {
    package let secrets: AppSecrets
    package let verifyToken: String
    /// `/webhooks/meta` answers for every app of that path, `/webhooks/meta/{name}` for one.
    package let path: String

    package init(secrets: AppSecrets, verifyToken: String, path: String) {
        self.secrets = secrets
        self.verifyToken = verifyToken
        self.path = path
    }
}

/// Everything that an anonymous caller can reach.
///
/// It verifies raw bytes, has them stored, and answers. It knows no Graph API and no handler: what follows is behind the table.
package struct Intake: Sendable {
    private let apps: [IntakeApp]
    private let conversions: ConversionDoor
    private let callbacks: CallbackDoor
    private let store: Store
    private let health: HealthProbe
    private let nowMs: @Sendable () -> Int64
    private let logger: Logger

    /// `publicURL`: how the outside reaches this port, for addresses that are handed out; nil: the host that was asked.
    package init(
        apps: [IntakeApp], sources: [IntakeSource] = [], publicURL: String? = nil, store: Store,
        nowMs: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        self.apps = apps
        self.conversions = ConversionDoor(sources: sources, store: store, nowMs: nowMs, logger: logger)
        self.callbacks = CallbackDoor(
            apps: apps.map(\.secrets), publicURL: publicURL, store: store, nowMs: nowMs, logger: logger)
        self.store = store
        self.health = HealthProbe(store: store, nowMs: nowMs)
        self.nowMs = nowMs
        self.logger = logger
    }

    /// What to do with a request, decided when its headers are complete and before its body is read. Runs on the connection's event loop.
    package func open(_ head: RequestHead) -> Intent {
        if head.path == "/healthz" { return openHealth(head) }
        if let path = GraphPath(head.path) { return conversions.open(head, path) }
        if let intent = callbacks.open(head) { return intent }
        let addressed = apps(at: head.path)
        guard !addressed.isEmpty else { return refuse(.unknownPath, head) }
        switch head.method {
        case "GET": return handshake(head, addressed)
        case "POST": return delivery(head, addressed)
        case _: return refuse(.methodNotAllowed(allowed: "GET, POST"), head)
        }
    }

    /// What the listener answers in its own name, in a form that the asker can read. Without a path nobody knows who asks: the Graph API's form
    /// hurts nobody.
    package func refusal(_ status: Int, path: String?) -> Reply {
        guard let path, GraphPath(path) == nil else { return conversions.refusal(status, remoteAddress: "") }
        return .refusal(status)
    }

    private func apps(at path: String) -> [IntakeApp] {
        let shared = apps.filter { $0.path == path }
        return shared.isEmpty ? apps.filter { "\($0.path)/\($0.secrets.app)" == path } : shared
    }

    private func handshake(_ head: RequestHead, _ addressed: [IntakeApp]) -> Intent {
        let handshake = Handshake(query: head.query ?? "")
        switch handshake.verdict(verifyTokens: addressed.map(\.verifyToken)) {
        case .challenge(let challenge):
            HandshakeAnswered().emit(to: logger)
            return .answer(.text(200, challenge))
        case .refused(let refusal):
            return refuse(refusal, head)
        }
    }

    private func delivery(_ head: RequestHead, _ addressed: [IntakeApp]) -> Intent {
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return refuse(.contentEncoding, head)
        }
        let check = SignatureCheck(
            apps: addressed.map(\.secrets), header256: head.values(of: "x-hub-signature-256"),
            header1: head.values(of: "x-hub-signature"))
        if let refusal = check.refusal { return refuse(.signature(refusal), head) }
        return .collect(
            limit: Limits.deliveryBytesMax, each: { check.update($0) },
            finish: { body, responder in conclude(check, head, body, responder) })
    }

    /// The body is complete: the verdict first, and only what is verified goes to the store. The 200 leaves after the commit.
    private func conclude(_ check: SignatureCheck, _ head: RequestHead, _ body: [UInt8], _ responder: Responder) {
        let request = CapturedRequest(
            method: head.method, target: head.query.map { "\(head.path)?\($0)" } ?? head.path, headers: head.headers, body: body)
        switch check.finish(request) {
        case .failure(let error):
            responder.send(reply(.signature(error), head))
        case .success(let verified):
            let logger = logger
            store.append(Envelope(webhook: verified), receivedAtMs: nowMs()) { result in
                switch result {
                case .success:
                    responder.send(.stored)
                case .failure(let error):
                    DeliveryNotStored(error: "\(error)").emit(to: logger)
                    responder.send(.unavailable)
                }
            }
        }
    }

    private func openHealth(_ head: RequestHead) -> Intent {
        guard head.method == "GET" || head.method == "HEAD" else { return refuse(.methodNotAllowed(allowed: "GET, HEAD"), head) }
        return .collect(limit: 0, each: nil) { [health] _, responder in
            health.look { isHealthy in responder.send(isHealthy ? .text(200, "ok") : .unavailable) }
        }
    }

    private func refuse(_ refusal: DeliveryRefusal, _ head: RequestHead) -> Intent { .answer(reply(refusal, head)) }

    private func reply(_ refusal: DeliveryRefusal, _ head: RequestHead) -> Reply {
        DeliveryRefused(refusal: refusal, remoteAddress: head.remoteAddress).emit(to: logger)
        return refusal.reply
    }
}
