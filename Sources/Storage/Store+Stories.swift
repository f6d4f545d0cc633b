package import Core

extension Transaction {
    /// The ads whose creative shows one of these posts or media, by ad id.
    package func ads(backing ids: [String], workspace: String) throws(StoreError) -> [ResolvedAd] {
        try run(Self.backing(ids, workspace: workspace)).decoded { row throws(StoreError) in try ResolvedAd(row) }
    }

    /// Only ads have these columns. Package, so that a test can ask the engine how it would run it.
    package static func backing(_ ids: [String], workspace: String) -> Statement {
        func matching(_ column: Statement) -> Statement {
            "SELECT entity_id FROM entities WHERE workspace_id = \(workspace) AND \(column) IN (\(list: ids))"
        }
        return """
            SELECT entity_id, adset_id, campaign_id, account_id FROM entities WHERE workspace_id = \(workspace) AND level = 'ad' AND entity_id IN (
                \(matching("story_id")) UNION \(matching("media_id")) UNION \(matching("source_media_id")))
            ORDER BY entity_id
            """
    }

    /// What is known above an ad; nil: the ad itself is not known yet.
    package func resolvedAd(_ adID: String, workspace: String) throws(StoreError) -> ResolvedAd? {
        try run(
            """
            SELECT entity_id, adset_id, campaign_id, account_id FROM entities
            WHERE workspace_id = \(workspace) AND level = 'ad' AND entity_id = \(adID)
            """
        ).first.map { row throws(StoreError) in try ResolvedAd(row) }
    }

    /// Notes which post and media each ad shows; an ad that is not known yet is stored with its name and status.
    ///
    /// A long read is stored in parts, so that no other write waits for it: only the last is `isComplete`.
    package func storeAdStories(
        _ stories: [AdStory], workspace: String, accountID: String, readAtMs: Int64, isComplete: Bool = true
    ) throws(StoreError) {
        for story in stories { try store(story, workspace, accountID, readAtMs) }
        guard isComplete else { return }
        try run(
            """
            INSERT INTO story_reads (workspace_id, account_id, read_at, ads)
            VALUES (\(workspace), \(accountID), \(readAtMs),
                (SELECT COUNT(*) FROM entities WHERE workspace_id = \(workspace) AND level = 'ad' AND account_id = \(accountID)))
            ON CONFLICT (workspace_id, account_id) DO UPDATE SET read_at = excluded.read_at, ads = excluded.ads
            """)
    }

    private func store(_ story: AdStory, _ workspace: String, _ accountID: String, _ readAtMs: Int64) throws(StoreError) {
        try run(
            """
            INSERT INTO entities (workspace_id, level, entity_id, account_id, campaign_id, adset_id, name, status, effective_status, fetched_at,
                creative_id, story_id, media_id, source_media_id)
            VALUES (\(workspace), 'ad', \(story.adID), \(accountID), \(story.campaignID), \(story.adsetID), \(story.name), \(story.status),
                \(story.effectiveStatus), \(readAtMs), \(story.creativeID), \(story.storyID), \(story.mediaID), \(story.sourceMediaID))
            ON CONFLICT (workspace_id, level, entity_id) DO UPDATE SET creative_id = excluded.creative_id, story_id = excluded.story_id,
                media_id = excluded.media_id, source_media_id = excluded.source_media_id,
                adset_id = COALESCE(entities.adset_id, excluded.adset_id),
                campaign_id = COALESCE(entities.campaign_id, excluded.campaign_id)
            """)
    }

    /// When the ads of each account were last read for the index.
    package func storyReadAt(workspace: String) throws(StoreError) -> [String: Int64] {
        var times: [String: Int64] = [:]
        for row in try run("SELECT account_id, read_at FROM story_reads WHERE workspace_id = \(workspace)") {
            times[try row.text("account_id")] = try row.int64("read_at")
        }
        return times
    }
}

extension ResolvedAd {
    init(_ row: Row) throws(StoreError) {
        let accountID = try row.text("account_id")
        self.init(
            adID: try row.text("entity_id"), adsetID: try row.textOrNil("adset_id"), campaignID: try row.textOrNil("campaign_id"),
            accountID: accountID.isEmpty ? nil : accountID)
    }
}
