/// A write to one entity: what it would change, by Meta's rules; nothing is changed here.
struct Edit {
    let entity: Entity
    let tree: AdTree
    let store: FigureStore
    let nowMs: Int64

    /// Budget changes of one ad set in an hour; the next is refused until an hour after the last.
    static let budgetChangesPerHour = 4

    private static let ignored: Set<String> = [
        "access_token", "appsecret_proof", "appsecret_time", "execution_options", "locale", "format", "pretty", "fields",
    ]

    private static let editable: [Level: Set<String>] = [
        .account: [],
        .campaign: [
            "name", "status", "daily_budget", "lifetime_budget", "adset_budgets", "bid_strategy", "spend_cap", "start_time",
            "stop_time",
        ],
        .adset: [
            "name", "status", "daily_budget", "lifetime_budget", "bid_amount", "bid_strategy", "start_time", "end_time",
        ],
        .ad: ["name", "status", "bid_amount"],
    ]

    static func isValidateOnly(_ params: [String: String]) -> Bool {
        params["execution_options"].flatMap { JSONReader.read($0)?.items.compactMap(\.text) }?.contains("validate_only") ?? false
    }

    func changes(_ params: [String: String]) throws(GraphFailure) -> [Change] {
        let wanted = params.filter { !Self.ignored.contains($0.key) }
        let known = Self.editable[entity.level] ?? []
        if let unknown = wanted.keys.sorted().first(where: { !known.contains($0) }) {
            throw .parameter("graph-emulator doesn't know the parameter '\(unknown)' of a \(entity.level.rawValue).")
        }
        guard !wanted.isEmpty else { throw .parameter("No parameter to write was given.") }
        try checkState(wanted)
        try checkStatus(wanted["status"])
        if wanted["name"]?.isEmpty == true { throw .parameter("Param name must be non-empty.") }
        let budgets = try budgetChanges(wanted)
        let others = wanted.filter { !$0.key.hasSuffix("_budget") && $0.key != "adset_budgets" }
        if let bid = others["bid_amount"], Int64(bid) == nil { throw .parameter("Param bid_amount must be an integer.") }
        return others.sorted { $0.key < $1.key }.compactMap { change(entity, $0.key, $0.value) } + budgets
    }

    /// A change, unless the value is there already.
    func change(_ entity: Entity, _ field: String, _ new: String?) -> Change? {
        let old = Self.current(field, entity)
        guard old != new else { return nil }
        return Change(id: entity.id, level: entity.level.rawValue, field: field, old: old, new: new)
    }

    static func current(_ field: String, _ entity: Entity) -> String? {
        switch field {
        case "status": entity.status
        case "name": entity.name
        case "daily_budget": entity.dailyBudgetMinor.map { String($0) }
        case "lifetime_budget": entity.lifetimeBudgetMinor.map { String($0) }
        case "effective_status": entity.review
        case _: entity.extra[field]?.parameter
        }
    }

    /// Of deleted things only the name can be edited; of archived ones the name, and the status to DELETED.
    private func checkState(_ wanted: [String: String]) throws(GraphFailure) {
        switch tree.effectiveStatus(of: entity) {
        case "DELETED":
            guard wanted.keys.contains(where: { $0 != "name" }) else { return }
            let subcode = entity.level == .campaign ? 1_487_566 : 1_487_056
            throw .refused(subcode, "Object Is Deleted", "You can only change the name of a deleted \(entity.level.rawValue).")
        case "ARCHIVED":
            guard wanted.contains(where: { $0.key != "name" && !($0.key == "status" && $0.value == "DELETED") }) else { return }
            throw .refused(
                1_885_088, "Object Is Archived",
                "You can only change the name of an archived \(entity.level.rawValue), or delete it.")
        case _: return
        }
    }

    private func checkStatus(_ status: String?) throws(GraphFailure) {
        guard let status else { return }
        guard NodeFields.statuses.contains(status) else {
            throw .parameter("Param status must be one of {\(NodeFields.statuses.joined(separator: ", "))}")
        }
        if status == "ACTIVE", entity.review == "DISAPPROVED" {
            throw .refused(2_490_427, "Ad Rejected", "This ad was rejected in review and can't be turned on.")
        }
    }
}
