import Core
import Listener
import Logging
import Signing
import Storage

/// The entrances of conversions: the Graph API's events edge, that of Meta's own gateway, and ours for backends without an SDK.
///
/// What a request holds is read, its token and proof are checked, its events are validated, normalised and hashed, and only then is anything
/// stored. The query string, which often holds the token, ends here.
struct ConversionDoor: Sendable {
    private let judge: ConversionJudge
    /// Where events go that name no dataset, by source.
    private let datasets: [String: String]
    private let store: Store
    private let nowMs: @Sendable () -> Int64
    private let unstored: Unstored
    private let logger: Logger
    private let claims: ConversionClaims
    private let pressure: Pressure
    private let parsers: ParserPool
    private let asking: AskingDoor

    init(sources: [IntakeSource], limits: BudgetLimits, _ shared: IntakeDoors.Shared) {
        judge = ConversionJudge(sources)
        datasets = Dictionary(
            sources.compactMap { source in source.dataset.map { (source.secrets.name, $0) } },
            uniquingKeysWith: { first, _ in first })
        claims = ConversionClaims(sources.map(\.secrets), limits, shared.budgets)
        parsers = shared.parsers
        pressure = shared.pressure
        unstored = shared.unstored
        store = shared.store
        nowMs = shared.nowMs
        logger = shared.logger
        asking = AskingDoor(sources: sources, shared)
    }

    func open(_ head: RequestHead, _ path: GraphPath) -> Intent {
        switch path {
        case .events(let dataset): open(head, .graph, dataset)
        case .gateway(let dataset): open(head, .gateway, dataset)
        case .unserved: refuse(.unknownPath, head)
        }
    }

    func open(_ head: RequestHead, _ path: OwnPath) -> Intent {
        switch path {
        case .conversions(let source):
            let asked = QueryItems(head.query ?? "").values(of: "dataset", or: "dataset").last
            // An unknown source has no dataset either: its token is looked for, and refused like any other.
            return open(head, .own(source: source), asked ?? datasets[source] ?? "")
        case .event(let source, let id): return asking.open(head, source: source, id: id)
        case .unserved: return refuse(.unknownPath, head)
        }
    }

    private func open(_ head: RequestHead, _ entrance: ConversionEntrance, _ dataset: String) -> Intent {
        guard head.method == "POST" else { return refuse(.methodNotAllowed, head) }
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return refuse(.contentEncoding, head)
        }
        guard let encoding = MediaType.encoding(head.values(of: "content-type")) else { return refuse(.contentType, head) }
        guard !pressure.isHigh else {
            pressure.tell(nowMs: nowMs())
            return .answer(.graph(.underPressure))
        }
        let claim = claims.claim(on: dataset)
        guard claim.hasRoom(nowMs: nowMs()) else {
            claim.bytes.tell(nowMs: nowMs(), to: logger)
            return .answer(.graph(.overBudget))
        }
        let call = ConversionCall(head: head, entrance: entrance, dataset: dataset, encoding: encoding)
        return .collect(limit: Limits.deliveryBytesMax, share: claim.bytes.share, each: nil) { body, responder in
            take(call, claim, body, responder)
        }
    }

    /// The listener's own refusals on these paths.
    func refusal(_ status: Int) -> Reply {
        let refusal = GraphRefusal(listenerStatus: status)
        return refusal == .busy ? .graph(.busy) : reply(refusal, "")
    }

    /// Small bodies here, on the event loop; large ones would hold up every other request on it.
    private func take(_ call: ConversionCall, _ claim: ConversionClaims.Claim, _ body: [UInt8], _ responder: Responder) {
        guard body.count > Limits.parsedInPlaceBytesMax else { return admit(call, body, responder) }
        let isTaken = parsers.run(lane: claim.lane) { admit(call, body, responder) }
        guard !isTaken else { return }
        claim.bytes.tell(nowMs: nowMs(), to: logger)
        responder.send(.graph(.overBudget))
    }

    private func admit(_ call: ConversionCall, _ body: [UInt8], _ responder: Responder) {
        let traceID = GraphTraceID.make()
        do throws(ConversionDenial) {
            let reading = try judge.read(call, body, nowMs: nowMs())
            guard !call.isTrial else {
                let answer = ConversionAnswer(call, received: 0, reading.check)
                return responder.send(.json(answer.status, answer.json(traceID: traceID)))
            }
            keep(try reading.admission(call), traceID, responder)
        } catch {
            ConversionsRefused(reason: error.reason, source: error.source, traceID: traceID, remoteAddress: call.remoteAddress)
                .emit(to: logger)
            responder.send(.json(error.status, error.json(traceID: traceID)))
        }
    }

    /// The answer leaves after the commit.
    private func keep(_ admission: ConversionAdmission, _ traceID: String, _ responder: Responder) {
        let budget = claims.budget(of: admission.source)
        guard budget.take(nowMs: admission.receivedAtMs) else {
            budget.tell(nowMs: admission.receivedAtMs, to: logger)
            return responder.send(.graph(.overBudget, traceID: traceID))
        }
        pressure.tend(nowMs: admission.receivedAtMs)
        store.append(admission.envelope, receivedAtMs: admission.receivedAtMs) { [unstored] result in
            budget.giveBack()
            switch result {
            case .success:
                responder.send(.json(admission.answer.status, admission.answer.json(traceID: traceID)))
            case .failure(let error):
                unstored.tell(error)
                responder.send(.graph(.notStored, traceID: traceID))
            }
        }
    }

    private func refuse(_ refusal: GraphRefusal, _ head: RequestHead) -> Intent { .answer(reply(refusal, head.remoteAddress)) }

    private func reply(_ refusal: GraphRefusal, _ remoteAddress: String) -> Reply {
        let traceID = GraphTraceID.make()
        ConversionsRefused(reason: refusal.reason, source: nil, traceID: traceID, remoteAddress: remoteAddress).emit(to: logger)
        return .graph(refusal, traceID: traceID)
    }
}
