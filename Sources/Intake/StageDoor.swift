import Core
import Listener
import Logging
import Signing
import Storage

/// The entrance of CRMs: `POST /v1/leads/{id}/stage`, for one that asks and hears what is wrong.
///
/// A stage becomes one event of the source's dataset, stored like those of every other entrance. Of a lead that came here it is known when it
/// was created, and by what Meta may know its writer; others are taken as they are told.
struct StageDoor: Sendable {
    private let judge: StageJudge
    private let claims: ConversionClaims
    private let shared: IntakeDoors.Shared

    init(sources: [IntakeSource], limits: BudgetLimits, _ shared: IntakeDoors.Shared) {
        judge = StageJudge(sources)
        claims = ConversionClaims(sources.map(\.secrets), limits, shared.budgets)
        self.shared = shared
    }

    /// The token stands in the headers: who has none is refused before a body is read.
    func open(_ head: RequestHead, _ path: LeadPath) -> Intent {
        guard head.method == "POST" else { return .answer(refusal(.methodNotAllowed, head)) }
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return .answer(refusal(.contentEncoding, head))
        }
        guard MediaType.encoding(head.values(of: "content-type")) == .json else { return .answer(refusal(.contentType, head)) }
        guard !shared.pressure.isHigh else {
            shared.pressure.tell(nowMs: shared.nowMs())
            return .answer(.graph(.underPressure))
        }
        let token = head.values(of: "authorization").first.flatMap(ConversionCall.token)
        switch judge.source(token: token) {
        case .failure(let error): return .answer(reply(.source(error), head))
        case .success(let (source, verified)):
            let budget = claims.budget(of: verified.name)
            guard budget.hasRoom(nowMs: shared.nowMs()) else { return .answer(overBudget(budget)) }
            return .collect(limit: Limits.stageBytesMax, share: budget.share, each: nil) { body, responder in
                take(body, path, head, source, verified, responder)
            }
        }
    }

    private func take(
        _ body: [UInt8], _ path: LeadPath, _ head: RequestHead, _ source: IntakeSource, _ verified: VerifiedSource,
        _ responder: Responder
    ) {
        let nowMs = shared.nowMs()
        do throws(StageFault) {
            let stage = try LeadStage(
                StageReading.document(body), leadID: path.leadID,
                deliveryID: StageReading.deliveryID(head.values(of: "idempotency-key")), policy: source.policy.stages,
                consent: source.consent, nowSeconds: nowMs / 1_000)
            let check = StageJudge.check(stage, source, .allOrNothing, nowMs: nowMs)
            if let refusal = check.refusal {
                return responder.send(
                    reply(.request(refusal, source: verified.name, findings: check.findings), head))
            }
            StageReading.origin(of: stage, source, shared) { origin in
                switch origin {
                case .failure(let error):
                    shared.unstored.tell(error)
                    responder.send(.graph(.notStored))
                case .success(let origin):
                    if let fault = stage.fault(of: origin) { return responder.send(reply(fault, verified.name, head)) }
                    let check = StageJudge.check(stage, check, source, .allOrNothing, knowing: origin, nowMs: nowMs)
                    keep(stage, check, head, source, verified, nowMs, responder)
                }
            }
        } catch {
            responder.send(reply(error, verified.name, head))
        }
    }

    /// The answer leaves after the commit.
    private func keep(
        _ stage: LeadStage, _ check: ConversionCheck, _ head: RequestHead, _ source: IntakeSource, _ verified: VerifiedSource,
        _ nowMs: Int64, _ responder: Responder
    ) {
        let userAgent = head.values(of: "user-agent").first
        guard let envelope = StageJudge.envelope(check, source, verified, userAgent: userAgent) else {
            return responder.send(.graph(.notStored))
        }
        let budget = claims.budget(of: verified.name)
        guard budget.take(nowMs: nowMs) else { return responder.send(overBudget(budget)) }
        shared.pressure.tend(nowMs: nowMs)
        shared.store.append(envelope, receivedAtMs: nowMs) { [unstored = shared.unstored] result in
            budget.giveBack()
            switch result {
            case .success: responder.send(.json(200, Self.answer(stage, check, verified)))
            case .failure(let error):
                unstored.tell(error)
                responder.send(.graph(.notStored))
            }
        }
    }

    private static func answer(_ stage: LeadStage, _ check: ConversionCheck, _ verified: VerifiedSource) -> JSON {
        [
            "events_received": 1, "messages": .array(check.messages.map(JSON.string)), "dataset": .string(verified.dataset),
            "event_id": .string(stage.eventID), "event_name": .string(stage.eventName),
            "findings": ConversionAnswer.list(check.findings), "fbtrace_id": .string(GraphTraceID.make()),
        ]
    }

    // MARK: refusals

    private func overBudget(_ budget: Budget) -> Reply {
        budget.tell(nowMs: shared.nowMs(), to: shared.logger)
        return .graph(.overBudget)
    }

    private func reply(_ fault: StageFault, _ source: String, _ head: RequestHead) -> Reply {
        let traceID = GraphTraceID.make()
        tell(fault.rawValue, source, traceID, head)
        let document = GraphRefusal.document(
            message: fault.sentence, type: "OAuthException", code: 100, title: "The stage can't be taken", traceID: traceID)
        return .json(400, document)
    }

    private func reply(_ denial: ConversionDenial, _ head: RequestHead) -> Reply {
        let traceID = GraphTraceID.make()
        tell(denial.reason, denial.source, traceID, head)
        return .json(denial.status, denial.json(traceID: traceID))
    }

    private func refusal(_ refusal: GraphRefusal, _ head: RequestHead) -> Reply {
        let traceID = GraphTraceID.make()
        tell(refusal.reason, nil, traceID, head)
        return .graph(refusal, traceID: traceID)
    }

    private func tell(_ reason: String, _ source: String?, _ traceID: String, _ head: RequestHead) {
        ConversionsRefused(reason: reason, source: source, traceID: traceID, remoteAddress: head.remoteAddress)
            .emit(to: shared.logger)
    }
}

/// What both entrances of CRMs do with a stage before it is an event.
enum StageReading {
    static func document(_ body: [UInt8]) throws(StageFault) -> JSON {
        do throws(JSONError) { return try JSON.parse(body) } catch { throw .unreadable }
    }

    /// What stands for a message's own id in the id of an event: Meta and our tables get the id of an event as it is, so that nothing of
    /// the header is in it but a digest. Nil where there is none, or not one.
    static func deliveryID(_ values: [String]) -> String? {
        guard values.count == 1, let id = values.first, !id.isEmpty else { return nil }
        return String(SHA256.hex(Array(id.utf8)).prefix(32))
    }

    /// Asks the store when the lead was created; `then` runs on any thread.
    static func origin(
        of stage: LeadStage, _ source: IntakeSource, _ shared: IntakeDoors.Shared,
        then: @escaping @Sendable (Result<LeadOrigin?, StoreError>) -> Void
    ) {
        Task {
            do {
                let (workspace, leadID) = (source.workspace, stage.leadID)
                then(.success(try await shared.store.read { try $0.leadOrigin(workspace: workspace, leadID: leadID) }))
            } catch {
                then(.failure(error as? StoreError ?? .closed))  // it throws nothing else
            }
        }
    }
}
