import Core
import Listener
import Logging
import Signing
import Storage

/// `POST /v{n}.{m}/{dataset}/events`: conversions, as the Graph API takes them.
///
/// What a request holds is read, its token and proof are checked, its events are validated, normalised and hashed, and only then is anything
/// stored. The query string, which often holds the token, ends here.
struct ConversionDoor: Sendable {
    private let sources: [SourceSecrets]
    private let consents: [String: ConsentPolicy]
    private let store: Store
    private let nowMs: @Sendable () -> Int64
    private let unstored: Unstored
    private let logger: Logger
    private let claims: ConversionClaims
    private let pressure: Pressure
    private let parsers = ParserPool()

    init(
        sources: [IntakeSource], limits: BudgetLimits, store: Store, pressure: Pressure, nowMs: @escaping @Sendable () -> Int64,
        unstored: Unstored, logger: Logger
    ) {
        self.sources = sources.map(\.secrets)
        self.claims = ConversionClaims(sources.map(\.secrets), limits)
        self.pressure = pressure
        self.unstored = unstored
        self.consents = Dictionary(sources.map { ($0.secrets.name, $0.consent) }, uniquingKeysWith: { first, _ in first })
        self.store = store
        self.nowMs = nowMs
        self.logger = logger
    }

    func open(_ head: RequestHead, _ path: GraphPath) -> Intent {
        guard case .events(let dataset) = path else { return refuse(.unknownPath, head) }
        guard head.method == "POST" else { return refuse(.methodNotAllowed, head) }
        guard head.values(of: "content-encoding").allSatisfy({ $0.lowercased() == "identity" }) else {
            return refuse(.contentEncoding, head)
        }
        guard MediaType.isJSON(head.values(of: "content-type")) else { return refuse(.contentType, head) }
        guard !pressure.isHigh else {
            pressure.tell(nowMs: nowMs())
            return .answer(.graph(.underPressure))
        }
        let claim = claims.claim(on: dataset)
        guard claim.hasRoom(nowMs: nowMs()) else {
            claim.bytes.tell(nowMs: nowMs(), to: logger)
            return .answer(.graph(.overBudget))
        }
        let call = ConversionCall(head: head, dataset: dataset)
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
        let admission: ConversionAdmission
        do throws(ConversionDenial) {
            admission = try self.admission(call, body)
        } catch {
            ConversionsRefused(reason: error.reason, source: error.source, traceID: traceID, remoteAddress: call.remoteAddress)
                .emit(to: logger)
            return responder.send(.json(error.status, error.json(traceID: traceID)))
        }
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
                responder.send(.json(200, admission.answer(traceID: traceID)))
            case .failure(let error):
                unstored.tell(error)
                responder.send(.graph(.notStored, traceID: traceID))
            }
        }
    }

    private func admission(_ call: ConversionCall, _ body: [UInt8]) throws(ConversionDenial) -> ConversionAdmission {
        let nowMs = nowMs()
        let request: ConversionRequest
        switch ConversionRequest.parse(body, query: call.query) {
        case .success(let parsed): request = parsed
        case .failure(let refusal): throw .request(refusal, source: nil)
        }
        let source = try verify(call, request, nowSeconds: nowMs / 1_000)
        guard let consent = consents[source.name] else { throw .source(.tokenUnknown) }
        let check = ConversionCheck(request, consent: consent, nowMs: nowMs)
        if let refusal = check.refusal { throw .request(refusal, source: source.name) }
        let events = check.events.map { HashedEvent($0) }
        let envelope = Envelope(
            conversions: events, from: source, parameters: request.parameters, target: call.path, userAgent: call.userAgent)
        return ConversionAdmission(
            source: source.name, envelope: envelope, receivedAtMs: nowMs, count: events.count, messages: check.messages)
    }

    private func verify(
        _ call: ConversionCall, _ request: ConversionRequest, nowSeconds: Int64
    ) throws(ConversionDenial) -> VerifiedSource {
        let verdict = SourceCheck.verify(
            token: request.accessToken ?? call.bearer, proof: request.proof, timeSeconds: request.proofTime,
            dataset: call.dataset,
            sources: sources, nowSeconds: nowSeconds)
        switch verdict {
        case .success(let source): return source
        case .failure(let refusal): throw .source(refusal)
        }
    }

    private func refuse(_ refusal: GraphRefusal, _ head: RequestHead) -> Intent { .answer(reply(refusal, head.remoteAddress)) }

    private func reply(_ refusal: GraphRefusal, _ remoteAddress: String) -> Reply {
        let traceID = GraphTraceID.make()
        ConversionsRefused(reason: refusal.reason, source: nil, traceID: traceID, remoteAddress: remoteAddress).emit(to: logger)
        return .graph(refusal, traceID: traceID)
    }
}
