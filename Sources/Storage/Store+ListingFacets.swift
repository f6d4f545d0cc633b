import Core

/// How many events share a value.
package struct FacetCount: Sendable, Equatable {
    package let value: String
    package let count: Int
}

/// What the events of a filter have in common.
package struct EventFacets: Sendable, Equatable {
    package let states: [FacetCount]
    package let reasons: [FacetCount]
    package let kinds: [FacetCount]
    package let workspaces: [FacetCount]
    /// How many of the newest events were counted for kinds and workspaces.
    package let counted: Int
    /// Every event that the filter lets through was counted.
    package let isWhole: Bool
}

extension Transaction {
    /// Counts over the newest events of the filter and over those that are not done.
    ///
    /// A bounded number is looked at: what needs somebody is counted in full up to `facetWindow` of each state, all else among the newest.
    package func eventFacets(_ filter: EventFilter) throws(StoreError) -> EventFacets {
        let newest = try facetRows(filter)
        var all = Dictionary(newest.rows.map { ($0.id, $0) }) { first, _ in first }
        if newest.next != nil {
            for state in [EventState.dead, .held, .unrouted] where filter.state == nil {
                var narrow = filter
                narrow.state = state
                for row in try facetRows(narrow).rows { all[row.id] = row }
            }
        }
        return EventFacets(
            states: Self.counts(all.values.map(\.state)),
            reasons: Self.counts(all.values.compactMap { $0.reason.map(Self.code) }),
            kinds: Self.counts(newest.rows.map(\.kind)), workspaces: Self.counts(newest.rows.map(\.workspace)),
            counted: newest.rows.count, isWhole: newest.next == nil)
    }

    private struct FacetRow: Sendable {
        let id: Int64
        let kind: String
        let workspace: String
        let state: String
        let reason: String?
    }

    private func facetRows(_ filter: EventFilter) throws(StoreError) -> Listed<FacetRow> {
        let place = ListPlace.before(.max)
        return try walkEvents(filter, place: place, limit: Self.facetWindow) { ids, rest throws(StoreError) in
            try run(Self.choosing("l.id, l.kind, l.workspace_id, l.event_state, l.event_reason", ids, rest, place)).decoded {
                row throws(StoreError) in
                let found = FacetRow(
                    id: try row.int64("id"), kind: try row.text("kind"), workspace: try row.text("workspace_id"),
                    state: try row.text("event_state"), reason: try row.textOrNil("event_reason"))
                return (found.id, found)
            }
        }
    }

    private static let facetWindow = 500

    /// `code: sentence` without its sentence; a fault as it is.
    private static func code(of reason: String) -> String {
        let code = reason.prefix { $0 != ":" }
        return code.utf8.count < reason.utf8.count && !code.contains(" ") ? String(code) : reason
    }

    /// The most frequent first.
    private static func counts(_ values: [String]) -> [FacetCount] {
        Dictionary(grouping: values) { $0 }.map { FacetCount(value: $0.key, count: $0.value.count) }
            .sorted { ($1.count, $0.value) < ($0.count, $1.value) }
    }
}
