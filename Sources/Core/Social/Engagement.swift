/// One state of a comment, reaction, mention or post, as a notification told it.
///
/// States of one target are kept in the order of storing and are its history.
package struct Engagement: Sendable, Equatable {
    package let platform: SocialPlatform
    package let kind: EngagementKind
    /// The comment, else the post or media.
    package let targetID: String
    package let postID: String?
    /// The comment or post that it answers.
    package let parentID: String?
    /// The Page or Instagram account that owns the post.
    package let pageID: String
    /// `add`, `edited`, `hide`, `unhide`, `remove`, …; as received, lower-case.
    package let verb: String
    package let occurredAtMs: Int64
    /// Written by the Page itself, our own replies among them.
    package let isOwn: Bool
    /// Sealed at rest, like all that follows. Nil where the notification does not say.
    package let authorID: String?
    package let authorName: String?
    package let text: String?
    /// Of a photo or video in the comment.
    package let link: String?
    /// The ads behind the post or media.
    package let adIDs: [String]

    package init(
        platform: SocialPlatform, kind: EngagementKind, targetID: String, postID: String?, parentID: String?, pageID: String,
        verb: String, occurredAtMs: Int64, isOwn: Bool, authorID: String?, authorName: String?, text: String?, link: String?,
        adIDs: [String]
    ) {
        self.platform = platform
        self.kind = kind
        self.targetID = targetID
        self.postID = postID
        self.parentID = parentID
        self.pageID = pageID
        self.verb = verb
        self.occurredAtMs = occurredAtMs
        self.isOwn = isOwn
        self.authorID = authorID
        self.authorName = authorName
        self.text = text
        self.link = link
        self.adIDs = adIDs
    }
}

package enum SocialPlatform: String, Sendable, CaseIterable {
    case facebook, instagram
}

/// What a notification is about.
package enum EngagementKind: String, Sendable, CaseIterable {
    case comment, reaction, mention, post
    /// A comment while a broadcast runs.
    case liveComment = "live_comment"
    /// A share, a rating, and whatever else Meta reports on a post.
    case other
}
