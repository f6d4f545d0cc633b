import Core
import Signing

/// Reads requests of conversions whose bodies are there: who sent them, and what is to be said of their events.
struct ConversionJudge: Sendable {
    /// A request whose sender is proven.
    struct Reading {
        let source: VerifiedSource
        let parameters: ConversionParameters
        let check: ConversionCheck
        let eventIDs: EventIDPolicy
        let receivedAtMs: Int64
    }

    private let sources: [IntakeSource]

    init(_ sources: [IntakeSource]) { self.sources = sources }

    func read(_ call: ConversionCall, _ body: [UInt8], nowMs: Int64) throws(ConversionDenial) -> Reading {
        let request: ConversionRequest
        switch ConversionRequest.parse(body, as: call.encoding, in: call.entrance.dialect, query: call.query) {
        case .success(let parsed): request = parsed
        case .failure(let refusal): throw .request(refusal, source: nil, findings: nil)
        }
        let sender = try verify(call, request, nowSeconds: nowMs / 1_000)
        guard let source = sources.first(where: { $0.secrets.name == sender.name }) else { throw .source(.tokenUnknown) }
        let check = ConversionCheck(
            request, consent: source.consent, rules: source.policy.rules, strictness: source.policy.strictness, nowMs: nowMs)
        return Reading(
            source: sender, parameters: request.parameters, check: check, eventIDs: source.policy.eventIDs, receivedAtMs: nowMs)
    }

    private func verify(
        _ call: ConversionCall, _ request: ConversionRequest, nowSeconds: Int64
    ) throws(ConversionDenial) -> VerifiedSource {
        let entrance = call.entrance
        let known = sources.filter { entrance.isOpen(to: $0.policy.kind) }.map(\.secrets)
        let verdict = SourceCheck.verify(
            token: entrance.token(request.accessToken, bearer: call.bearer), proof: request.proof, timeSeconds: request.proofTime,
            dataset: call.dataset, sources: entrance.source.map { name in known.filter { $0.name == name } } ?? known,
            nowSeconds: nowSeconds, isProofAsked: entrance.isProofAsked)
        switch verdict {
        case .success(let source): return source
        case .failure(let refusal): throw .source(refusal)
        }
    }
}

extension ConversionJudge.Reading {
    /// What is stored of it: the events that are taken, and what is left of those that are kept apart. Throws where something in it refuses
    /// the whole of it.
    func admission(_ call: ConversionCall) throws(ConversionDenial) -> ConversionAdmission {
        if let refusal = check.refusal {
            let isOwn = call.entrance.source != nil
            throw .request(refusal, source: source.name, findings: isOwn ? check.findings : nil)
        }
        let kept = check.events + check.faulty.compactMap(\.remains)
        let envelope = Envelope(
            conversions: HashedEvent.made(of: kept, dataset: call.dataset, ids: eventIDs), from: source, parameters: parameters,
            target: call.target, userAgent: call.userAgent)
        return ConversionAdmission(
            source: source.name, envelope: envelope, receivedAtMs: receivedAtMs,
            answer: ConversionAnswer(call, received: check.events.count, check))
    }
}
