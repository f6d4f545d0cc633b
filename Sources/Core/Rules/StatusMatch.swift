/// Which states of an entity a rule looks at. Archived and deleted ones never.
package enum StatusMatch: String, Sendable, CaseIterable {
    /// Set to run, and no parent stops it.
    case active
    /// Paused itself, whatever its parents are.
    case paused
    case any

    package func matches(_ entity: EntityState) -> Bool {
        guard Self.isAlive(entity.status), Self.isAlive(entity.effectiveStatus) else { return false }
        switch self {
        case .active: return entity.status == "ACTIVE" && !entity.effectiveStatus.hasSuffix("PAUSED")
        case .paused: return entity.status == "PAUSED"
        case .any: return true
        }
    }

    private static func isAlive(_ status: String) -> Bool { status != "ARCHIVED" && status != "DELETED" }
}
