/// What the configuration says of one form: how its questions are called here.
package struct LeadForm: Sendable, Equatable {
    package let id: String
    /// Meta's key of a question to our name for it; questions that are not in it keep their key.
    package let names: [String: String]

    package init(id: String, names: [String: String]) {
        self.id = id
        self.names = names
    }

    /// The answers under our names.
    package func named(_ fields: [LeadField]) -> [LeadField] {
        fields.map { LeadField(name: names[$0.key] ?? $0.name, key: $0.key, values: $0.values) }
    }
}
