package import Core

/// A table that has an end of its rows.
package enum PrunedTable: String, Sendable, CaseIterable {
    case eventKeys = "event_keys"
    case deliveries, events, outbox
    case sendAttempts = "send_attempts"
    case apiLogs = "api_logs"
    case metricFacts = "metric_facts"
    case insightReads = "insight_reads"
    case executions = "rule_executions"
    case leads
    case engagements = "social_engagements"
    /// Before the conversions: what the ledger counts must not be more than there is.
    case conversionTallies = "conversion_tallies"
    case conversionRepeats = "conversion_repeats"
    case conversions = "conversion_events"
    case ownEvents = "own_events"
    case clickIDs = "click_ids"
    case callbacks
}

/// How many rows were deleted from each table.
package struct PruneReport: Sendable, Equatable {
    package var deleted: [PrunedTable: Int] = [:]
    /// False: there is more, call again.
    package var isComplete = true

    package init() {}
}

// Ids of `nextID` are the time in ms times 4 096: "older than" is a range of the primary key. Ids of events rise with the time of receipt,
// so that the first that is young is found by halving. Nothing here reads a table from end to end.
extension Transaction {
    /// One call per table. For one write per table, so that nothing waits long, prune each by itself.
    package func prune(_ policy: RetentionPolicy, nowMs: Int64, limit: Int = 500) throws(StoreError) -> PruneReport {
        var report = PruneReport()
        for table in PrunedTable.allCases {
            let count = try prune(table, policy, nowMs: nowMs, limit: limit)
            report.deleted[table] = count
            if count >= limit { report.isComplete = false }
        }
        return report
    }

    /// Deletes the oldest rows that the policy no longer keeps, at most `limit`; how many. Whatever is open or held stays, and with it what it
    /// needs.
    ///
    /// Of conversions' keys also those count that were looked at and have to stay.
    package func prune(
        _ table: PrunedTable, _ policy: RetentionPolicy, nowMs: Int64, limit: Int = 500
    ) throws(StoreError) -> Int {
        switch table {
        case .eventKeys: try pruneEventKeys(nowMs: nowMs, limit)
        case .deliveries: try pruneDeliveries(before: nowMs - policy.deliveriesKeptMs - dayOfGrace, limit)
        case .events: try pruneEvents(before: nowMs - policy.eventsMs - dayOfGrace, limit)
        case .outbox: try prune("outbox", before: nowMs - policy.eventsMs, "AND state IN ('done', 'dead')", limit).count
        case .sendAttempts:
            try prune(
                "send_attempts", before: nowMs - policy.eventsMs,
                "AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.id = outbox_id AND o.state IN ('open', 'held'))", limit
            ).count
        case .apiLogs: try prune("api_logs", before: nowMs - policy.apiLogsMs, "", limit).count
        case .metricFacts: try pruneFacts(policy, nowMs, limit)
        case .insightReads: try prune("insight_reads", before: nowMs - policy.factsMs, "", limit).count
        case .executions: try prune("rule_executions", before: nowMs - policy.executionsMs, Self.isNoActionUnderWay, limit).count
        case .leads: try pruneLeads(before: nowMs - policy.leadsMs, limit)
        case .engagements: try pruneEngagements(before: nowMs - policy.engagementsMs, limit)
        case .conversionTallies: try pruneTallies(before: nowMs - policy.conversionsMs, limit)
        case .conversionRepeats: try pruneRepeats(before: nowMs - policy.conversionsMs, limit)
        case .conversions: try pruneConversions(before: (nowMs - policy.conversionsMs) / 3_600_000 * 3_600_000, limit)
        case .ownEvents: try pruneOwnEvents(before: nowMs - policy.factsMs, limit)
        case .clickIDs: try pruneClicks(before: nowMs - policy.conversionsMs, limit)
        case .callbacks: try pruneCallbacks(before: nowMs - policy.factsMs, limit)
        }
    }

    /// On PostgreSQL whole days are dropped; row by row goes only what stood in the way of that.
    private var dayOfGrace: Int64 { isShared ? 2 * 86_400_000 : 0 }

    /// Of a table whose ids are times.
    private func prune(
        _ table: Statement, before cutoffMs: Int64, _ condition: Statement, _ limit: Int
    ) throws(StoreError) -> [Int64] {
        try run(
            """
            DELETE FROM \(table) WHERE id IN (SELECT id FROM \(table) WHERE id < \(Self.firstID(at: cutoffMs)) \(condition)
                ORDER BY id LIMIT \(limit)) RETURNING id
            """
        ).decoded { row throws(StoreError) in try row.int64("id") }
    }

    private static func firstID(at ms: Int64) -> Int64 { ms.multipliedReportingOverflow(by: 4096).overflow ? .min : ms * 4096 }

    /// Webhooks' keys by their age, conversions' by what became of them.
    private func pruneEventKeys(nowMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let cutoffMs = nowMs - Limits.eventKeysKeptMs
        let webhooks = try run(
            """
            DELETE FROM event_keys WHERE (workspace_id, dedupe_key) IN (
                SELECT workspace_id, dedupe_key FROM event_keys WHERE seen_at < \(cutoffMs) AND substr(dedupe_key, 1, 5) <> 'conv:'
                ORDER BY seen_at LIMIT \(limit))
            RETURNING event_id
            """
        ).count
        guard webhooks < limit else { return webhooks }
        return try webhooks + pruneConversionKeys(nowMs: nowMs, limit - webhooks)
    }

    /// Meta drops a second receipt for 48 hours after the first, of a physical shop for 7 days; what comes later is another event to it. A
    /// conversion that still waits keeps its key, however long; what was left out needs none for long: told again, it is left out again.
    ///
    /// Each call looks at the oldest keys, and no more than `limit` of them: what has to stay is put behind all that may go, by the time at
    /// which it is seen. How many it looked at.
    private func pruneConversionKeys(nowMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let soonMs = nowMs - Limits.conversionKeysKeptMs
        let moreMs = Limits.eventKeysKeptMs - Limits.conversionKeysKeptMs
        let oldest = try run(
            """
            SELECT k.workspace_id, k.dedupe_key, CASE COALESCE(c.state, '')
                    WHEN 'waiting' THEN \(soonMs + Self.waitingKeyRestMs)
                    WHEN 'forwarded' THEN COALESCE(c.forwarded_at, c.received_at)
                        + CASE c.action_source WHEN 'physical_store' THEN \(moreMs) ELSE 0 END
                    WHEN 'left_out' THEN CASE c.reason WHEN \(Self.erasedReason.text) THEN c.received_at + \(moreMs) ELSE k.seen_at END
                    WHEN '' THEN k.seen_at
                    ELSE COALESCE(c.quarantined_at, c.received_at) + \(moreMs) END AS seen_at
            FROM event_keys k LEFT JOIN conversion_events c ON c.event_id = k.event_id
            WHERE substr(k.dedupe_key, 1, 5) = 'conv:' AND k.seen_at < \(soonMs) ORDER BY k.seen_at LIMIT \(limit)
            """)
        for row in oldest {
            let (workspace, key, seenMs) = (try row.text("workspace_id"), try row.text("dedupe_key"), try row.int64("seen_at"))
            if seenMs < soonMs {
                try later("DELETE FROM event_keys WHERE workspace_id = \(workspace) AND dedupe_key = \(key)")
            } else {
                try later(
                    "UPDATE event_keys SET seen_at = \(seenMs) WHERE workspace_id = \(workspace) AND dedupe_key = \(key)")
            }
        }
        return oldest.count
    }

    /// A key of what waits is looked at again after this.
    private static let waitingKeyRestMs: Int64 = 6 * 3_600_000

    /// The newest delivery stays whatever its age: the next one's place is counted from it.
    private func pruneDeliveries(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let end = try firstYoung("deliveries", "seq", "received_at", cutoffMs)
        let seqs = try run(
            """
            SELECT seq FROM deliveries d WHERE seq < \(end) AND seq < (SELECT MAX(seq) FROM deliveries) AND received_at < \(cutoffMs)
                AND decoded = 1 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id >= d.seq * 262144 AND j.id < (d.seq + 1) * 262144
                    AND j.state IN ('open', 'held'))
                AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event_id >= d.seq * 4096 AND o.event_id < (d.seq + 1) * 4096
                    AND o.state IN ('open', 'held'))
            ORDER BY seq LIMIT \(limit)
            """
        ).decoded { row throws(StoreError) in try row.int64("seq") }
        for seq in seqs {
            try run("DELETE FROM deliveries WHERE seq = \(seq)")
            let (first, end) = (Self.eventID(seq: seq, position: 0), Self.eventID(seq: seq + 1, position: 0))
            try run("DELETE FROM person_keys WHERE kind = 'delivery' AND row_id >= \(first) AND row_id < \(end)")
        }
        return seqs.count
    }

    private func pruneEvents(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let end = try firstYoung("events", "id", "received_at", cutoffMs)
        let ids = try run(
            """
            SELECT e.id FROM events e WHERE e.id < \(end) AND e.received_at < \(cutoffMs) AND \(Self.isFinished("e.id"))
            ORDER BY e.id LIMIT \(limit)
            """
        ).decoded { row throws(StoreError) in try row.int64("id") }
        for id in ids {
            try run("DELETE FROM jobs WHERE id >= \(id * 64) AND id < \(id * 64 + 64)")
            try run("DELETE FROM event_refs WHERE event_id = \(id)")
            try run("DELETE FROM events WHERE id = \(id)")
        }
        return ids.count
    }

    private func pruneLeads(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let ids = try run(
            """
            DELETE FROM leads WHERE id IN (SELECT l.id FROM leads l WHERE l.fetched_at < \(cutoffMs) AND \(Self.isFinished("l.id"))
                ORDER BY l.fetched_at LIMIT \(limit)) RETURNING id
            """
        ).decoded { row throws(StoreError) in try row.int64("id") }
        try forgetPeople(.lead, rowIDs: ids)
        return ids.count
    }

    private func pruneEngagements(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let ids = try prune(
            "social_engagements", before: cutoffMs, "AND \(Self.isFinished("social_engagements.event_id"))", limit)
        try forgetPeople(.engagement, rowIDs: ids)
        return ids.count
    }

    /// Whole hours only, with the tallies of which `pruneTallies` has begun. What was told again goes with what it repeats: by itself it
    /// accounts for nothing.
    private func pruneConversions(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let end = try firstYoung("conversion_events", "event_id", "received_at", cutoffMs)
        let ids = try run(
            """
            DELETE FROM conversion_events WHERE event_id IN (SELECT c.event_id FROM conversion_events c WHERE c.event_id < \(end)
                AND c.received_at < \(cutoffMs) AND \(Self.isFinished("c.event_id")) ORDER BY c.event_id LIMIT \(limit)) RETURNING event_id
            """
        ).decoded { row throws(StoreError) in try row.int64("event_id") }
        try run("DELETE FROM conversion_repeats WHERE first_event_id IN (\(list: ids))")
        try forgetPeople(.conversion, rowIDs: ids)
        return ids.count
    }

    /// With the hour in which the first conversions go.
    private func pruneTallies(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        try run(
            """
            DELETE FROM conversion_tallies WHERE (workspace_id, source, dataset, event_name, hour, figure) IN (
                SELECT workspace_id, source, dataset, event_name, hour, figure FROM conversion_tallies
                WHERE hour <= \(cutoffMs / 3_600_000) ORDER BY hour LIMIT \(limit))
            RETURNING hour
            """
        ).count
    }

    private func pruneRepeats(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let end = try firstYoung("conversion_repeats", "event_id", "received_at", cutoffMs)
        return try run(
            """
            DELETE FROM conversion_repeats WHERE event_id IN (
                SELECT event_id FROM conversion_repeats WHERE event_id < \(end) ORDER BY event_id LIMIT \(limit))
            RETURNING event_id
            """
        ).count
    }

    /// Versions that a later one replaced are kept as long as the evaluations that may have seen them, the newest as long as facts are.
    private func pruneFacts(_ policy: RetentionPolicy, _ nowMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        let replaced = try run(
            """
            DELETE FROM metric_facts WHERE id IN (SELECT id FROM metric_facts WHERE superseded_at < \(nowMs - policy.executionsMs)
                ORDER BY superseded_at LIMIT \(limit)) RETURNING id
            """
        ).count
        guard replaced < limit else { return replaced }
        return try replaced + prune("metric_facts", before: nowMs - policy.factsMs, "", limit - replaced).count
    }

    private func pruneOwnEvents(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        try run(
            """
            DELETE FROM own_events WHERE (workspace_id, metric, level, entity_id, at, event_id) IN (
                SELECT workspace_id, metric, level, entity_id, at, event_id FROM own_events WHERE at < \(cutoffMs) ORDER BY at LIMIT \(limit))
            RETURNING event_id
            """
        ).count
    }

    private func pruneClicks(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        try run(
            """
            DELETE FROM click_ids WHERE (workspace_id, click_digest) IN (
                SELECT workspace_id, click_digest FROM click_ids WHERE seen_at < \(cutoffMs) ORDER BY seen_at LIMIT \(limit))
            RETURNING seen_at
            """
        ).count
    }

    /// Few rows, and each holds a code that somebody may still ask with.
    private func pruneCallbacks(before cutoffMs: Int64, _ limit: Int) throws(StoreError) -> Int {
        try run(
            """
            DELETE FROM callbacks WHERE code IN (SELECT code FROM callbacks WHERE state = 'done' AND done_at < \(cutoffMs) LIMIT \(limit))
            RETURNING code
            """
        ).count
    }

    /// Nothing of the event is still to be done.
    private static func isFinished(_ eventID: Statement) -> Statement {
        """
        NOT EXISTS (SELECT 1 FROM jobs j WHERE j.id >= \(eventID) * 64 AND j.id < \(eventID) * 64 + 64 AND j.state IN ('open', 'held'))
            AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.event_id = \(eventID) AND o.state IN ('open', 'held'))
        """
    }

    private static let isNoActionUnderWay: Statement = """
        AND id NOT IN (SELECT a.execution_id FROM outbox o JOIN action_history a ON a.id = o.action_id WHERE o.state IN ('open', 'held'))
        """

    /// The first id that is not older than `cutoffMs`, of a table whose ids rise with a time; beyond the last when all are older.
    func firstYoung(
        _ table: Statement, _ id: Statement, _ time: Statement, _ cutoffMs: Int64
    ) throws(StoreError) -> Int64 {
        // One statement with both would read the whole table.
        let ends = try run("SELECT (SELECT MIN(\(id)) FROM \(table)) AS low, (SELECT MAX(\(id)) FROM \(table)) AS high")[0]
        guard var low = try ends.int64OrNil("low"), var high = try ends.int64OrNil("high").map({ $0 + 1 }) else { return .min }
        while low < high {
            let middle = low + (high - low) / 2
            let row = try run(
                "SELECT \(id) AS id, \(time) AS time FROM \(table) WHERE \(id) >= \(middle) ORDER BY \(id) LIMIT 1")[0]
            if try row.int64("time") < cutoffMs { low = try row.int64("id") + 1 } else { high = middle }
        }
        return low
    }
}
