/// What makes an event the same as another, and which others it must not overtake (design 5.7).
struct EventIdentity {
    let dedupeKey: String
    let orderKey: String?
    var fault: String?
}

extension WebhookChange {
    func identity<Fault: Error>(
        digest: ([UInt8]) -> String, conceal: (String) throws(Fault) -> String
    ) throws(Fault) -> EventIdentity {
        switch (shape, object, field) {
        case (.unreadable(let fault), _, _): stateIdentity(digest, orderKey: nil, fault: fault)
        case (.message, _, _): messageIdentity(digest)
        case (.changedFields, _, _): stateIdentity(digest, orderKey: nil)
        case (.change, "page", "leadgen"): leadIdentity(digest)
        case (.change, "page", "feed"): feedIdentity(digest)
        case (.change, "instagram", "comments"), (.change, "instagram", "live_comments"):
            instagramCommentIdentity(digest)
        case (.change, "whatsapp_business_account", "messages"): try whatsAppIdentity(digest, conceal)
        case (.change, "ad_account", _), (.change, "application", "ads_rules_engine"), (.change, "application", "ad_account"):
            stateIdentity(
                digest, orderKey: namedObject, fault: value.isObject ? nil : "The value of `\(field)` is not an object.")
        case (.change, _, _): stateIdentity(digest, orderKey: namedObject)
        }
    }

    // MARK: events with an identity of their own

    private func leadIdentity(_ digest: ([UInt8]) -> String) -> EventIdentity {
        guard let lead = value["leadgen_id"]?.id else {
            return stateIdentity(digest, orderKey: nil, fault: "A lead without an id.")
        }
        return EventIdentity(dedupeKey: "lead:\(lead)", orderKey: "lead:\(lead)")
    }

    private func feedIdentity(_ digest: ([UInt8]) -> String) -> EventIdentity {
        guard value.isObject else {
            return stateIdentity(digest, orderKey: nil, fault: "The value of `feed` is not an object.")
        }
        let verb = Self.name(value["verb"]?.text ?? "")
        switch value["item"]?.text {
        case "comment" where ["add", "edit", "edited", "update", "remove", "delete"].contains(verb):
            return commentIdentity(verb: verb, digest)
        case "reaction", "like": return reactionIdentity(verb: verb, digest)
        case .some, nil: return stateIdentity(digest, orderKey: namedObject)
        }
    }

    private func commentIdentity(verb: String, _ digest: ([UInt8]) -> String) -> EventIdentity {
        guard let comment = value["comment_id"]?.id else {
            return stateIdentity(digest, orderKey: nil, fault: "A comment without an id.")
        }
        let state =
            Self.isEdit(verb) ? editState(digest) : Self.text(value["created_time"]?.integer ?? entry.time)
        return EventIdentity(dedupeKey: "comment:\(comment):\(verb):\(state)", orderKey: "comment:\(comment)")
    }

    /// The edit's own time. Captured payloads have none, and the `created_time` of every edit is the comment's: then it is the
    /// text
    /// and the time of sending, so that A, B, A are three states.
    private func editState(_ digest: ([UInt8]) -> String) -> String {
        if let time = value["edited_time"]?.integer { return Self.text(time) }
        return "\(digest(Array((value["message"]?.text ?? "").utf8))):\(Self.text(entry.time))"
    }

    private static func isEdit(_ verb: String) -> Bool { ["edit", "edited", "update"].contains(verb) }

    /// Instagram tells of new comments only, of one on an ad sometimes twice and with different times.
    private func instagramCommentIdentity(_ digest: ([UInt8]) -> String) -> EventIdentity {
        guard let comment = value["id"]?.id ?? value["comment_id"]?.id else {
            return stateIdentity(digest, orderKey: nil, fault: "A comment without an id.")
        }
        return EventIdentity(dedupeKey: "comment:\(comment):add", orderKey: "comment:\(comment)")
    }

    private func reactionIdentity(verb: String, _ digest: ([UInt8]) -> String) -> EventIdentity {
        guard let target = value["comment_id"]?.id ?? value["post_id"]?.id else { return stateIdentity(digest, orderKey: nil) }
        let person = value["from"]?["id"]?.id ?? value["sender_id"]?.id ?? ""
        let type = Self.name(value["reaction_type"]?.text ?? "")
        let time = Self.text(value["created_time"]?.integer ?? entry.time)
        let key = "reaction:\(target):\(person)"
        return EventIdentity(dedupeKey: "\(key):\(verb):\(type):\(time)", orderKey: key)
    }

    /// A message or postback is its `mid`; what is said about a message (read, reaction, unsent) is not.
    private func messageIdentity(_ digest: ([UInt8]) -> String) -> EventIdentity {
        let thread = thread(from: value["sender"]?["id"]?.id, to: value["recipient"]?["id"]?.id)
        let isDeleted = value["message"]?["is_deleted"]?.truth == true
        guard !isDeleted, let mid = value["message"]?["mid"]?.id ?? value["postback"]?["mid"]?.id else {
            return stateIdentity(digest, orderKey: thread)
        }
        return EventIdentity(dedupeKey: mid, orderKey: thread)
    }

    /// One message per change as a rule; several together, and statuses, have no identity of their own.
    ///
    /// The sender is a telephone number, and the message's id holds it too (`wamid.` and base64): neither stands in a key.
    private func whatsAppIdentity<Fault: Error>(
        _ digest: ([UInt8]) -> String, _ conceal: (String) throws(Fault) -> String
    ) throws(Fault) -> EventIdentity {
        let messages = value["messages"]?.items ?? []
        guard messages.count == 1, value["statuses"] == nil, let mid = messages[0]["id"]?.id else {
            return stateIdentity(digest, orderKey: nil)
        }
        var sender: String?
        if let from = messages[0]["from"]?.id { sender = try conceal(from) }
        let recipient = value["metadata"]?["phone_number_id"]?.id
        return EventIdentity(dedupeKey: "message:\(try conceal(mid))", orderKey: thread(from: sender, to: recipient))
    }

    private func thread(from sender: String?, to recipient: String?) -> String? {
        guard let sender, let recipient else { return nil }
        return "thread:\(sender):\(recipient)"
    }

    // MARK: states, and all else

    private func stateIdentity(_ digest: ([UInt8]) -> String, orderKey: String?, fault: String? = nil) -> EventIdentity {
        let value = digest(identified.bytes(sortedKeys: true))
        return EventIdentity(
            dedupeKey: "state:\(object):\(entry.id):\(field):\(value):\(Self.text(entry.time))", orderKey: orderKey, fault: fault)
    }

    /// The object whose state the event is about: `lead:…`, `ad:…`, `creative:…`, `comment:…`, `post:…`, `media:…`.
    private var namedObject: String? {
        if let lead = value["leadgen_id"]?.id { return "lead:\(lead)" }
        if entities.count == 1 { return "\(entities[0].level.rawValue):\(entities[0].id)" }
        if let creative = creativeID { return "creative:\(creative)" }
        let members = [("comment", "comment_id"), ("post", "post_id"), ("media", "media_id")]
        return members.lazy.compactMap { word, key in value[key]?.id.map { "\(word):\($0)" } }.first
    }

    private static func text(_ time: Int64?) -> String { time.map(String.init) ?? "" }
}

extension JSON {
    var isObject: Bool {
        guard case .object = self else { return false }
        return true
    }
}
