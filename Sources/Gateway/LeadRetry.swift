import Core
package import Storage

extension Transaction {
    /// Starts again what is dead of a lead, its reading and its sends; nil when nobody here knows the lead.
    package func retryLead(_ leadID: String, workspaces: some Sequence<String>, nowMs: Int64) throws -> RetryReport? {
        let stored = try workspaces.compactMap { try lead(workspace: $0, leadID: leadID)?.id }
        let events = try Set(stored + unread(leadID).map(\.event.id)).sorted()
        return events.isEmpty ? nil : try retryEvents(events, nowMs: nowMs)
    }

    /// Notifications of the lead that have not come to their end: dead, held or waiting.
    package func unread(_ leadID: String) throws -> [EventListing] {
        try [EventState.dead, .held, .open].flatMap { state in
            var filter = EventFilter()
            filter.kind = "page.leadgen"
            filter.state = state
            return try events(filter, limit: Self.lookedThrough).filter { $0.event.orderKey == "lead:\(leadID)" }
        }
    }

    private static var lookedThrough: Int { 10_000 }
}
