/// What a CRM's stages are called at Meta.
package struct StagePolicy: Sendable, Equatable {
    /// The CRM's word of a stage to the name of the event; empty: every stage is called as the CRM calls it.
    package var names: [String: String]
    /// The CRM's own name, `lead_event_source` at Meta; without one Meta takes the event and uses it for nothing.
    package var crm: String

    package init(names: [String: String] = [:], crm: String = "CRM") {
        self.names = names
        self.crm = crm
    }

    /// The name of the event; nil for a stage that is not in the map.
    package func eventName(of stage: String) -> String? { names.isEmpty ? stage : names[stage] }
}
