import Core
import Listener
import Logging
import Signing
import Storage

/// The entrance of shops' webhooks: Shopify's and WooCommerce's orders and refunds.
///
/// The bytes are verified first. Of an order only events are kept, checked and hashed like those of every other entrance, never the order.
/// Shopify sends the same again when it is refused, and after some times never again anything. WooCommerce sends nothing again, and after five
/// refusals in a row no longer calls. So whoever has signed hears 200 as soon as what comes of it is stored, and also when nothing comes of it.
struct OrderDoor: Sendable {
    private let sources: [String: IntakeSource]
    private let claims: ConversionClaims
    private let store: Store
    private let pressure: Pressure
    private let nowMs: @Sendable () -> Int64
    private let unstored: Unstored
    private let logger: Logger
    private let parsers: ParserPool

    init(sources: [IntakeSource], limits: BudgetLimits, _ shared: IntakeDoors.Shared) {
        self.sources = Dictionary(sources.map { ($0.secrets.name, $0) }, uniquingKeysWith: { first, _ in first })
        claims = ConversionClaims(sources.map(\.secrets), limits, shared.budgets)
        parsers = shared.parsers
        pressure = shared.pressure
        unstored = shared.unstored
        store = shared.store
        nowMs = shared.nowMs
        logger = shared.logger
    }

    func open(_ head: RequestHead, _ path: ShopPath) -> Intent {
        guard head.method == "POST" else { return .answer(reply(.methodNotAllowed(allowed: "POST"), head.remoteAddress)) }
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return .answer(reply(.contentEncoding, head.remoteAddress))
        }
        guard !pressure.isHigh else {
            pressure.tell(nowMs: nowMs())
            return .answer(.underPressure)
        }
        let claim = claims.claim(on: source(path)?.dataset ?? "")
        guard claim.hasRoom(nowMs: nowMs()) else {
            claim.bytes.tell(nowMs: nowMs(), to: logger)
            return .answer(.overBudget)
        }
        let call = ShopCall(head, path)
        return .collect(limit: Limits.deliveryBytesMax, share: claim.bytes.share, each: nil) { body, responder in
            take(call, claim, body, responder)
        }
    }

    /// Nil for one of another kind: it does not send here.
    private func source(_ path: ShopPath) -> IntakeSource? {
        sources[path.source].flatMap { $0.policy.kind == path.kind ? $0 : nil }
    }

    /// Small bodies here, on the event loop; large ones would hold up every other request on it.
    private func take(_ call: ShopCall, _ claim: ConversionClaims.Claim, _ body: [UInt8], _ responder: Responder) {
        guard body.count > Limits.parsedInPlaceBytesMax else { return admit(call, body, responder) }
        let isTaken = parsers.run(lane: claim.lane) { admit(call, body, responder) }
        guard !isTaken else { return }
        claim.bytes.tell(nowMs: nowMs(), to: logger)
        responder.send(.overBudget)
    }

    private func admit(_ call: ShopCall, _ body: [UInt8], _ responder: Responder) {
        let source = source(call.path)
        if let source, call.isPing(body) { return leaveAside(.ping, source.secrets.name, responder) }
        switch (call.verify(body, source), source) {
        case (.success(let verified), let source?): read(call, body, source, verified, responder)
        case (.failure(let error), _): responder.send(reply(.signature(error), call.remoteAddress))
        case (.success, nil): responder.send(reply(.signature(.signatureMismatch), call.remoteAddress))
        }
    }

    private func read(
        _ call: ShopCall, _ body: [UInt8], _ source: IntakeSource, _ verified: VerifiedSource, _ responder: Responder
    ) {
        let nowMs = nowMs()
        switch call.notice(body, source, nowMs: nowMs) {
        case .leftAside(let reason): leaveAside(reason, verified.name, responder)
        case .events(let events):
            guard let envelope = call.envelope(events, source, verified, nowMs: nowMs) else {
                return leaveAside(.nothingLeft, verified.name, responder)
            }
            keep(envelope, verified.name, nowMs, responder)
        }
    }

    /// The answer leaves after the commit.
    private func keep(_ envelope: Envelope, _ source: String, _ nowMs: Int64, _ responder: Responder) {
        let budget = claims.budget(of: source)
        guard budget.take(nowMs: nowMs) else {
            budget.tell(nowMs: nowMs, to: logger)
            return responder.send(.overBudget)
        }
        pressure.tend(nowMs: nowMs)
        store.append(envelope, receivedAtMs: nowMs) { [unstored] result in
            budget.giveBack()
            switch result {
            case .success: responder.send(.stored)
            case .failure(let error):
                unstored.tell(error)
                responder.send(.unavailable)
            }
        }
    }

    private func leaveAside(_ reason: ShopNotice.Aside, _ source: String, _ responder: Responder) {
        ShopNoticeLeftAside(reason: reason, source: source).emit(to: logger)
        responder.send(.stored)
    }

    private func reply(_ refusal: DeliveryRefusal, _ remoteAddress: String) -> Reply {
        DeliveryRefused(refusal: refusal, remoteAddress: remoteAddress).emit(to: logger)
        return refusal.reply
    }
}
