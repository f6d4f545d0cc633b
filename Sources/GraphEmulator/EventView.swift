/// An event as the events edge took it, for tests and for whoever compares.
package struct EventView: Sendable {
    package let dataset: String
    package let eventName: String
    package let eventID: String?
    package let eventTime: Int64
    package let actionSource: String
    package let testEventCode: String?
    /// How often it came.
    package let received: Int
    /// How often it was new: twice only after two days.
    package let accepted: Int
    package let firstAtMs: Int64
    package let lastAtMs: Int64
    /// Numbers of the log's lines that brought it.
    package let requests: [Int]
    /// Keys with what they held: hashes and Meta's own ids as they came, `sha256:…` of anything else.
    package let userData: [String: [String]]
    package let value: String?
    package let currency: String?
    /// The keys of the event and of its `custom_data`, sorted.
    package let keys: [String]
    package let customKeys: [String]

    /// Ids of Meta's own, which name nobody.
    private static let plain: Set<String> = ["lead_id", "page_id", "ig_account_id", "whatsapp_business_account_id"]

    init(_ record: EventLedger.Record) {
        let event = record.event
        dataset = record.dataset
        eventName = record.name
        eventID = record.id
        eventTime = event["event_time"]?.text.flatMap { Int64($0) } ?? 0
        actionSource = event["action_source"]?.text ?? ""
        testEventCode = record.testEventCode
        received = record.received
        accepted = record.accepted
        firstAtMs = record.firstAtMs
        lastAtMs = record.lastAtMs
        requests = record.requests
        let members = (event["user_data"]?.members ?? []).filter { $0.value != .null }
        userData = Dictionary(members.map { ($0.key, Self.shown($0)) }) { _, last in last }
        value = event["custom_data"]?["value"]?.text
        currency = event["custom_data"]?["currency"]?.text
        keys = event.members.filter { $0.value != .null }.map(\.key).sorted()
        customKeys = (event["custom_data"]?.members ?? []).map(\.key).sorted()
    }

    private static func shown(_ member: Value.Member) -> [String] {
        if EventCheck.hashedKeys.contains(member.key) || plain.contains(member.key) { return member.value.texts }
        return member.value.texts.map { "sha256:" + Digests.hex(Digests.sha256(Array($0.utf8))) }
    }

    var document: Value {
        let user = userData.sorted { $0.key < $1.key }.map {
            Value.Member(key: $0.key, value: .array($0.value.map(Value.string)))
        }
        return [
            "dataset": .string(dataset), "event_name": .string(eventName), "event_id": .optional(eventID),
            "event_time": .integer(eventTime), "action_source": .string(actionSource),
            "test_event_code": .optional(testEventCode), "received": .integer(received), "accepted": .integer(accepted),
            "first_at_ms": .integer(firstAtMs), "last_at_ms": .integer(lastAtMs),
            "requests": .array(requests.map { .integer($0) }), "user_data": .object(user), "value": .optional(value),
            "currency": .optional(currency), "keys": .array(keys.map(Value.string)),
            "custom_keys": .array(customKeys.map(Value.string)),
        ]
    }
}

/// Sums over all that came to the events edge.
package struct EventTotals: Sendable, Equatable {
    /// Events that came in requests that were answered well.
    package let received: Int
    /// Those of them that were new.
    package let accepted: Int
    /// Requests, the refused ones among them.
    package let requests: Int
    package let refusedRequests: Int
    package let refusedEvents: Int

    /// Events that had come before.
    package var duplicates: Int { received - accepted }

    init(received: Int, accepted: Int, requests: Int, refusedRequests: Int, refusedEvents: Int) {
        self.received = received
        self.accepted = accepted
        self.requests = requests
        self.refusedRequests = refusedRequests
        self.refusedEvents = refusedEvents
    }
}

extension EventLedger.Record {
    /// Which one it is, and how often it came.
    var brief: Value {
        [
            "dataset": .string(dataset), "event_name": .string(name), "event_id": .optional(id), "received": .integer(received),
            "accepted": .integer(accepted),
        ]
    }
}
