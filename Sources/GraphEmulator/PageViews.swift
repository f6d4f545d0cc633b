/// A lead as it stands now; nobody's answers are in it.
package struct LeadView: Sendable, Equatable {
    package let id: String
    package let form: String
    package let page: String
    package let ad: String?
    package let isTest: Bool
    package let isDeleted: Bool
    /// How often it was asked for, readable or not.
    package let reads: Int
    /// How many more reads are answered as if it weren't there.
    package let unreadableReads: Int

    init(_ lead: Lead) {
        id = lead.id
        form = lead.form
        page = lead.page
        ad = lead.ad
        isTest = lead.isTest
        isDeleted = lead.isDeleted
        reads = lead.reads
        unreadableReads = Int(lead.unreadableReads)
    }

    var value: Value {
        [
            "id": .string(id), "form": .string(form), "page": .string(page), "ad": .optional(ad), "test": .bool(isTest),
            "deleted": .bool(isDeleted), "reads": .integer(reads), "unreadable_for": .integer(unreadableReads),
        ]
    }
}

/// A comment as it stands now.
package struct CommentView: Sendable, Equatable {
    package let id: String
    package let page: String
    package let isInstagram: Bool
    /// The post or the media that it hangs on.
    package let post: String
    package let parent: String?
    /// Whether the Page wrote it.
    package let isOwn: Bool
    package let isHidden: Bool
    package let isDeleted: Bool
    /// How often it was hidden or shown again through the API.
    package let hideCalls: Int
    /// Comments that answer it and are still there.
    package let replies: [String]
    /// Texts that went to its author in private.
    package let privateReplies: [String]
    package let privateRepliesRefused: Int
    package let message: String

    init(_ comment: Comment, in pages: PageTree) {
        id = comment.id
        page = comment.page
        isInstagram = comment.network == .instagram
        post = comment.post
        parent = comment.parent
        isOwn = comment.isOwn
        isHidden = comment.isHidden
        isDeleted = comment.isDeleted
        hideCalls = comment.hideCalls
        replies = comment.replies.filter { pages.comments[$0]?.isDeleted == false }
        privateReplies = comment.privateReplies
        privateRepliesRefused = comment.privateRepliesRefused
        message = comment.message
    }

    /// Texts stand in it as their digests.
    var value: Value {
        let digest = { (text: String) in Value.string(Digests.hex(Digests.sha256(Array(text.utf8)))) }
        return [
            "id": .string(id), "page": .string(page), "network": isInstagram ? "instagram" : "facebook",
            "post": .string(post), "parent": .optional(parent), "own": .bool(isOwn), "hidden": .bool(isHidden),
            "deleted": .bool(isDeleted), "hide_calls": .integer(hideCalls), "replies": .array(replies.map(Value.string)),
            "private_replies": .integer(privateReplies.count), "private_replies_refused": .integer(privateRepliesRefused),
            "text_sha256": digest(message), "private_text_sha256": privateReplies.first.map(digest) ?? .null,
        ]
    }
}
