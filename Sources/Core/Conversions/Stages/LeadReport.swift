/// How leads that Meta notified us of go back to Meta, as a source of kind `crm` says.
package struct LeadReportPolicy: Sendable, Equatable {
    package let source: String
    /// The first of the source's.
    package let dataset: String
    package let consent: ConsentPolicy
    package let policy: SourcePolicy

    package init(source: String, dataset: String, consent: ConsentPolicy, policy: SourcePolicy) {
        self.source = source
        self.dataset = dataset
        self.consent = consent
        self.policy = policy
    }
}

/// The event by which Meta hears of a lead of its own: the first of its stages, checked like every other.
///
/// Its personal values are readable yet: it is hashed before anything of it is stored.
package struct LeadReport: Sendable, Equatable {
    package let source: String
    package let dataset: String
    package let leadID: String
    package let eventName: String
    /// The same whenever the lead is reported.
    package let eventID: String
    /// One, as it goes on or as it is kept in quarantine.
    package let events: [ServerEvent]
    package let ids: EventIDPolicy

    package init(_ lead: Lead, _ policy: LeadReportPolicy, nowMs: Int64) {
        let stage = LeadStage(raw: lead, policy: policy.policy.stages, consent: policy.consent)
        let check = ConversionCheck(
            ConversionRequest(events: [stage.event]), consent: policy.consent.given, rules: policy.policy.rules,
            strictness: .partial, nowMs: nowMs)
        source = policy.source
        dataset = policy.dataset
        leadID = stage.leadID
        eventName = stage.eventName
        eventID = stage.eventID
        events = check.events + check.faulty.compactMap(\.remains)
        ids = policy.policy.eventIDs
    }
}
