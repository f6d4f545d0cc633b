import Foundation

/// What a fixture's `.expect.json` says of it.
package struct Expectation: Sendable, Decodable {
    /// When the request was received, in ms since 1970.
    package let capturedAtMs: Int64
    /// The answer's status.
    package let status: Int
    package let events: [ExpectedEvent]

    private enum Key: String, CodingKey {
        case capturedAt = "captured_at", answer, events
    }

    private struct Answer: Decodable { let status: Int }

    package init(from decoder: any Decoder) throws {
        let document = try decoder.container(keyedBy: Key.self)
        let text = try document.decode(String.self, forKey: .capturedAt)
        let time = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(text)
        capturedAtMs = Int64((time.timeIntervalSince1970 * 1000).rounded())
        status = try document.decode(Answer.self, forKey: .answer).status
        events = try document.decode([ExpectedEvent].self, forKey: .events)
    }
}

/// One event as expected; `fault` says only that there is one.
package struct ExpectedEvent: Sendable, Decodable, Equatable {
    package let kind, object, field, objectID: String
    package let dedupeKey, orderKey, accountID: String?
    /// Pairs of level and id.
    package let entities: [[String]]
    package let occurredAtMs: Int64
    package let metricMoved, fault: Bool

    private enum Key: String, CodingKey {
        case kind, object, field, entities, fault
        case objectID = "object_id", dedupeKey = "dedupe_key", orderKey = "order_key", accountID = "account_id"
        case occurredAtMs = "occurred_at", metricMoved = "metric_moved"
    }

    package init(from decoder: any Decoder) throws {
        let event = try decoder.container(keyedBy: Key.self)
        kind = try event.decode(String.self, forKey: .kind)
        object = try event.decode(String.self, forKey: .object)
        field = try event.decode(String.self, forKey: .field)
        objectID = try event.decode(String.self, forKey: .objectID)
        dedupeKey = try event.decode(String?.self, forKey: .dedupeKey)
        orderKey = try event.decode(String?.self, forKey: .orderKey)
        accountID = try event.decode(String?.self, forKey: .accountID)
        entities = try event.decode([[String]].self, forKey: .entities)
        occurredAtMs = try event.decode(Int64.self, forKey: .occurredAtMs)
        metricMoved = try event.decodeIfPresent(Bool.self, forKey: .metricMoved) ?? false
        fault = try event.decodeIfPresent(Bool.self, forKey: .fault) ?? false
    }

    package init(
        kind: String, object: String, field: String, objectID: String, dedupeKey: String?, orderKey: String?, accountID: String?,
        entities: [[String]], occurredAtMs: Int64, metricMoved: Bool, fault: Bool
    ) {
        self.kind = kind
        self.object = object
        self.field = field
        self.objectID = objectID
        self.dedupeKey = dedupeKey
        self.orderKey = orderKey
        self.accountID = accountID
        self.entities = entities
        self.occurredAtMs = occurredAtMs
        self.metricMoved = metricMoved
        self.fault = fault
    }
}
