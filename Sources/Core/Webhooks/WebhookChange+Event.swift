extension WebhookChange {
    /// The change as an event.
    func event<Fault: Error>(
        position: Int, receivedAtMs: Int64, digest: ([UInt8]) -> String, conceal: (String) throws(Fault) -> String
    ) throws(Fault) -> Event {
        let identity = try identity(digest: digest, conceal: conceal)
        return Event(
            position: position, object: object, field: field, kind: kind, objectID: entry.id,
            occurredAtMs: occurredAtMs ?? receivedAtMs, dedupeKey: identity.dedupeKey, orderKey: identity.orderKey,
            accountID: accountID, entities: entities, metricMoved: metricMoved, fault: identity.fault)
    }

    /// `page.feed.comment.add`; `undecodable` for what has no shape.
    var kind: String {
        switch shape {
        case .unreadable: WebhookDecoder.undecodable
        case .change, .changedFields, .message:
            ([object, field] + details.filter { !$0.isEmpty }.map(Self.name)).joined(separator: ".")
        }
    }

    /// What the kind says beyond the field, as Meta spells it.
    private var details: [String] {
        let verb = verb ?? value["verb"]?.text ?? ""
        switch (shape, object, field) {
        case (.message, _, _): return [messageKind]
        case (.change, "page", "feed"), (.change, "page", "mention"), (.change, "page", "ratings"):
            return [value["item"]?.text ?? "", verb]
        case (.change, "permissions", _), (.change, "user", _): return [verb]
        default: return []
        }
    }

    /// Empty for a plain message; `echo`, `deleted`, `postback`, `read`, … for the others.
    private var messageKind: String {
        if let message = value["message"] {
            return message["is_deleted"]?.truth == true ? "deleted" : message["is_echo"]?.truth == true ? "echo" : ""
        }
        let frame: Set<String> = ["sender", "recipient", "timestamp"]
        return value.members.map(\.key).filter { !frame.contains($0) }.min { $0.utf8.lexicographicallyPrecedes($1.utf8) } ?? ""
    }

    // MARK: time

    /// The change's own time, else its entry's; nil when neither has one.
    private var occurredAtMs: Int64? {
        let own = ["edited_time", "created_time", "updated_time", "timestamp"].map { value[$0] }
        let whatsApp = ["messages", "statuses"].map { value[$0]?[0]?["timestamp"] }
        return (own + whatsApp).lazy.compactMap { Self.milliseconds($0?.integer) }.first ?? Self.milliseconds(entry.time)
    }

    /// Seconds or milliseconds since 1970 as milliseconds: 10^11 s would be the year 5138, 10^11 ms was in 1973.
    private static func milliseconds(_ time: Int64?) -> Int64? {
        guard let time, time > 0, time < 100_000_000_000_000 else { return nil }
        return time < 100_000_000_000 ? time * 1000 : time
    }
}
