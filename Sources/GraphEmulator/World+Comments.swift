extension World {
    func node(_ comment: Comment, _ nowMs: Int64) -> PageNode {
        comment.network == .facebook ? facebook(comment, nowMs) : instagram(comment)
    }

    private func facebook(_ comment: Comment, _ nowMs: Int64) -> PageNode {
        let replies = comment.replies.count { pages.comments[$0]?.isDeleted == false }
        return PageNode(
            type: "Comment", id: comment.id, known: PostFields.comment, defaults: ["created_time", "from", "message", "id"],
            values: [
                "message": .string(comment.message), "created_time": time(comment.createdMs), "from": comment.from,
                "is_hidden": .bool(comment.isHidden), "can_hide": .bool(comment.canHide), "can_remove": true,
                "can_comment": true, "can_like": true,
                "can_reply_privately": .bool(comment.takesPrivateReply(nowMs: nowMs)), "comment_count": .integer(replies),
                "like_count": 0, "parent": comment.parent.map { ["id": .string($0)] },
                "object": ["id": .string(comment.post)], "is_private": false, "user_likes": false,
                "permalink_url": .string("https://www.facebook.com/\(comment.post)?comment_id=\(comment.id)"),
            ])
    }

    private func instagram(_ comment: Comment) -> PageNode {
        let kind = pages.posts[comment.post]?.fields["media_product_type"] ?? "FEED"
        return PageNode(
            type: "IGComment", id: comment.id, known: PostFields.instagramComment, defaults: ["timestamp", "text", "id"],
            values: [
                "text": .string(comment.message), "hidden": .bool(comment.isHidden), "from": comment.from,
                "username": comment.from?["username"], "timestamp": time(comment.createdMs),
                "media": ["id": .string(comment.post), "media_product_type": kind],
                "parent_id": comment.parent.map(Value.string), "like_count": 0,
            ])
    }

    /// Hides, shows again, or changes the text of an own comment.
    mutating func moderate(
        _ comment: Comment, _ request: GraphRequest, _ token: KnownToken, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        try allow(.moderating, comment.page, token)
        guard !comment.isDeleted else { throw .missing(comment.id, verb: "post") }
        var changed = comment
        let name = comment.network == .facebook ? "is_hidden" : "hide"
        let hidden = try Self.flag(request.parameters[name], name)
        if let hidden {
            guard comment.canHide else { throw .cannotHide }
            (changed.isHidden, changed.hideCalls) = (hidden, comment.hideCalls + 1)
            outcome.changed = [
                Change(
                    id: comment.id, level: "comment", field: "is_hidden", old: String(comment.isHidden), new: String(hidden))
            ]
        }
        if let text = request.parameters["message"] {
            guard comment.isOwn else { throw .moderationForbidden }
            changed.message = text
            outcome.changed.append(Change(id: comment.id, level: "comment", field: "message", old: nil, new: nil))
        } else if hidden == nil {
            throw .parameter("The parameter \(name) is required")
        }
        pages.comments.set(changed, comment.id)
        outcome.ids = [comment.id]
        outcome.document = ["success": true]
    }

    private static func flag(_ text: String?, _ name: String) throws(GraphFailure) -> Bool? {
        switch text?.lowercased() {
        case nil: return nil
        case "true", "1": return true
        case "false", "0": return false
        case _: throw .parameter("Param \(name) must be a boolean")
        }
    }

    /// A comment of the Page's own, on a post or under another comment.
    mutating func answer(
        _ post: Post, parent: Comment?, _ request: GraphRequest, _ token: KnownToken, _ nowMs: Int64,
        _ outcome: inout Outcome
    ) throws(GraphFailure) {
        try allow(.moderating, post.page, token)
        if let parent, parent.isDeleted { throw .missing(parent.id, verb: "post") }
        guard let text = request.parameters["message"], !text.isEmpty else {
            throw .parameter("The parameter message is required")
        }
        let page = pages.pages[post.page]
        let name = Value.string(page?.name ?? "")
        let from: Value =
            post.network == .facebook
            ? ["name": name, "id": .string(post.page)] : ["id": .optional(page?.instagram), "username": name]
        let made = Comment(
            id: pages.newCommentID(on: post), page: post.page, network: post.network, post: post.id, parent: parent?.id,
            from: from, message: text, createdMs: nowMs, isOwn: true, isHidden: false, canHide: false, canReplyPrivately: false)
        pages.add(made)
        outcome.changed = [Change(id: parent?.id ?? post.id, level: "comment", field: "reply", old: nil, new: made.id)]
        outcome.ids = [made.id]
        outcome.document = ["id": .string(made.id)]
    }

    mutating func delete(_ comment: Comment, _ token: KnownToken, _ outcome: inout Outcome) throws(GraphFailure) {
        try allow(.moderating, comment.page, token)
        guard !comment.isDeleted else { throw .missing(comment.id, verb: "delete") }
        pages.delete(comment: comment.id)
        outcome.changed = [Change(id: comment.id, level: "comment", field: "deleted", old: "false", new: "true")]
        outcome.ids = [comment.id]
        outcome.document = ["success": true]
    }

    /// A message to the author of a comment: one, and within seven days.
    mutating func message(
        _ page: Page, _ network: Post.Network, _ request: GraphRequest, _ token: KnownToken, _ nowMs: Int64,
        _ outcome: inout Outcome
    ) throws(GraphFailure) {
        try allow(.moderating, page.id, token)
        let recipient = request.parameters["recipient"].flatMap { JSONReader.read($0) }
        guard let id = recipient?["comment_id"]?.text else { throw .parameter("The parameter recipient[comment_id] is required") }
        outcome.ids = [id]
        // A Page's edge takes comments of its Instagram account, too; an Instagram account's only its own.
        guard var comment = pages.comments[id], comment.page == page.id, !comment.isDeleted,
            network == .facebook || comment.network == network
        else { throw .noSuchComment }
        let text = request.parameters["message"].flatMap { JSONReader.read($0) }?["text"]?.text
        guard let text, !text.isEmpty else { throw .parameter("Message cannot be empty, must provide valid attachment or text") }
        guard comment.takesPrivateReply(nowMs: nowMs) else {
            comment.privateRepliesRefused += 1
            pages.comments.set(comment, id)
            throw comment.privateReplies.isEmpty ? .cannotReply : .repliedAlready
        }
        comment.privateReplies.append(text)
        pages.comments.set(comment, id)
        let messageID = pages.newID(prefix: "m_")
        outcome.changed = [Change(id: id, level: "comment", field: "private_reply", old: nil, new: messageID)]
        let author = comment.from?["id"]?.text ?? pages.newID()
        outcome.document = ["recipient_id": .string(author), "message_id": .string(messageID)]
    }
}
