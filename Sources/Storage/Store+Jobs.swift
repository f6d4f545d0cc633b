package import Core

/// A job that is leased, with its event.
package struct ClaimedJob: Sendable, Equatable {
    package let claim: Claim
    package let route: String
    package let workspace: String
    package let event: StoredEvent
}

/// A job as listed.
package struct StoredJob: Sendable, Equatable {
    package let id: Int64
    package let eventID: Int64
    package let workspace: String
    package let route: String
    package let state: QueueState
    /// `Int64.max`: waits for an earlier job of its order key.
    package let dueAtMs: Int64
    package let attempt: Int64
    package let tries: Int64
    package let reason: String?
    package let gate: String?

    init(_ row: Row) throws(StoreError) {
        id = try row.int64("id")
        eventID = try row.int64("event_id")
        workspace = try row.text("workspace_id")
        route = try row.text("route")
        state = try row.choice("state", QueueState.self)
        dueAtMs = try row.int64("due_at")
        attempt = try row.int64("attempt")
        tries = attempt - (try row.int64("uncounted"))
        reason = try row.textOrNil("reason")
        gate = try row.textOrNil("gate")
    }
}

extension Transaction {
    package func claimJobs(nowMs: Int64, leaseMs: Int64, limit: Int, owner: String) throws(StoreError) -> [ClaimedJob] {
        let claims = try claim(.jobs, nowMs: nowMs, leaseMs: leaseMs, limit: limit, owner: owner)
        let rows = try run(
            """
            SELECT j.id AS job_id, j.route, e.* FROM jobs j JOIN events e ON e.id = j.event_id
            WHERE j.id IN (\(list: claims.map(\.id))) ORDER BY j.id
            """)
        let events = try rows.decoded { row throws(StoreError) in
            (id: try row.int64("job_id"), route: try row.text("route"), event: try StoredEvent(row))
        }
        let claimed = Dictionary(claims.map { ($0.id, $0) }) { first, _ in first }
        return events.compactMap { found in
            claimed[found.id].map {
                ClaimedJob(claim: $0, route: found.route, workspace: found.event.workspace, event: found.event)
            }
        }
    }

    func jobs(of eventID: Int64) throws(StoreError) -> [StoredJob] {
        let first = Self.jobID(eventID: eventID, ordinal: 0)
        return try run("SELECT * FROM jobs WHERE id >= \(first) AND id < \(first + Int64(Limits.routesMax)) ORDER BY id")
            .decoded { row throws(StoreError) in try StoredJob(row) }
    }
}
