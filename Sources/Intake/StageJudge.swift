import Core
import Signing
import Storage

/// Judges the stages of leads that CRMs tell of: who sends them, and what event each is.
struct StageJudge: Sendable {
    private let sources: [IntakeSource]

    /// Only CRMs send stages.
    init(_ sources: [IntakeSource]) { self.sources = sources.filter { $0.policy.kind == .crm } }

    func source(named name: String) -> IntakeSource? { sources.first { $0.secrets.name == name } }

    /// Whose token it is. Every source is asked, always.
    ///
    /// No proof is asked for: a CRM has no SDK that makes one; the secret is for its webhooks.
    func source(token: String?) -> Result<(IntakeSource, VerifiedSource), SourceRefusal> {
        var found: Result<(IntakeSource, VerifiedSource), SourceRefusal>?
        for source in sources {
            let verdict = SourceCheck.verify(
                token: token, proof: nil, timeSeconds: nil, dataset: source.dataset ?? "", sources: [source.secrets],
                nowSeconds: 0,
                isProofAsked: false)
            if case .success(let verified) = verdict, found == nil { found = .success((source, verified)) }
        }
        return found ?? .failure(token?.isEmpty == false ? .tokenUnknown : .tokenMissing)
    }

    /// The event of a stage, checked like every other.
    static func check(_ stage: LeadStage, _ source: IntakeSource, _ strictness: Strictness, nowMs: Int64) -> ConversionCheck {
        ConversionCheck(
            ConversionRequest(events: [stage.event]), consent: source.consent.given, rules: source.policy.rules,
            strictness: strictness, nowMs: nowMs)
    }

    /// The same with what is known of the lead's writer, where that is anything and is not refused: it is nothing that the CRM said.
    static func check(
        _ stage: LeadStage, _ bare: ConversionCheck, _ source: IntakeSource, _ strictness: Strictness,
        knowing origin: LeadOrigin?,
        nowMs: Int64
    ) -> ConversionCheck {
        guard let contacts = origin?.contacts, contacts != .none else { return bare }
        let check = check(stage.knowing(contacts), source, strictness, nowMs: nowMs)
        return check.faulty.count > bare.faulty.count ? bare : check
    }

    static func envelope(
        _ check: ConversionCheck, _ source: IntakeSource, _ verified: VerifiedSource, userAgent: String?
    ) -> Envelope? {
        let kept = check.events + check.faulty.compactMap(\.remains)
        guard !kept.isEmpty else { return nil }
        return Envelope(
            conversions: HashedEvent.made(of: kept, dataset: verified.dataset, ids: source.policy.eventIDs), from: verified,
            parameters: .none, target: "/\(verified.dataset)/events", userAgent: userAgent)
    }
}
