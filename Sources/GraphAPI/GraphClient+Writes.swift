package import Core

/// The two budgets of a campaign or ad set; the raw value is Meta's field.
package enum BudgetField: String, Sendable, CaseIterable {
    case daily = "daily_budget"
    case lifetime = "lifetime_budget"
}

extension GraphClient {
    /// `status`: `ACTIVE` or `PAUSED`. Done when it returns; `answerLost` when that is not known.
    package func setStatus(_ ref: EntityRef, account: String?, status: String, validateOnly: Bool) async throws(GraphError) {
        try await write(.setStatus, ref, account, .init("status", status), validateOnly)
    }

    /// `minor`: the absolute budget in minor units, by Meta's offsets.
    package func setBudget(
        _ ref: EntityRef, account: String?, field: BudgetField, minor: Int64, validateOnly: Bool
    ) async throws(GraphError) {
        try await write(.setBudget, ref, account, .init(field.rawValue, String(minor)), validateOnly)
    }

    /// With `validateOnly` Meta checks and changes nothing.
    private func write(
        _ purpose: GraphPurpose, _ ref: EntityRef, _ account: String?, _ item: GraphRequest.Item, _ validateOnly: Bool
    ) async throws(GraphError) {
        let form = validateOnly ? [item, .init("execution_options", #"["validate_only"]"#)] : [item]
        _ = try await perform(
            GraphRequest(
                purpose: purpose, target: .entity, shape: .success, node: try Self.checked(ref.id), form: form, account: account))
    }
}
