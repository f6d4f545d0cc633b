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
    private let logger: Logger
    private let parsers = ParserPool()

    init(sources: [IntakeSource], store: Store, nowMs: @escaping @Sendable () -> Int64, logger: Logger) {
        self.sources = sources.map(\.secrets)
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
        let call = ConversionCall(head: head, dataset: dataset)
        return .collect(limit: Limits.deliveryBytesMax, each: nil) { body, responder in take(call, body, responder) }
    }

    /// The listener's own refusals on these paths.
    func refusal(_ status: Int, remoteAddress: String) -> Reply { reply(GraphRefusal(listenerStatus: status), remoteAddress) }

    /// Small bodies here, on the event loop; large ones would hold up every other request on it.
    private func take(_ call: ConversionCall, _ body: [UInt8], _ responder: Responder) {
        guard body.count > Limits.parsedInPlaceBytesMax else { return admit(call, body, responder) }
        let isTaken = parsers.run { admit(call, body, responder) }
        if !isTaken { responder.send(reply(GraphRefusal.busy, call.remoteAddress)) }
    }

    private func admit(_ call: ConversionCall, _ body: [UInt8], _ responder: Responder) {
        let traceID = TraceID.make()
        let admission: ConversionAdmission
        do throws(ConversionDenial) {
            admission = try self.admission(call, body)
        } catch {
            ConversionsRefused(reason: error.reason, source: error.source, traceID: traceID, remoteAddress: call.remoteAddress)
                .emit(to: logger)
            return responder.send(.json(error.status, error.json(traceID: traceID)))
        }
        store.append(admission.envelope, receivedAtMs: admission.receivedAtMs) { [logger] result in
            switch result {
            case .success:
                responder.send(.json(200, admission.answer(traceID: traceID)))
            case .failure(let error):
                DeliveryNotStored(error: "\(error)").emit(to: logger)
                let refusal = GraphRefusal.notStored
                responder.send(.json(refusal.status, refusal.json(traceID: traceID), headers: refusal.headers))
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
        return ConversionAdmission(envelope: envelope, receivedAtMs: nowMs, count: events.count, messages: check.messages)
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
        let traceID = TraceID.make()
        ConversionsRefused(reason: refusal.reason, source: nil, traceID: traceID, remoteAddress: remoteAddress).emit(to: logger)
        return .json(refusal.status, refusal.json(traceID: traceID), headers: refusal.headers)
    }
}
