extension Engagement {
    /// What a notification says of a comment, reaction, mention or post; nil when it is about something else, or names nothing.
    ///
    /// `object` and `field` are the event's, `pageID` its `entry.id`. The ads behind it are not known yet.
    package static func read(
        object: String, field: String, pageID: String, occurredAtMs: Int64, value: JSON
    ) -> Engagement? {
        guard let network = SocialNotice.networks[object], value.isObject else { return nil }
        let notice = SocialNotice(network: network, pageID: pageID, occurredAtMs: occurredAtMs, value: value)
        return switch (network, field) {
        case (.facebook, "feed"): notice.feed
        case (.facebook, "mention"): notice.engagement(.mention, on: notice.commentID ?? notice.postID)
        case (.facebook, "ratings"):
            notice.engagement(.other, on: notice.commentID ?? value["open_graph_story_id"]?.id ?? notice.postID)
        case (.instagram, "comments"): notice.engagement(.comment, on: notice.commentID)
        case (.instagram, "live_comments"): notice.engagement(.liveComment, on: notice.commentID)
        case (.instagram, "mentions"): notice.engagement(.mention, on: notice.commentID ?? notice.postID)
        case (.facebook, _), (.instagram, _): nil
        }
    }

    /// The posts and media of ours that the notification is about, each once: what may back an ad.
    ///
    /// An ad's media on Instagram is a copy; the original comes with it. Posts of others (mentions, ratings) back none of our
    /// ads.
    package static func stories(object: String, field: String, value: JSON) -> [String] {
        let members: [JSON?] =
            switch (object, field) {
            case ("page", "feed"): [value["post_id"]]
            case ("instagram", "comments"), ("instagram", "live_comments"):
                [value["media"]?["id"], value["media"]?["original_media_id"]]
            case (_, _): []
            }
        return members.compactMap { $0?.id }.reduce(into: []) { ids, id in if !ids.contains(id) { ids.append(id) } }
    }

    /// The same with the ads behind it.
    package func on(_ adIDs: [String]) -> Engagement {
        Engagement(
            platform: platform, kind: kind, targetID: targetID, postID: postID, parentID: parentID, pageID: pageID, verb: verb,
            occurredAtMs: occurredAtMs, isOwn: isOwn, authorID: authorID, authorName: authorName, text: text, link: link,
            adIDs: adIDs)
    }
}

/// The members that Meta's notifications of comments, reactions and posts share, old and new spellings alike.
private struct SocialNotice {
    let network: SocialPlatform
    let pageID: String
    let occurredAtMs: Int64
    let value: JSON

    static let networks: [String: SocialPlatform] = ["page": .facebook, "instagram": .instagram]

    /// Instagram's comes as `id` or as `comment_id`, by the kind of login.
    var commentID: String? {
        switch network {
        case .facebook: value["comment_id"]?.id
        case .instagram: value["id"]?.id ?? value["comment_id"]?.id
        }
    }

    var postID: String? { value["post_id"]?.id ?? value["media"]?["id"]?.id ?? value["media_id"]?.id }

    var feed: Engagement? {
        switch value["item"]?.text {
        case "comment": engagement(.comment, on: commentID)
        case "reaction", "like": engagement(.reaction, on: commentID ?? postID)
        case let item? where Self.posts.contains(item): engagement(.post, on: postID)
        case .some, nil: engagement(.other, on: postID)
        }
    }

    /// What a Page or a visitor puts on the Page.
    private static let posts: Set<String> = [
        "post", "status", "photo", "video", "link", "album", "photo-album", "note", "milestone", "event", "question",
    ]

    func engagement(_ kind: EngagementKind, on target: String?) -> Engagement? {
        guard let target else { return nil }
        return Engagement(
            platform: network, kind: kind, targetID: target, postID: postID, parentID: value["parent_id"]?.id, pageID: pageID,
            verb: verb, occurredAtMs: occurredAtMs, isOwn: isOwn, authorID: authorID, authorName: authorName,
            text: text, link: link, adIDs: [])
    }

    /// Instagram names none: it tells of what is new.
    private var verb: String {
        let name = WebhookChange.name(value["verb"]?.text ?? "").lowercased()
        return name.isEmpty ? "add" : name
    }

    /// Meta marks an Instagram account's own comments by a member of their author.
    private var isOwn: Bool {
        if network == .instagram, let own = value["from"]?["self_ig_scoped_id"], !own.isNull { return true }
        return authorID == pageID && !pageID.isEmpty
    }

    private var authorID: String? { value["from"]?["id"]?.id ?? value["sender_id"]?.id ?? value["reviewer_id"]?.id }

    private var authorName: String? {
        let names = [value["from"]?["name"], value["from"]?["username"], value["sender_name"], value["reviewer_name"]]
        return names.lazy.compactMap { $0?.text }.first
    }

    /// Of a reaction, its type.
    private var text: String? {
        let texts = [value["message"], value["text"], value["review_text"], value["reaction_type"]]
        return texts.lazy.compactMap { $0?.text }.first
    }

    private var link: String? {
        [value["photo"], value["video"], value["link"], value["photos"]?[0]].lazy.compactMap { $0?.text }.first
    }
}
