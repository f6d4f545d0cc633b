package import Core
package import Signing

/// A delivery as stored.
package struct StoredDelivery: Sendable, Equatable {
    /// Its place in the order of storing.
    package let seq: Int64
    package let receivedAtMs: Int64
    package let app: String
    package let kind: EnvelopeKind
    package let decoded: Bool
    package let events: Int
    package let duplicates: Int
    package let reason: String?
    /// Nil when it was erased, or does not open any more (changed on disk, key gone): to be finished with a reason, not to be tried again.
    package let request: CapturedRequest?
    /// Emptied because a person asked for it.
    package let isErased: Bool
}

/// An event that was told, perhaps not for the first time.
package struct ToldEvent: Sendable {
    package let id: Int64
    package let workspace: String
    /// Nil: it is never taken for another.
    package let dedupeKey: String?

    package init(id: Int64, workspace: String, dedupeKey: String?) {
        self.id = id
        self.workspace = workspace
        self.dedupeKey = dedupeKey
    }
}

extension Transaction {
    /// One statement: the writer runs it without a savepoint. (The first of a day also stores the day's key, which may stay alone.)
    func append(app: String, kind: EnvelopeKind, plain: [UInt8], receivedAtMs: Int64) throws(StoreError) -> Int64 {
        let seq = try nextSeq()
        try append(app: app, kind: kind, plain: plain, receivedAtMs: receivedAtMs, seq: seq)
        return seq
    }

    /// At a place that was asked for before.
    func append(app: String, kind: EnvelopeKind, plain: [UInt8], receivedAtMs: Int64, seq: Int64) throws(StoreError) {
        let blob = try seal(plain, table: "deliveries", column: "blob", row: seq, workspace: "")
        try run(
            """
            INSERT INTO deliveries (seq, received_at, app, kind, blob)
            VALUES (\(seq), \(receivedAtMs), \(app), \(kind.rawValue), \(blob))
            """)
        ring(.deliveries)
    }

    /// What is still to be decoded, in the order of storing.
    ///
    /// `bytesMax`: no more than this, as stored, but one at least; a delivery may have 8 MiB.
    package func undecoded(
        after seq: Int64 = 0, limit: Int, bytesMax: Int = .max
    ) throws(StoreError) -> [StoredDelivery] {
        let limit = bytesMax == .max ? limit : try undecodedCount(after: seq, limit: limit, bytesMax: bytesMax)
        guard limit > 0 else { return [] }
        let rows = try run("SELECT * FROM deliveries WHERE decoded = 0 AND seq > \(seq) ORDER BY seq LIMIT \(limit)")
        return try rows.decoded { row throws(StoreError) in try delivery(row) }
    }

    /// How many of the next have so many bytes together. Looks at lengths only.
    private func undecodedCount(after seq: Int64, limit: Int, bytesMax: Int) throws(StoreError) -> Int {
        var count = 0
        var bytes = 0
        for row in try run(
            """
            SELECT CAST(LENGTH(blob) AS BIGINT) AS size FROM deliveries WHERE decoded = 0 AND seq > \(seq) ORDER BY seq LIMIT \(limit)
            """
        ) {
            bytes += try row.int("size")
            guard bytes <= bytesMax || count == 0 else { break }
            count += 1
        }
        return count
    }

    /// The same one by one, for a file that is damaged somewhere: up to the first that can't be read, and its place.
    ///
    /// `known`: damaged ones that were met before; they are passed over.
    package func undecoded(past known: Set<Int64>, limit: Int) throws(StoreError) -> (
        deliveries: [StoredDelivery], damaged: Int64?
    ) {
        var deliveries: [StoredDelivery] = []
        for row in try run("SELECT seq FROM deliveries WHERE decoded = 0 ORDER BY seq LIMIT \(limit + known.count)") {
            let seq = try row.int64("seq")
            guard !known.contains(seq) else { continue }
            do throws(StoreError) {
                guard let delivery = try delivery(seq) else { return (deliveries, seq) }
                deliveries.append(delivery)
            } catch .corrupt, .column {
                return (deliveries, seq)
            }
        }
        return (deliveries, nil)
    }

    package func delivery(_ seq: Int64) throws(StoreError) -> StoredDelivery? {
        try run("SELECT * FROM deliveries WHERE seq = \(seq)").decoded { row throws(StoreError) in try delivery(row) }.first
    }

    package func deliveryCount() throws(StoreError) -> Int64 {
        try run("SELECT COUNT(*) AS count FROM deliveries")[0].int64("count")
    }

    package static func eventID(seq: Int64, position: Int) -> Int64 { seq * 4096 + Int64(position) }

    package static func jobID(eventID: Int64, ordinal: Int) -> Int64 { eventID * Int64(Limits.routesMax) + Int64(ordinal) }

    /// Stores an event with one job per route. False: it was there before, and nothing is written.
    package func insertEvent(
        _ event: Event, seq: Int64, workspace: String, receivedAtMs: Int64, routes: [(ordinal: Int, name: String)], nowMs: Int64
    ) throws(StoreError) -> Bool {
        let told = ToldEvent(
            id: Self.eventID(seq: seq, position: event.position), workspace: workspace, dedupeKey: event.dedupeKey)
        guard try !newEvents(among: [told], nowMs: nowMs).isEmpty else { return false }
        try storeEvent(event, seq: seq, workspace: workspace, receivedAtMs: receivedAtMs, routes: routes, nowMs: nowMs)
        return true
    }

    /// Stores an event that `newEvents` found to be new, with one job per route.
    ///
    /// The order of jobs holds per workspace and route: a held lead on one route never holds back another route.
    package func storeEvent(
        _ event: Event, seq: Int64, workspace: String, receivedAtMs: Int64, routes: [(ordinal: Int, name: String)], nowMs: Int64
    ) throws(StoreError) {
        let id = Self.eventID(seq: seq, position: event.position)
        try insert(
            """
            INSERT INTO events (id, delivery_seq, position, workspace_id, object, field, kind, object_id, account_id, occurred_at, received_at,
                entities, metric_moved, order_key, routes, fault)
            """,
            row: """
                (\(id), \(seq), \(event.position), \(workspace), \(event.object), \(event.field), \(event.kind), \(event.objectID),
                \(event.accountID), \(event.occurredAtMs), \(receivedAtMs), \(StoredEvent.text(of: event.entities)), \(event.metricMoved),
                \(event.orderKey), \(routes.count), \(event.fault))
                """)
        for ref in Self.refs(of: event).sorted() {
            try insert("INSERT INTO event_refs (ref, event_id)", row: "(\(ref), \(id))", "ON CONFLICT (ref, event_id) DO NOTHING")
        }
        for route in routes {
            let jobID = Self.jobID(eventID: id, ordinal: route.ordinal)
            let orderKey = event.orderKey.map { "\(workspace)|\(route.name)|\($0)" }
            try insert(
                "INSERT INTO jobs (id, event_id, workspace_id, route, order_key, state, due_at)",
                row: """
                    (\(jobID), \(id), \(workspace), \(route.name), \(orderKey), 'open',
                    \(Self.dueAt(.jobs, newID: jobID, orderKey: orderKey, nowMs)))
                    """, key: orderKey)
        }
        if !routes.isEmpty { ring(.jobs) }
    }

    /// By what the event is found: the entities and the account that it names, its lead or its comment.
    private static func refs(of event: Event) -> Set<String> {
        var refs = Set(event.entities.map(\.id))
        if let accountID = event.accountID { refs.insert(accountID) }
        for kind in ["lead:", "comment:"] {
            if let key = event.orderKey, key.hasPrefix(kind) { refs.insert(String(key.dropFirst(kind.count))) }
        }
        return refs
    }

    /// The ids of those that were not told before, by their keys; what has no key is always new. Of one key, the first is.
    ///
    /// The only place where duplicates stop.
    package func newEvents(among told: [ToldEvent], nowMs: Int64) throws(StoreError) -> Set<Int64> {
        var new: Set<Int64> = []
        var keyed: [(told: ToldEvent, key: String)] = []
        for event in told {
            if let key = event.dedupeKey { keyed.append((event, key)) } else { new.insert(event.id) }
        }
        var rest = keyed[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.keysPerStatement)
            rest = rest.dropFirst(part.count)
            let rows = part.map { ["\($0.told.workspace)", "\($0.key)", "\($0.told.id)", "\(nowMs)"] as [Statement] }
            for row in try run(
                """
                INSERT INTO event_keys (workspace_id, dedupe_key, event_id, seen_at) VALUES \(rows: rows)
                ON CONFLICT (workspace_id, dedupe_key) DO NOTHING RETURNING event_id
                """
            ) { new.insert(try row.int64("event_id")) }
        }
        return new
    }

    private static let keysPerStatement = 128

    package func finishDecoding(_ seq: Int64, events: Int, duplicates: Int, reason: String?) throws(StoreError) {
        try later(
            "UPDATE deliveries SET decoded = 1, events = \(events), duplicates = \(duplicates), reason = \(reason) WHERE seq = \(seq)"
        )
    }

    private func delivery(_ row: Row) throws(StoreError) -> StoredDelivery {
        let seq = try row.int64("seq")
        let plain = try plain(in: try row.bytes("blob"), seq: seq)
        return StoredDelivery(
            seq: seq, receivedAtMs: try row.int64("received_at"), app: try row.text("app"),
            kind: try row.choice("kind", EnvelopeKind.self), decoded: try row.bool("decoded"), events: try row.int("events"),
            duplicates: try row.int("duplicates"), reason: try row.textOrNil("reason"),
            request: plain.flatMap { CapturedRequest.decode($0) }, isErased: plain == [])
    }

    /// Nothing sealed is what stands for an erased delivery: no request is empty.
    private func plain(in blob: [UInt8], seq: Int64) throws(StoreError) -> [UInt8]? {
        do throws(StoreError) {
            return try open(blob, table: "deliveries", column: "blob", row: seq, workspace: "")
        } catch .sealed {
            return nil
        }
    }
}
