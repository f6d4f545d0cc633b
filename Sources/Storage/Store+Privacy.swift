package import Core
import Signing

/// What was emptied.
package struct EraseReport: Sendable, Equatable {
    package var leads = 0
    package var engagements = 0
    package var conversions = 0
    /// Raw deliveries, wholly or in part.
    package var deliveries = 0
    /// Messages that are not sent any more.
    package var messages = 0
    /// Leads that will not be read any more.
    package var jobs = 0
    /// False: there is more, call again.
    package var isComplete = true

    package init() {}

    /// Rows without messages: what a person may be told.
    package var total: Int { leads + engagements + conversions + deliveries }

    package static func + (a: EraseReport, b: EraseReport) -> EraseReport {
        var sum = b
        sum.leads += a.leads
        sum.engagements += a.engagements
        sum.conversions += a.conversions
        sum.deliveries += a.deliveries
        sum.messages += a.messages
        sum.jobs += a.jobs
        return sum
    }
}

extension Transaction {
    /// Why an erased row is empty and an erased message is not sent.
    package static let erasedReason = Reason("erased", "A person asked for it to be erased.")

    /// Empties all that these people left, in one workspace or in all; ids, kinds and times stay. A second time finds nothing.
    ///
    /// `people` are canonical texts, as they were stored with: `em:<sha256>`, `user:<id>`, `lead:<id>`. At most `limit` rows per call.
    package func erase(
        people: [String], workspace: String? = nil, nowMs: Int64, limit: Int = 500
    ) throws(StoreError) -> EraseReport {
        var keys: [String] = []
        for person in people { keys.append(try conceal(person)) }
        return try erase(keys: keys, workspace, nowMs, limit)
    }

    /// By Meta's id of the lead; also one that waits to be read.
    package func eraseLead(_ leadID: String, workspace: String? = nil, nowMs: Int64) throws(StoreError) -> EraseReport {
        var report = try erase(people: ["lead:\(leadID)"], workspace: workspace, nowMs: nowMs)
        report.jobs = try cancelJobs(ofLead: leadID, workspace, nowMs)
        return report
    }

    /// Ends what waits to read the lead: nothing of it would be found here, and all of it would come.
    private func cancelJobs(ofLead leadID: String, _ workspace: String?, _ nowMs: Int64) throws(StoreError) -> Int {
        let only: Statement = workspace.map { "AND workspace_id = \($0)" } ?? ""
        let ended = try run(
            """
            UPDATE jobs SET state = 'done', reason = \(Self.erasedReason.text), owner = NULL, gate = NULL
            WHERE state IN ('open', 'held', 'dead') AND order_key LIKE \("%|lead:\(leadID)") \(only) RETURNING order_key
            """)
        for row in ended { try wakeNext(.jobs, [try row.text("order_key")], nowMs) }
        return ended.count
    }

    /// The person of a `Callback`, in all workspaces.
    package func erase(userDigest: String, nowMs: Int64, limit: Int = 500) throws(StoreError) -> EraseReport {
        try erase(keys: [userDigest], nil, nowMs, limit)
    }

    private func erase(keys: [String], _ workspace: String?, _ nowMs: Int64, _ limit: Int) throws(StoreError) -> EraseReport {
        let only: Statement = workspace.map { "AND workspace_id = \($0)" } ?? ""
        let rows = try run(
            """
            SELECT DISTINCT kind, row_id, event_id FROM person_keys WHERE key IN (\(list: keys)) \(only) ORDER BY event_id, kind, row_id
            LIMIT \(limit)
            """)
        var report = EraseReport()
        for kind in PersonKind.allCases {
            var ids: [Int64] = []
            for row in rows where try row.text("kind") == kind.rawValue { ids.append(try row.int64("row_id")) }
            try empty(kind, ids, nowMs, &report)
            try forgetPeople(kind, rowIDs: ids)
        }
        let events = Set(try rows.decoded { row throws(StoreError) in try row.int64("event_id") })
        report.messages = try cancelMessages(of: events, nowMs)
        report.deliveries = try emptyDeliveries(of: events)
        report.isComplete = rows.count < limit
        return report
    }

    /// Whether the person had the event erased while it waited: its bytes are emptied, and it is no longer found under their name.
    func wasErased(_ person: String, eventID: Int64) throws(StoreError) -> Bool {
        let erased = try run(
            "SELECT 1 AS one FROM deliveries WHERE seq = \(eventID / 4096) AND reason = \(Self.erasedReason.text)")
        guard !erased.isEmpty else { return false }
        return try run(
            "SELECT 1 AS one FROM person_keys WHERE key = \(try conceal(person)) AND kind = 'delivery' AND row_id = \(eventID)"
        ).isEmpty
    }

    private func empty(_ kind: PersonKind, _ ids: [Int64], _ nowMs: Int64, _ report: inout EraseReport) throws(StoreError) {
        switch kind {
        case .lead:
            report.leads = try run(
                """
                UPDATE leads SET answers = NULL, erased_at = \(nowMs) WHERE id IN (\(list: ids)) AND erased_at IS NULL RETURNING id
                """
            ).count
        case .engagement:
            report.engagements = try run(
                """
                UPDATE social_engagements SET sealed = NULL, author_digest = NULL, erased_at = \(nowMs)
                WHERE id IN (\(list: ids)) AND erased_at IS NULL RETURNING id
                """
            ).count
        case .conversion:
            report.conversions = try run(
                """
                UPDATE conversion_events SET state = CASE WHEN state IN ('waiting', 'quarantined', 'refused') THEN 'left_out' ELSE state END,
                    reason = \(Self.erasedReason.text) WHERE event_id IN (\(list: ids)) RETURNING event_id
                """
            ).count
        case .delivery: return
        }
    }

    /// Ends what would send the erased, and empties what was answered to it. A send under way finds that it has lost its lease.
    private func cancelMessages(of events: Set<Int64>, _ nowMs: Int64) throws(StoreError) -> Int {
        var count = 0
        for event in events.sorted() {
            try run("UPDATE send_attempts SET answer = NULL WHERE outbox_id IN (SELECT id FROM outbox WHERE event_id = \(event))")
            let ended = try run(
                """
                UPDATE outbox SET state = 'done', reason = \(Self.erasedReason.text), done_at = \(nowMs), owner = NULL, gate = NULL
                WHERE event_id = \(event) AND state IN ('open', 'held', 'dead') AND kind IN ('lead', 'conversion', 'moderate', 'forward')
                RETURNING order_key
                """)
            for row in ended {
                if let orderKey = try row.textOrNil("order_key") { try wakeNext(.outbox, [orderKey], nowMs) }
            }
            count += ended.count
        }
        return count
    }

    private func emptyDeliveries(of events: Set<Int64>) throws(StoreError) -> Int {
        var count = 0
        for (seq, ofDelivery) in Dictionary(grouping: events, by: { $0 / 4096 }).sorted(by: { $0.key < $1.key }) {
            guard let delivery = try delivery(seq), delivery.decoded, !delivery.isErased else { continue }
            try empty(delivery, of: Set(ofDelivery))
            count += 1
        }
        return count
    }

    /// While others of the delivery are still to be worked on, only what is erased is taken out of it.
    private func empty(_ delivery: StoredDelivery, of events: Set<Int64>) throws(StoreError) {
        let seq = delivery.seq
        var rest: CapturedRequest?
        if let request = delivery.request, try isNeeded(seq, besides: events) {
            rest = Redaction.redact(request, kind: delivery.kind, positions: Set(events.map { Int($0 % 4096) }))
        }
        let blob = try seal(rest?.encode() ?? [], table: "deliveries", column: "blob", row: seq, workspace: "")
        try run("UPDATE deliveries SET blob = \(blob), reason = \(Self.erasedReason.text) WHERE seq = \(seq)")
    }

    /// By work that is still to be done, or by a conversion in quarantine, which is mended from these bytes.
    private func isNeeded(_ seq: Int64, besides events: Set<Int64>) throws(StoreError) -> Bool {
        let (first, end) = (Self.eventID(seq: seq, position: 0), Self.eventID(seq: seq + 1, position: 0))
        let rows = try run(
            """
            SELECT event_id FROM jobs WHERE id >= \(first * 64) AND id < \(end * 64) AND state <> 'done'
            UNION SELECT event_id FROM outbox WHERE event_id >= \(first) AND event_id < \(end) AND state <> 'done'
            UNION SELECT event_id FROM conversion_events WHERE event_id >= \(first) AND event_id < \(end)
                AND state IN ('quarantined', 'refused')
            """)
        let ids = try rows.decoded { row throws(StoreError) in try row.int64("event_id") }
        return !events.isSuperset(of: ids)
    }
}
