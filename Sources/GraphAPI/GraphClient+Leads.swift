package import Core

extension GraphClient {
    /// A lead by its id. A new one may not be readable yet: `isUnseenLead`.
    package func lead(_ id: String, credentials: GraphCredentials? = nil) async throws(GraphError) -> LeadAnswer {
        let answer = try await perform(
            GraphRequest(
                purpose: .lead, target: .lead, shape: .object, node: try Self.checked(id),
                query: [.init("fields", LeadAnswer.graphFields.joined(separator: ","))], account: nil), credentials)
        guard let lead = LeadAnswer(id: id, answer.json) else { throw .unreadable(status: answer.status, .unexpected) }
        return lead
    }

    /// A form's name.
    package func form(_ id: String, credentials: GraphCredentials? = nil) async throws(GraphError) -> NamedID {
        let answer = try await perform(
            GraphRequest(
                purpose: .form, target: .form, shape: .object, node: try Self.checked(id), query: [.init("fields", "id,name")],
                account: nil), credentials)
        return NamedID(id, name: answer.json["name"]?.text)
    }
}

/// A lead as Meta gives it: what it was made from, and what a person wrote.
package struct LeadAnswer: Sendable, Equatable {
    package let leadID: String
    package let createdAtMs: Int64
    package let formID: String?
    /// Nil for an organic lead, and where this token may not see them.
    package let ad: NamedID?
    package let adset: NamedID?
    package let campaign: NamedID?
    /// `fb`, `ig`, …
    package let platform: String?
    package let isOrganic: Bool?
    /// In Meta's order; name and key are both Meta's key.
    package let fields: [LeadField]
    package let consents: [LeadConsent]

    static let graphFields = [
        "id", "created_time", "form_id", "ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name", "platform",
        "is_organic", "field_data", "custom_disclaimer_responses",
    ]

    /// Nil for another lead, and without the time it was made.
    init?(id: String, _ json: JSON) {
        guard json["id"]?.id == id, let createdAtMs = GraphTime.ms(json["created_time"]) else { return nil }
        leadID = id
        self.createdAtMs = createdAtMs
        formID = json["form_id"]?.id
        ad = Self.named(json, "ad")
        adset = Self.named(json, "adset")
        campaign = Self.named(json, "campaign")
        platform = json["platform"]?.text.flatMap { $0.isEmpty ? nil : $0 }
        isOrganic = json["is_organic"]?.truth
        fields = json["field_data"]?.items.compactMap(LeadField.init) ?? []
        consents = json["custom_disclaimer_responses"]?.items.compactMap(LeadConsent.init) ?? []
    }

    private static func named(_ json: JSON, _ level: String) -> NamedID? {
        json["\(level)_id"]?.id.map { NamedID($0, name: json["\(level)_name"]?.text) }
    }
}

extension LeadField {
    /// A single value counts as a list of one.
    fileprivate init?(_ json: JSON) {
        guard let key = json["name"]?.text else { return nil }
        let values = json["values"] ?? .null
        let list = if case .array(let items) = values { items } else { [values] }
        self.init(name: key, key: key, values: list.compactMap(\.written))
    }
}

extension LeadConsent {
    fileprivate init?(_ json: JSON) {
        guard let key = json["checkbox_key"]?.text else { return nil }
        self.init(key: key, isChecked: json["is_checked"]?.truth ?? false)
    }
}

extension JSON {
    /// What was written into a field, also where Meta makes a number or a truth of it.
    fileprivate var written: String? {
        switch self {
        case .string(let text), .number(let text): text
        case .bool(let value): value ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}
