package import Core

/// Which engagement to list; nil: all.
package struct EngagementFilter: Sendable, Equatable {
    package var workspace: String?
    package var postID: String?
    package var adID: String?
    package var kind: EngagementKind?
    /// When it was stored.
    package var sinceMs: Int64?

    package init() {}
}

extension Transaction {
    /// Adds one state to the history of its target. False: the state that this event told is there already, or its author had it erased
    /// while it waited.
    package func storeEngagement(
        _ engagement: Engagement, workspace: String, eventID: Int64, nowMs: Int64
    ) throws(StoreError) -> Bool {
        let id = try nextID(nowMs)
        let author = engagement.authorID.map { "user:\($0)" }
        if let author, !engagement.isOwn, try wasErased(author, eventID: eventID) { return false }
        let digest = try author.map { text throws(StoreError) in try conceal(text) }
        let ads = JSON.array(Set(engagement.adIDs).sorted().map(JSON.string)).encoded()
        let sealed = try seal(engagement.sealed, table: "social_engagements", column: "sealed", row: id, workspace: workspace)
        let rows = try run(
            """
            INSERT INTO social_engagements (id, workspace_id, event_id, platform, kind, target_id, post_id, parent_id, page_id, author_digest,
                verb, occurred_at, entry_at, ads, is_own, sealed)
            VALUES (\(id), \(workspace), \(eventID), \(engagement.platform.rawValue), \(engagement.kind.rawValue), \(engagement.targetID),
                \(engagement.postID), \(engagement.parentID), \(engagement.pageID), \(digest), \(engagement.verb),
                \(engagement.occurredAtMs), \(nowMs), \(ads), \(engagement.isOwn), \(sealed))
            ON CONFLICT (workspace_id, event_id) DO NOTHING RETURNING id
            """)
        guard !rows.isEmpty else { return false }
        if let author { try remember([author], .engagement, rowID: id, workspace: workspace, eventID: eventID) }
        return true
    }

    /// The history of a comment, post or media, the oldest state first.
    package func engagements(of targetID: String, workspace: String) throws(StoreError) -> [StoredEngagement] {
        try run("SELECT * FROM social_engagements WHERE workspace_id = \(workspace) AND target_id = \(targetID) ORDER BY id")
            .decoded { row throws(StoreError) in try engagement(row) }
    }

    /// The state that an event told.
    package func engagement(eventID: Int64, workspace: String) throws(StoreError) -> StoredEngagement? {
        try run("SELECT * FROM social_engagements WHERE workspace_id = \(workspace) AND event_id = \(eventID)").first
            .map { row throws(StoreError) in try engagement(row) }
    }

    /// Newest first.
    package func engagements(
        _ filter: EngagementFilter, limit: Int, before: Int64? = nil
    ) throws(StoreError) -> [StoredEngagement] {
        var condition: Statement = "id < \(before ?? .max)"
        if let workspace = filter.workspace { condition = condition + " AND workspace_id = \(workspace)" }
        if let postID = filter.postID { condition = condition + " AND post_id = \(postID)" }
        if let kind = filter.kind { condition = condition + " AND kind = \(kind.rawValue)" }
        if let adID = filter.adID { condition = condition + " AND ads LIKE \("%\"\(adID)\"%")" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND entry_at >= \(sinceMs)" }
        return try run("SELECT * FROM social_engagements WHERE \(condition) ORDER BY id DESC LIMIT \(limit)")
            .decoded { row throws(StoreError) in try engagement(row) }
    }

    private func engagement(_ row: Row) throws(StoreError) -> StoredEngagement {
        let sealed = try opened(
            row.bytesOrNil("sealed"), table: "social_engagements", column: "sealed", row: row.int64("id"),
            workspace: row.text("workspace_id"))
        return try StoredEngagement(row, sealed: sealed.flatMap { JSON.sealed($0) })
    }
}
