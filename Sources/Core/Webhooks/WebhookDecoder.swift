/// From the bytes of a verified webhook delivery to its events.
///
/// Nothing that Meta may send is an error here: what is unknown becomes an event of its own kind, what can't be read an event
/// with a `fault`, and one rotten change never takes the others of its batch with it.
package enum WebhookDecoder {
    /// The kind of an event whose bytes or shape could not be read.
    package static let undecodable = "undecodable"
    /// The object of a delivery that names none.
    package static let unknown = "unknown"

    /// The events of a delivery in the order of its changes; empty for an empty batch.
    ///
    /// `digest` gives the SHA-256 in lower-case hex (Core has no cryptography). `conceal` gives a keyed digest: what stands for a
    /// telephone number in a key. An event without any time happened at `receivedAtMs`.
    /// Beyond `Limits.eventsPerDeliveryMax` changes one more event says so.
    package static func decode<Fault: Error>(
        _ body: [UInt8], receivedAtMs: Int64, digest: ([UInt8]) -> String, conceal: (String) throws(Fault) -> String
    ) throws(Fault) -> [Event] {
        let batch: WebhookBatch
        do throws(JSONError) {
            batch = WebhookBatch(try JSON.parse(body))
        } catch {
            return [unreadable(body, object: unknown, position: 0, fault: error.sentence, receivedAtMs, digest)]
        }
        var events: [Event] = []
        events.reserveCapacity(batch.changes.count)
        for (position, change) in batch.changes.enumerated() {
            events.append(
                try change.event(position: position, receivedAtMs: receivedAtMs, digest: digest, conceal: conceal))
        }
        guard batch.overflows else { return events }
        let fault = "More than \(Limits.eventsPerDeliveryMax) changes in one delivery; the rest of them was not decoded."
        let object = batch.changes.last?.object ?? unknown
        return events + [unreadable(body, object: object, position: events.count, fault: fault, receivedAtMs, digest)]
    }

    /// What one event was made of, for handlers that need more than ids: the `value` of its change, a messaging item, or a part
    /// that could not be read.
    ///
    /// Nil when the body is not JSON or has no such position.
    package static func value(of position: Int, in body: [UInt8]) -> JSON? {
        guard let document = try? JSON.parse(body) else { return nil }
        let changes = WebhookBatch(document).changes
        return changes.indices.contains(position) ? changes[position].value : nil
    }

    /// The values of all positions at once; empty when the body is not JSON.
    package static func values(in body: [UInt8]) -> [JSON] {
        guard let document = try? JSON.parse(body) else { return [] }
        return WebhookBatch(document).changes.map(\.value)
    }

    /// An event for a whole body; the same bytes are the same event.
    private static func unreadable(
        _ body: [UInt8], object: String, position: Int, fault: String, _ receivedAtMs: Int64, _ digest: ([UInt8]) -> String
    ) -> Event {
        Event(
            position: position, object: object, field: "", kind: undecodable, objectID: "", occurredAtMs: receivedAtMs,
            dedupeKey: "state:\(object):::\(digest(body)):", orderKey: nil, accountID: nil, entities: [], fault: fault)
    }
}
