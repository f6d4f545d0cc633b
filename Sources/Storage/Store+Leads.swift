package import Core

/// Which leads to list; nil: all.
package struct LeadFilter: Sendable, Equatable {
    package var workspace: String?
    package var formID: String?
    package var adID: String?
    package var state: LeadState?
    /// When it was read.
    package var sinceMs: Int64?

    package init() {}
}

extension Transaction {
    /// Stores a lead as it was read; the id of its row, which is that of the event it was first read for.
    ///
    /// A lead is one row per workspace, and the newest reading wins. An erased lead stays erased. `people` are the canonical texts by which
    /// whoever wrote it can be found (`em:<sha256>`); the lead's own id is always one of them.
    @discardableResult
    package func storeLead(
        _ lead: Lead, accountID: String? = nil, people: [String] = [], workspace: String, eventID: Int64, nowMs: Int64
    ) throws(StoreError) -> Int64 {
        let known = try run("SELECT id, erased_at FROM leads WHERE workspace_id = \(workspace) AND lead_id = \(lead.leadID)")
            .first
        let id = try known?.int64("id") ?? eventID
        guard try known?.int64OrNil("erased_at") == nil else { return id }
        let answers = try seal(lead.answers, table: "leads", column: "answers", row: id, workspace: workspace)
        let account: Statement = """
            COALESCE(\(accountID), (SELECT account_id FROM entities WHERE workspace_id = \(workspace) AND level = 'ad'
                AND entity_id = \(lead.ad?.id) AND account_id <> ''))
            """
        try run(
            """
            INSERT INTO leads (id, workspace_id, lead_id, form_id, page_id, ad_id, adset_id, campaign_id, account_id, platform, is_organic,
                is_test, created_at, fetched_at, answers)
            VALUES (\(id), \(workspace), \(lead.leadID), \(lead.form?.id), \(lead.page?.id), \(lead.ad?.id), \(lead.adset?.id),
                \(lead.campaign?.id), \(account), \(lead.platform), \(lead.isOrganic), \(lead.isTest), \(lead.createdAtMs), \(nowMs), \(answers))
            ON CONFLICT (workspace_id, lead_id) DO UPDATE SET form_id = excluded.form_id, page_id = excluded.page_id, ad_id = excluded.ad_id,
                adset_id = excluded.adset_id, campaign_id = excluded.campaign_id, account_id = COALESCE(excluded.account_id, leads.account_id),
                platform = excluded.platform, is_organic = excluded.is_organic, is_test = excluded.is_test, created_at = excluded.created_at,
                fetched_at = excluded.fetched_at, answers = excluded.answers
            """)
        let people = people + ["lead:\(lead.leadID)"]
        try remember(people, .lead, rowID: id, workspace: workspace, eventID: id)
        if id != eventID { try rememberPeople(people, workspace: workspace, eventID: eventID) }
        return id
    }

    /// By Meta's id.
    package func lead(workspace: String, leadID: String) throws(StoreError) -> StoredLead? {
        try run("\(Self.leadListing) WHERE l.workspace_id = \(workspace) AND l.lead_id = \(leadID)").first
            .map { row throws(StoreError) in try lead(row) }
    }

    /// By the id of the event that it was first read for.
    package func lead(_ id: Int64) throws(StoreError) -> StoredLead? {
        try run("\(Self.leadListing) WHERE l.id = \(id)").first.map { row throws(StoreError) in try lead(row) }
    }

    /// Newest first.
    package func leads(_ filter: LeadFilter, limit: Int, before: Int64? = nil) throws(StoreError) -> [StoredLead] {
        let state: Statement = filter.state.map { "WHERE lead_state = \($0.rawValue)" } ?? ""
        return try run(
            """
            SELECT * FROM (\(Self.leadListing) WHERE l.id < \(before ?? .max) \(Self.condition(filter))) listed \(state)
            ORDER BY id DESC LIMIT \(limit)
            """
        ).decoded { row throws(StoreError) in try lead(row) }
    }

    private func lead(_ row: Row) throws(StoreError) -> StoredLead {
        let (id, workspace) = (try row.int64("id"), try row.text("workspace_id"))
        return try StoredLead(
            row, answers: try opened(row.bytesOrNil("answers"), table: "leads", column: "answers", row: id, workspace: workspace))
    }

    /// Nil where there is nothing, and where it does not open any more: one such row hinders no list.
    func opened(
        _ sealed: [UInt8]?, table: StaticString, column: StaticString, row: Int64, workspace: String
    ) throws(StoreError) -> [UInt8]? {
        guard let sealed else { return nil }
        do throws(StoreError) {
            return try open(sealed, table: table, column: column, row: row, workspace: workspace)
        } catch .sealed {
            return nil
        }
    }

    private static let itsMessages: Statement = "FROM outbox o WHERE o.event_id = l.id AND o.kind = 'lead'"

    private static let leadListing: Statement = """
        SELECT l.*, CASE
                WHEN l.erased_at IS NOT NULL THEN 'erased'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'dead') THEN 'dead'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'held') THEN 'held'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'open') THEN 'open'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'done') THEN 'forwarded'
                ELSE 'stored' END AS lead_state,
            (SELECT o.reason \(itsMessages) AND o.reason IS NOT NULL
                ORDER BY CASE o.state WHEN 'dead' THEN 0 WHEN 'held' THEN 1 WHEN 'open' THEN 2 ELSE 3 END, o.id LIMIT 1) AS lead_reason
        FROM leads l
        """

    private static func condition(_ filter: LeadFilter) -> Statement {
        var condition: Statement = ""
        if let workspace = filter.workspace { condition = condition + " AND l.workspace_id = \(workspace)" }
        if let formID = filter.formID { condition = condition + " AND l.form_id = \(formID)" }
        if let adID = filter.adID { condition = condition + " AND l.ad_id = \(adID)" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND l.fetched_at >= \(sinceMs)" }
        return condition
    }
}
