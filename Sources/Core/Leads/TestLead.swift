/// How a lead of Meta's testing tool is known: Meta sets no flag, only placeholders.
package enum TestLead {
    private static let placeholder = "<test lead: dummy data for "
    private static let addresses: Set<String> = ["test@meta.com", "test@fb.com"]

    /// Whether an answer is a placeholder, or every question for an e-mail address has Meta's own as its answer.
    package static func isTest(_ fields: [LeadField]) -> Bool {
        if fields.contains(where: { $0.values.contains { $0.lowercased().hasPrefix(placeholder) } }) { return true }
        let answers = fields.filter { $0.isEmail }.flatMap(\.values)
        return !answers.isEmpty && answers.allSatisfy { addresses.contains($0.lowercased()) }
    }
}

extension LeadField {
    /// A question of Meta's own for an e-mail address, or one that was answered with one.
    fileprivate var isEmail: Bool { key.lowercased().contains("email") || values.contains { $0.contains("@") } }
}
