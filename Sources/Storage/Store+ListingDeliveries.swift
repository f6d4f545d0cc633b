package import Signing

/// Which deliveries to list; nil: all.
package struct DeliveryFilter: Sendable, Equatable {
    package var app: String?
    package var kind: EnvelopeKind?
    package var decoded: Bool?
    /// A reason's code.
    package var reason: String?
    package var sinceMs: Int64?
    package var untilMs: Int64?

    package init() {}
}

/// A delivery in a list: all but what is sealed.
package struct DeliveryListing: Sendable, Equatable {
    package let seq: Int64
    package let receivedAtMs: Int64
    package let app: String
    package let kind: EnvelopeKind
    package let decoded: Bool
    package let events: Int
    package let duplicates: Int
    package let reason: String?
    /// As it lies in the database, sealed.
    package let sealedBytes: Int

    init(_ row: Row) throws(StoreError) {
        seq = try row.int64("seq")
        receivedAtMs = try row.int64("received_at")
        app = try row.text("app")
        kind = try row.choice("kind", EnvelopeKind.self)
        decoded = try row.bool("decoded")
        events = try row.int("events")
        duplicates = try row.int("duplicates")
        reason = try row.textOrNil("reason")
        sealedBytes = try row.int("bytes")
    }
}

extension Transaction {
    package func listDeliveries(_ filter: DeliveryFilter, place: ListPlace, limit: Int) throws(StoreError) -> Listed<
        DeliveryListing
    > {
        let bounds = try deliveryBounds(sinceMs: filter.sinceMs, untilMs: filter.untilMs)
        let texts = try filter.reason.flatMap { code throws(StoreError) in try reasons("reason", of: "deliveries", code: code) }
        return try Walk(place, limit: limit, bounds: bounds).list(
            ids: { place, count throws(StoreError) in
                if let texts {
                    return try self.candidates(
                        texts.map { Self.walking("deliveries", "seq", "reason = \($0) AND", place, count) }, place: place,
                        count: count)
                }
                let window = Self.window("seq", bounds, sinceMs: filter.sinceMs, untilMs: filter.untilMs)
                let condition: Statement = filter.decoded == false ? "decoded = 0 AND" : ""
                return try self.candidates(
                    Self.walking("deliveries", "seq", window + condition, place, count), count: count)
            },
            rows: { seqs throws(StoreError) in try self.deliveryRows(seqs, filter, place).map { ($0.seq, $0) } })
    }

    /// Without opening what is sealed.
    package func deliveryListing(_ seq: Int64) throws(StoreError) -> DeliveryListing? {
        try deliveryRows([seq], DeliveryFilter(), .before(.max)).first
    }

    private func deliveryRows(
        _ seqs: [Int64], _ filter: DeliveryFilter, _ place: ListPlace
    ) throws(StoreError) -> [DeliveryListing] {
        var condition: Statement = ""
        if let app = filter.app { condition = condition + " AND app = \(app)" }
        if let kind = filter.kind { condition = condition + " AND kind = \(kind.rawValue)" }
        if let decoded = filter.decoded { condition = condition + " AND decoded = \(decoded)" }
        if let reason = filter.reason { condition = condition + " AND \(Self.hasReason("reason", reason))" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND received_at >= \(sinceMs)" }
        if let untilMs = filter.untilMs { condition = condition + " AND received_at < \(untilMs)" }
        return try run(
            """
            SELECT seq, received_at, app, kind, decoded, events, duplicates, reason, length(blob) AS bytes
            FROM deliveries WHERE seq IN (\(list: seqs)) \(condition) \(place.order("seq"))
            """
        ).decoded { row throws(StoreError) in try DeliveryListing(row) }
    }
}
