/// What a CRM's stages are called at Meta.
package struct StagePolicy: Sendable, Equatable {
    /// The CRM's word of a stage to the name of the event; empty: every stage is called as the CRM calls it.
    package var names: [String: String]
    /// The CRM's own name, `lead_event_source` at Meta; without one Meta takes the event and uses it for nothing.
    package var crm: String
    /// What the first stage is called, which is the lead itself.
    package var leadName: String
    /// The consent box of the form, by its key, or the answer, by its name, that says whether a lead's writer agreed; nil: that of the
    /// source's consent.
    package var leadConsent: String?

    package init(
        names: [String: String] = [:], crm: String = "CRM", leadName: String = "Lead", leadConsent: String? = nil
    ) {
        self.names = names
        self.crm = crm
        self.leadName = leadName
        self.leadConsent = leadConsent
    }

    /// The name of the event; nil for a stage that is not in the map.
    package func eventName(of stage: String) -> String? { names.isEmpty ? stage : names[stage] }
}
