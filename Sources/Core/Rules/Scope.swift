/// The entities that a rule is about.
package struct Scope: Sendable, Equatable {
    package let level: EntityLevel
    /// Without `act_`; empty: all accounts of the workspace.
    package let accounts: [String]
    package let name: NameMatch?
    package let status: StatusMatch

    /// Accounts may be written with or without `act_`.
    package init(level: EntityLevel, accounts: [String] = [], name: NameMatch? = nil, status: StatusMatch = .active) {
        self.level = level
        self.accounts = accounts.map { $0.hasPrefix("act_") ? String($0.dropFirst(4)) : $0 }
        self.name = name
        self.status = status
    }

    /// Whether `entity` is one of them.
    package func contains(_ entity: EntityState) -> Bool {
        entity.ref.level == level && (accounts.isEmpty || accounts.contains(entity.accountID))
            && (name?.matches(entity.name) ?? true)
            && status.matches(entity)
    }
}
