package import Core

/// Which conversions in quarantine to list; nil: all.
package struct QuarantineFilter: Sendable, Equatable {
    package var workspace: String?
    package var source: String?
    package var dataset: String?
    package var code: String?
    /// By the time of receipt; `untilMs` itself no longer.
    package var sinceMs: Int64?
    package var untilMs: Int64?

    package init() {}
}

// Literal, as the index over them is.
private let isInQuarantine: Statement = "state IN ('quarantined', 'refused')"

extension Transaction {
    package func listQuarantine(
        _ filter: QuarantineFilter, place: ListPlace, limit: Int
    ) throws(StoreError) -> Listed<StoredConversion> {
        try Walk(place, limit: limit).list(
            ids: { place, count throws(StoreError) in
                try self.candidates(
                    Self.walking("conversion_events", "event_id", "\(isInQuarantine) AND", place, count), count: count)
            },
            rows: { ids throws(StoreError) in
                try self.quarantined(filter, "event_id IN (\(list: ids)) \(Self.condition(filter)) \(place.order("event_id"))")
            })
    }

    /// The ids, oldest first, of those that stand after `after`.
    package func quarantine(_ filter: QuarantineFilter, after: Int64 = .min, limit: Int) throws(StoreError) -> [Int64] {
        try quarantined(filter, "event_id > \(after) \(Self.condition(filter)) ORDER BY event_id LIMIT \(limit)").map(\.id)
    }

    private func quarantined(
        _ filter: QuarantineFilter, _ condition: Statement
    ) throws(StoreError) -> [(id: Int64, row: StoredConversion)] {
        try run("SELECT * FROM conversion_events WHERE \(isInQuarantine) AND \(condition)")
            .decoded { row throws(StoreError) in try StoredConversion(row) }.map { ($0.eventID, $0) }
    }

    private static func condition(_ filter: QuarantineFilter) -> Statement {
        var condition: Statement = ""
        if let workspace = filter.workspace { condition = condition + " AND workspace_id = \(workspace)" }
        if let source = filter.source { condition = condition + " AND source = \(source)" }
        if let dataset = filter.dataset { condition = condition + " AND dataset = \(dataset)" }
        if let code = filter.code {
            condition =
                condition + " AND (fault_code = \(code) OR (fault_code IS NULL AND \(hasReason("reason", code))))"
        }
        if let sinceMs = filter.sinceMs { condition = condition + " AND received_at >= \(sinceMs)" }
        if let untilMs = filter.untilMs { condition = condition + " AND received_at < \(untilMs)" }
        return condition
    }

    // MARK: dedupe keys

    /// The same may come again and is taken, where this one still holds the key.
    func giveKeyBack(of conversion: StoredConversion) throws(StoreError) {
        guard let key = conversion.dedupeKey else { return }
        try later(
            """
            DELETE FROM event_keys WHERE workspace_id = \(conversion.workspace) AND dedupe_key = \(key)
                AND event_id = \(conversion.eventID)
            """)
    }

    /// The event that holds the key now: this one again, where nobody has taken it. Nil: it has no key.
    func takeKey(of conversion: StoredConversion, nowMs: Int64) throws(StoreError) -> Int64? {
        guard let key = conversion.dedupeKey else { return nil }
        try run(
            """
            INSERT INTO event_keys (workspace_id, dedupe_key, event_id, seen_at)
            VALUES (\(conversion.workspace), \(key), \(conversion.eventID), \(nowMs))
            ON CONFLICT (workspace_id, dedupe_key) DO NOTHING
            """)
        return try holder(of: key, workspace: conversion.workspace)
    }

    func holder(of key: String, workspace: String) throws(StoreError) -> Int64? {
        try run("SELECT event_id FROM event_keys WHERE workspace_id = \(workspace) AND dedupe_key = \(key)").first
            .map { row throws(StoreError) in try row.int64("event_id") }
    }

    // MARK: replacing

    /// What is in quarantine under the dataset, name and id of one of these, which have just come in, leaves it: they take its place. So does
    /// a sale in a shop that is known by more than its id. A test event takes the place of a test event only.
    package func supersede(by fresh: [(eventID: Int64, workspace: String, facts: ConversionFacts)], nowMs: Int64)
        throws(StoreError)
    {
        struct Sender: Hashable {
            let workspace: String
            let source: String
        }
        let known = fresh.filter { !$0.facts.isQuarantined && ($0.facts.eventID != nil || $0.facts.saleKey != nil) }
        for (sender, events) in Dictionary(grouping: known, by: { Sender(workspace: $0.workspace, source: $0.facts.source) }) {
            let ofSender: Statement = "workspace_id = \(sender.workspace) AND source = \(sender.source)"
            let ids = events.compactMap(\.facts.eventID)
            for conversion in try quarantined("\(ofSender) AND conversion_id IN (\(list: ids))", unless: ids.isEmpty) {
                let heir = events.first {
                    $0.facts.eventID == conversion.conversionID && $0.facts.dataset == conversion.dataset
                        && $0.facts.eventName == conversion.eventName && $0.facts.isTest == conversion.isTest
                        && $0.eventID != conversion.eventID
                }
                if let heir { try replace(conversion, by: heir.eventID, nowMs: nowMs) }
            }
            // of the key are dataset, name, and whether it is a test
            let sales = events.compactMap(\.facts.saleKey)
            for conversion in try quarantined("\(ofSender) AND sale_key IN (\(list: sales))", unless: sales.isEmpty) {
                let heir = events.first { $0.facts.saleKey == conversion.saleKey && $0.eventID != conversion.eventID }
                if let heir { try replace(conversion, by: heir.eventID, nowMs: nowMs) }
            }
        }
    }

    private func quarantined(_ condition: Statement, unless isEmpty: Bool) throws(StoreError) -> [StoredConversion] {
        guard !isEmpty else { return [] }
        return try run("SELECT * FROM conversion_events WHERE \(condition) AND \(isInQuarantine)")
            .decoded { row throws(StoreError) in try StoredConversion(row) }
    }

    /// Another event stands for it from now on: it counts no more, and nothing of it can be set going again.
    func replace(_ conversion: StoredConversion, by eventID: Int64, nowMs: Int64) throws(StoreError) {
        try giveKeyBack(of: conversion)
        try later(
            "UPDATE conversion_events SET state = 'replaced', replaced_by = \(eventID) WHERE event_id = \(conversion.eventID)")
        let reason = Reason("replaced", "The event \(eventID) has taken its place.")
        try later(
            """
            UPDATE outbox SET state = 'done', reason = \(reason.text)
            WHERE event_id = \(conversion.eventID) AND kind = 'conversion' AND state = 'dead'
            """)
        try uncount(conversion)
    }

    /// Takes it out of our own figures, where it may stand under any of its entities.
    private func uncount(_ conversion: StoredConversion) throws(StoreError) {
        let entities = [
            conversion.adID.map { EntityRef(.ad, $0) }, conversion.adsetID.map { EntityRef(.adset, $0) },
            conversion.campaignID.map { EntityRef(.campaign, $0) },
        ].compactMap(\.self)
        for entity in entities {
            try later(
                """
                DELETE FROM own_events WHERE workspace_id = \(conversion.workspace)
                    AND metric IN (\(list: OwnCount.allCases.map(\.rawValue))) AND level = \(entity.level.rawValue)
                    AND entity_id = \(entity.id) AND at = \(conversion.eventTimeSeconds * 1_000) AND event_id = \(conversion.eventID)
                """)
        }
    }
}

extension StoredConversion {
    /// As it was stored; nil: it had none.
    var dedupeKey: String? {
        saleKey
            ?? conversionID.map {
                ConversionDecoder.dedupeKey(dataset: dataset, eventName: eventName, eventID: $0, isTest: isTest)
            }
    }
}
