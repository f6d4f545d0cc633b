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
    private let doors: DoorsInForce
    private let shared: IntakeDoors.Shared
    private let pressure: Pressure
    private let health: HealthProbe
    private let nowMs: @Sendable () -> Int64
    private let unstored: Unstored
    private let refusals = ListenerRefusals()
    private let logger: Logger

    /// `publicURL`: how the outside reaches this port, for addresses that are handed out; nil: the host that was asked.
    /// `diskFreeBytes` is asked for the room on the database's disk; nil where that can't be told.
    package init(
        apps: [IntakeApp], sources: [IntakeSource] = [], publicURL: String? = nil, limits: IntakeLimits = IntakeLimits(),
        store: Store, diskFreeBytes: (@Sendable () -> Int?)? = nil, nowMs: @escaping @Sendable () -> Int64, logger: Logger
    ) {
        let unstored = Unstored(nowMs: nowMs, logger: logger)
        let pressure = Pressure(limits.marks, nowMs: nowMs, logger: logger) {
            await store.reading(for: limits.marks, diskFreeBytes: diskFreeBytes ?? { store.diskFreeBytes() })
        }
        self.pressure = pressure
        self.health = HealthProbe(store: store, pressure: pressure, nowMs: nowMs)
        self.nowMs = nowMs
        self.unstored = unstored
        self.logger = logger
        let shared = IntakeDoors.Shared(
            store: store, pressure: pressure, unstored: unstored, nowMs: nowMs, logger: logger)
        self.shared = shared
        doors = DoorsInForce(IntakeDoors(apps: apps, sources: sources, publicURL: publicURL, limits: limits, shared))
    }

    /// From here on requests come through doors of these. What is under way ends as it began; nobody is refused for it.
    ///
    /// The marks of `limits` stay as they were.
    package func adopt(apps: [IntakeApp], sources: [IntakeSource], publicURL: String?, limits: IntakeLimits) {
        doors.value = IntakeDoors(apps: apps, sources: sources, publicURL: publicURL, limits: limits, shared)
    }

    /// What to do with a request, decided when its headers are complete and before its body is read. Runs on the connection's event loop.
    package func open(_ head: RequestHead) -> Intent {
        if head.path == "/healthz" { return openHealth(head) }
        let doors = doors.value
        // an app's path may end as those of the Graph API
        if doors.webhooks[head.path] == nil, let path = GraphPath(head.path) { return doors.conversions.open(head, path) }
        if let path = LeadPath(head.path) { return doors.stages.open(head, path) }
        if let path = OwnPath(head.path) { return doors.conversions.open(head, path) }
        if let path = ShopPath(head.path) {
            return path.kind == .crm ? doors.crm.open(head, path) : doors.orders.open(head, path)
        }
        if let intent = doors.callbacks.open(head) { return intent }
        guard let door = doors.webhooks[head.path] else { return refuse(.unknownPath, head) }
        switch head.method {
        case "GET": return handshake(head, door)
        case "POST": return delivery(head, door)
        case _: return refuse(.methodNotAllowed(allowed: "GET, POST"), head)
        }
    }

    /// What the listener answers in its own name, in a form that the asker can read. Without a path nobody knows who asks: the Graph API's form
    /// hurts nobody.
    package func refusal(_ status: Int, path: String?) -> Reply {
        if status == 503 { refusals.busy(nowMs: nowMs(), to: logger) }
        guard let path, GraphPath(path) == nil, OwnPath(path) == nil else { return doors.value.conversions.refusal(status) }
        return .refusal(status)
    }

    /// A connection was closed before it said anything that we wanted to hear.
    package func turnedAway(_ refusal: ConnectionRefusal, address: String) {
        refusals.turnedAway(refusal, address, nowMs: nowMs(), to: logger)
    }

    private func handshake(_ head: RequestHead, _ door: WebhookDoor) -> Intent {
        let handshake = Handshake(query: head.query ?? "")
        switch handshake.verdict(verifyTokens: door.verifyTokens) {
        case .challenge(let challenge):
            HandshakeAnswered().emit(to: logger)
            return .answer(.text(200, challenge))
        case .refused(let refusal):
            return refuse(refusal, head)
        }
    }

    private func delivery(_ head: RequestHead, _ door: WebhookDoor) -> Intent {
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return refuse(.contentEncoding, head)
        }
        let check = SignatureCheck(
            apps: door.secrets, header256: head.values(of: "x-hub-signature-256"),
            header1: head.values(of: "x-hub-signature"))
        if let refusal = check.refusal { return refuse(.signature(refusal), head) }
        guard !pressure.isHigh else {
            pressure.tell(nowMs: nowMs())
            return .answer(.underPressure)
        }
        guard door.hasRoom(nowMs: nowMs()) else {
            door.claim.tell(nowMs: nowMs(), to: logger)
            return .answer(.overBudget)
        }
        return .collect(
            limit: Limits.deliveryBytesMax, share: door.claim.share, each: { check.update($0) },
            finish: { body, responder in conclude(check, door, head, body, responder) })
    }

    /// The body is complete: the verdict first, and only what is verified goes to the store. The 200 leaves after the commit.
    private func conclude(
        _ check: SignatureCheck, _ door: WebhookDoor, _ head: RequestHead, _ body: [UInt8], _ responder: Responder
    ) {
        let request = CapturedRequest(
            method: head.method, target: head.query.map { "\(head.path)?\($0)" } ?? head.path, headers: head.headers, body: body)
        switch check.finish(request) {
        case .failure(let error):
            responder.send(reply(.signature(error), head))
        case .success(let verified):
            keep(verified, door.budget(of: verified.app), responder)
        }
    }

    private func keep(_ verified: Verified, _ budget: Budget?, _ responder: Responder) {
        let nowMs = nowMs()
        pressure.tend(nowMs: nowMs)
        guard budget?.take(nowMs: nowMs) ?? true else {
            budget?.tell(nowMs: nowMs, to: logger)
            return responder.send(.overBudget)
        }
        shared.store.append(Envelope(webhook: verified), receivedAtMs: nowMs) { [unstored] result in
            budget?.giveBack()
            switch result {
            case .success:
                responder.send(.stored)
            case .failure(let error):
                unstored.tell(error)
                responder.send(.unavailable)
            }
        }
    }

    private func openHealth(_ head: RequestHead) -> Intent {
        guard head.method == "GET" || head.method == "HEAD" else { return refuse(.methodNotAllowed(allowed: "GET, HEAD"), head) }
        return .collect(limit: 0, each: nil) { [health] _, responder in
            health.look { report in responder.send(.health(report)) }
        }
    }

    private func refuse(_ refusal: DeliveryRefusal, _ head: RequestHead) -> Intent { .answer(reply(refusal, head)) }

    private func reply(_ refusal: DeliveryRefusal, _ head: RequestHead) -> Reply {
        DeliveryRefused(refusal: refusal, remoteAddress: head.remoteAddress).emit(to: logger)
        return refusal.reply
    }
}
