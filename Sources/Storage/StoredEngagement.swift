package import Core

/// One state of a comment, reaction, mention or post as stored.
package struct StoredEngagement: Sendable, Equatable {
    package let id: Int64
    package let eventID: Int64
    package let workspace: String
    /// Without author, text and link when they were erased or do not open any more.
    package let engagement: Engagement
    /// The same for all that one person wrote; nil when erased, or when nobody is named.
    package let authorDigest: String?
    /// When it was stored.
    package let entryAtMs: Int64
    package let erasedAtMs: Int64?

    /// `sealed`: what was sealed, opened.
    init(_ row: Row, sealed: JSON?) throws(StoreError) {
        id = try row.int64("id")
        eventID = try row.int64("event_id")
        workspace = try row.text("workspace_id")
        authorDigest = try row.textOrNil("author_digest")
        entryAtMs = try row.int64("entry_at")
        erasedAtMs = try row.int64OrNil("erased_at")
        engagement = Engagement(
            platform: try row.choice("platform", SocialPlatform.self), kind: try row.choice("kind", EngagementKind.self),
            targetID: try row.text("target_id"), postID: try row.textOrNil("post_id"), parentID: try row.textOrNil("parent_id"),
            pageID: try row.text("page_id"), verb: try row.text("verb"), occurredAtMs: try row.int64("occurred_at"),
            isOwn: try row.bool("is_own"), authorID: sealed?["author_id"]?.text, authorName: sealed?["author_name"]?.text,
            text: sealed?["text"]?.text, link: sealed?["link"]?.text, adIDs: try row.texts("ads").sorted())
    }
}

extension Engagement {
    /// What is sealed of an engagement: who wrote it, and what.
    var sealed: [UInt8] {
        let members = [("author_id", authorID), ("author_name", authorName), ("text", text), ("link", link)]
        return JSON.object(
            JSONObject(members.compactMap { key, value in value.map { JSONObject.Member(key: key, value: .string($0)) } })
        ).bytes()
    }
}
