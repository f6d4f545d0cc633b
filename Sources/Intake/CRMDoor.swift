import Core
import Listener
import Logging
import Signing
import Storage

/// The entrance of CRMs' webhooks: `/webhooks/crm/{source}`, signed as Standard Webhooks defines it.
///
/// `{"lead_id": …, "stage": …, "time": …}`. A CRM tells of every stage, wanted or not, and gives up on whoever refuses; so whoever has signed
/// hears 200, and what is at fault is kept apart or left aside.
struct CRMDoor: Sendable {
    private let judge: StageJudge
    private let claims: ConversionClaims
    private let shared: IntakeDoors.Shared

    init(sources: [IntakeSource], limits: BudgetLimits, _ shared: IntakeDoors.Shared) {
        judge = StageJudge(sources)
        claims = ConversionClaims(sources.map(\.secrets), limits, shared.budgets)
        self.shared = shared
    }

    func open(_ head: RequestHead, _ path: ShopPath) -> Intent {
        guard head.method == "POST" else { return .answer(reply(.methodNotAllowed(allowed: "POST"), head)) }
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return .answer(reply(.contentEncoding, head))
        }
        guard !shared.pressure.isHigh else {
            shared.pressure.tell(nowMs: shared.nowMs())
            return .answer(.underPressure)
        }
        let source = judge.source(named: path.source)
        let claim = claims.claim(on: source?.dataset ?? "")
        guard claim.hasRoom(nowMs: shared.nowMs()) else {
            claim.bytes.tell(nowMs: shared.nowMs(), to: shared.logger)
            return .answer(.overBudget)
        }
        return .collect(limit: Limits.stageBytesMax, share: claim.bytes.share, each: nil) { body, responder in
            take(body, head, source, responder)
        }
    }

    private func take(_ body: [UInt8], _ head: RequestHead, _ source: IntakeSource?, _ responder: Responder) {
        let nowMs = shared.nowMs()
        let headers = StandardWebhooks.Headers(
            id: head.values(of: "webhook-id"), timestamp: head.values(of: "webhook-timestamp"),
            signature: head.values(of: "webhook-signature"))
        let verdict = StandardWebhooks.verify(
            headers, body: body, source: source?.secrets, dataset: source?.dataset, nowSeconds: nowMs / 1_000)
        switch (verdict, source) {
        case (.success(let verified), let source?): read(body, head, source, verified, nowMs, responder)
        case (.failure(let error), _): responder.send(reply(.signature(error), head))
        case (.success, nil): responder.send(reply(.signature(.signatureMismatch), head))
        }
    }

    private func read(
        _ body: [UInt8], _ head: RequestHead, _ source: IntakeSource, _ verified: VerifiedSource, _ nowMs: Int64,
        _ responder: Responder
    ) {
        do throws(StageFault) {
            let stage = try LeadStage(
                StageReading.document(body), deliveryID: StageReading.deliveryID(head.values(of: "webhook-id")),
                policy: source.policy.stages, consent: source.consent, nowSeconds: nowMs / 1_000)
            let check = StageJudge.check(stage, source, .partial, nowMs: nowMs)
            let userAgent = head.values(of: "user-agent").first
            StageReading.origin(of: stage, source, shared) { origin in
                switch origin {
                case .failure(let error):
                    shared.unstored.tell(error)
                    responder.send(.unavailable)
                case .success(let origin):
                    if let fault = stage.fault(of: origin) { return leaveAside(fault.aside, verified.name, responder) }
                    let check = StageJudge.check(stage, check, source, .partial, knowing: origin, nowMs: nowMs)
                    guard let envelope = StageJudge.envelope(check, source, verified, userAgent: userAgent) else {
                        return leaveAside(.nothingLeft, verified.name, responder)
                    }
                    keep(envelope, verified.name, nowMs, responder)
                }
            }
        } catch {
            leaveAside(error.aside, verified.name, responder)
        }
    }

    /// The answer leaves after the commit.
    private func keep(_ envelope: Envelope, _ source: String, _ nowMs: Int64, _ responder: Responder) {
        let budget = claims.budget(of: source)
        guard budget.take(nowMs: nowMs) else {
            budget.tell(nowMs: nowMs, to: shared.logger)
            return responder.send(.overBudget)
        }
        shared.pressure.tend(nowMs: nowMs)
        shared.store.append(envelope, receivedAtMs: nowMs) { [unstored = shared.unstored] result in
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
        ShopNoticeLeftAside(reason: reason, source: source).emit(to: shared.logger)
        responder.send(.stored)
    }

    private func reply(_ refusal: DeliveryRefusal, _ head: RequestHead) -> Reply {
        DeliveryRefused(refusal: refusal, remoteAddress: head.remoteAddress).emit(to: shared.logger)
        return refusal.reply
    }
}

extension StageFault {
    fileprivate var aside: ShopNotice.Aside {
        switch self {
        case .unreadable: .unreadable
        case .stageUnknown: .stageUnknown
        case .leadIsTest, .leadErased: .leadExempt
        case .leadInvalid, .stageMissing, .timeInvalid, .beforeLead: .stageFaulty
        }
    }
}
