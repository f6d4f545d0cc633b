/// Which actions to list; nil: all.
package struct ActionFilter: Sendable, Equatable {
    package var workspace: String?
    package var rule: String?
    package var state: ActionState?
    package var entityID: String?
    package var accountID: String?
    /// A reason's code.
    package var reason: String?
    /// By the time of the decision.
    package var sinceMs: Int64?
    package var untilMs: Int64?

    package init() {}
}

extension Transaction {
    package func listActions(_ filter: ActionFilter, place: ListPlace, limit: Int) throws(StoreError) -> Listed<StoredAction> {
        let bounds = Self.clockBounds(sinceMs: filter.sinceMs, untilMs: filter.untilMs)
        return try Walk(place, limit: limit, bounds: bounds).list(
            ids: { place, count throws(StoreError) in
                try self.candidates(Self.walking("action_history", "id", "", place, count), count: count)
            },
            rows: { ids throws(StoreError) in try self.actionRows(ids, filter, place).map { ($0.id, $0) } })
    }

    /// The actions whose cause is an event, oldest first.
    package func actions(ids: [Int64]) throws(StoreError) -> [StoredAction] {
        try actionRows(ids, ActionFilter(), .after(.min))
    }

    private func actionRows(_ ids: [Int64], _ filter: ActionFilter, _ place: ListPlace) throws(StoreError) -> [StoredAction] {
        var condition: Statement = ""
        if let workspace = filter.workspace { condition = condition + " AND workspace_id = \(workspace)" }
        if let rule = filter.rule { condition = condition + " AND rule = \(rule)" }
        if let state = filter.state { condition = condition + " AND state = \(state.rawValue)" }
        if let entityID = filter.entityID { condition = condition + " AND entity_id = \(entityID)" }
        if let accountID = filter.accountID { condition = condition + " AND account_id = \(accountID)" }
        if let reason = filter.reason { condition = condition + " AND \(Self.hasReason("reason", reason))" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND created_at >= \(sinceMs)" }
        if let untilMs = filter.untilMs { condition = condition + " AND created_at < \(untilMs)" }
        return try run("SELECT * FROM action_history WHERE id IN (\(list: ids)) \(condition) \(place.order("id"))")
            .decoded { row throws(StoreError) in try StoredAction(row) }
    }
}
