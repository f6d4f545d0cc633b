/// What a webhook is about.
package enum WebhookSubject: Sendable, Equatable {
    case lead(String)
    /// `verb`: `add`, `edited`, `hide`, `unhide` or `remove`; Instagram only has `add`.
    case comment(String, verb: String)

    static let verbs = ["add", "edited", "hide", "unhide", "remove"]

    /// One of them, or a list.
    static func read(_ value: Value) throws(ScenarioError) -> [WebhookSubject] {
        var subjects: [WebhookSubject] = []
        for item in value.items.isEmpty ? [value] : value.items {
            if let lead = item["lead"]?.text {
                subjects.append(.lead(lead))
            } else if let comment = item["comment"]?.text {
                subjects.append(.comment(comment, verb: item["verb"]?.text ?? "add"))
            } else {
                throw ScenarioError(path: "webhook", reason: "needs 'lead' or 'comment'")
            }
        }
        return subjects
    }
}

extension World {
    /// One change of a webhook: the object and the entry that it belongs to, and what it says.
    private struct Notice {
        let object: String
        let entry: String
        let change: Value
    }

    /// The body of one delivery, as Meta writes it.
    func webhook(_ subjects: [WebhookSubject]) throws(ScenarioError) -> [UInt8] {
        var notices: [Notice] = []
        for subject in subjects { notices.append(try notice(subject)) }
        guard let object = notices.first?.object else { throw ScenarioError(path: "webhook", reason: "is empty") }
        guard notices.allSatisfy({ $0.object == object }) else {
            throw ScenarioError(
                path: "webhook", reason: "has changes of a page and of an instagram account: one delivery has one object")
        }
        var order: [String] = []
        for notice in notices where !order.contains(notice.entry) { order.append(notice.entry) }
        let entries = order.map { id in
            [
                "id": .string(id), "time": .integer(clock.nowMs / 1000),
                "changes": .array(notices.filter { $0.entry == id }.map(\.change)),
            ] as Value
        }
        return Array((["object": .string(object), "entry": .array(entries)] as Value).encoded(.meta).utf8)
    }

    private func notice(_ subject: WebhookSubject) throws(ScenarioError) -> Notice {
        switch subject {
        case .lead(let id):
            guard let lead = pages.leads[id] else { throw ScenarioError(path: "webhook", reason: "is about no lead: \(id)") }
            return Notice(object: "page", entry: lead.page, change: ["field": "leadgen", "value": Self.value(lead)])
        case .comment(let id, let verb):
            guard let comment = pages.comments[id], let post = pages.posts[comment.post] else {
                throw ScenarioError(path: "webhook", reason: "is about no comment: \(id)")
            }
            guard WebhookSubject.verbs.contains(verb) else {
                let verbs = WebhookSubject.verbs.joined(separator: ", ")
                throw ScenarioError(path: "webhook", reason: "has a verb that isn't one of \(verbs)")
            }
            guard comment.network == .instagram else {
                return Notice(
                    object: "page", entry: comment.page, change: ["field": "feed", "value": value(comment, post, verb)])
            }
            guard verb == "add" else { throw ScenarioError(path: "webhook", reason: "Instagram only tells of new comments") }
            let entry = pages.pages[comment.page]?.instagram ?? "0"
            return Notice(
                object: "instagram", entry: entry, change: ["field": "comments", "value": Self.instagram(comment, post)])
        }
    }

    /// Organic leads name no ad; test leads name the ad 0.
    private static func value(_ lead: Lead) -> Value {
        var members: [Value.Member] = [
            .init(key: "created_time", value: .integer(lead.createdMs / 1000)), .init(key: "leadgen_id", value: .string(lead.id)),
            .init(key: "page_id", value: .string(lead.page)), .init(key: "form_id", value: .string(lead.form)),
        ]
        let ad: Value? = lead.isTest ? 0 : lead.isOrganic ? nil : lead.ad.map(Value.string)
        if let ad { members += [.init(key: "ad_id", value: ad), .init(key: "adgroup_id", value: ad)] }
        return .object(members)
    }

    private func value(_ comment: Comment, _ post: Post, _ verb: String) -> Value {
        let isGone = verb == "remove"
        let story: Value = [
            "status_type": post.fields["status_type"] ?? "added_photos", "is_published": post.fields["is_published"] ?? true,
            "updated_time": time(post.createdMs), "permalink_url": .string("https://www.facebook.com/\(post.id)"),
            "promotion_status": post.fields["promotion_status"] ?? "inactive", "id": .string(post.id),
        ]
        let members: [(String, Value?)] = [
            ("from", comment.from), ("post", isGone ? nil : story), ("message", isGone ? nil : .string(comment.message)),
            ("post_id", .string(post.id)), ("comment_id", .string(comment.id)),
            ("created_time", isGone ? nil : .integer(comment.createdMs / 1000)), ("item", "comment"),
            ("parent_id", .string(comment.parent ?? post.id)), ("verb", .string(verb)),
        ]
        return .present(members)
    }

    private static func instagram(_ comment: Comment, _ post: Post) -> Value {
        let media: [(String, Value?)] = [
            ("id", .string(post.id)), ("media_product_type", post.fields["media_product_type"] ?? "FEED"),
            ("ad_id", post.fields["ad_id"]), ("original_media_id", post.fields["original_media_id"]),
        ]
        let members: [(String, Value?)] = [
            ("from", comment.from), ("media", .present(media)), ("id", .string(comment.id)),
            ("parent_id", comment.parent.map(Value.string)), ("text", .string(comment.message)),
        ]
        return .present(members)
    }
}

extension Value {
    /// An object of the members that there are.
    fileprivate static func present(_ members: [(String, Value?)]) -> Value {
        .object(members.compactMap { name, value in value.map { .init(key: name, value: $0) } })
    }
}
