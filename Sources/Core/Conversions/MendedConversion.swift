/// A stored conversion with what somebody changed in it, judged like one that arrives.
package struct MendedConversion: Sendable {
    /// Nil when it is refused again.
    package let event: ServerEvent?
    /// Everything that was found, with paths within the event.
    package let findings: [ConversionFinding]

    /// Consent is what it was when the event came in: what was taken out of it then can't come back in by an edit.
    package init(
        _ stored: JSON, _ edit: ConversionEdit, rules: SourceRules, nowMs: Int64
    ) throws(ConversionEditFault) {
        let consent = Self.consent(of: stored)
        let edited = Self.withSomebody(try edit.applied(to: stored), consent)
        let body = JSON.object(JSONObject([.init(key: "data", value: [edited])])).bytes()
        switch ConversionRequest.parse(body) {
        case .success(let request):
            let check = ConversionCheck(request, consent: consent, rules: rules, nowMs: nowMs)
            event = check.events.first
            findings = check.findings.map(\.inEvent)
        case .failure(let refusal):
            event = nil
            findings = [ConversionFinding(fault: refusal.fault, path: refusal.path)]
        }
    }

    /// What consent took out was there when the event came in, and is not to be missed: something stands in for it, and goes the same way.
    private static func withSomebody(_ event: JSON, _ consent: ConsentPolicy) -> JSON {
        guard consent.without != .send, !consent.isGranted(in: event), case .object(var object) = event else { return event }
        var user = if case .object(let known)? = object["user_data"] { known } else { JSONObject() }
        user[PersonalKey.externalID.rawValue] = .string(String(repeating: "0", count: 64))
        object["user_data"] = .object(user)
        return .object(object)
    }

    /// A policy by which the event gets the outcome again that it had.
    private static func consent(of stored: JSON) -> ConsentPolicy {
        let without: WithoutConsent =
            switch stored[ConversionDecoder.ownMember]?["consent"]?.text.flatMap(ConsentOutcome.init) {
            case .sentWithout?: .send
            case .stripped?: .strip
            case .granted?, .dropped?, nil: .drop
            }
        return ConsentPolicy(path: [ConversionDecoder.ownMember, "consent"], without: without)
    }
}

extension ConversionFinding {
    fileprivate var inEvent: ConversionFinding { ConversionFinding(fault: fault, path: pathInEvent, severity: severity) }
}
