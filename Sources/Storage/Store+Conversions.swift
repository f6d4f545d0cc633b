package import Core

/// Which conversions to list; nil: all.
package struct ConversionFilter: Sendable, Equatable {
    package var workspace: String?
    package var source: String?
    package var dataset: String?
    package var eventName: String?
    package var adID: String?
    package var state: ConversionState?
    /// When it was received.
    package var sinceMs: Int64?

    package init() {}
}

/// A conversion, and the ads that were found behind it.
package struct AttributedEvent: Sendable, Equatable {
    package let eventID: Int64
    package let workspace: String
    package let attribution: Attribution

    package init(eventID: Int64, workspace: String, attribution: Attribution) {
        self.eventID = eventID
        self.workspace = workspace
        self.attribution = attribution
    }
}

/// What Meta said of an event that it does not take.
package struct RefusedByMeta: Sendable {
    /// Where in the event or in the call, if it says so.
    package let path: String?
    /// `fbtrace_id`; empty where it gave none.
    package let traceID: String?

    package init(path: String?, traceID: String) {
        self.path = path
        self.traceID = traceID.isEmpty ? nil : traceID
    }
}

extension Transaction {
    /// Stores what may be known of a conversion; whom it was about stays in the sealed delivery. Again: nothing changes.
    ///
    /// `people` are canonical texts by which the person can be found (`em:<sha256>`); only their keyed digests are stored.
    package func insertConversion(
        _ facts: ConversionFacts, people: [String], workspace: String, eventID: Int64, receivedAtMs: Int64
    ) throws(StoreError) {
        let state: ConversionState = facts.isQuarantined ? .quarantined : facts.forward ? .waiting : .leftOut
        let quarantinedAtMs = facts.isQuarantined ? receivedAtMs : nil
        try insert(
            """
            INSERT INTO conversion_events (event_id, workspace_id, source, dataset, event_name, conversion_id, event_time, action_source,
                currency, value_minor, is_test, consent, state, reason, received_at, order_key, fault_code,
                fault_path, fault_sentence, quarantined_at, sale_key)
            """,
            row: """
                (\(eventID), \(workspace), \(facts.source), \(facts.dataset), \(facts.eventName), \(facts.eventID),
                \(facts.eventTimeSeconds), \(facts.actionSource), \(facts.currency), \(facts.valueMinor), \(facts.isTest),
                \(facts.consent.rawValue), \(state.rawValue), \(facts.reason), \(receivedAtMs), \(facts.orderKey),
                \(facts.cause?.code), \(facts.cause?.path), \(facts.cause?.sentence), \(quarantinedAtMs), \(facts.saleKey))
                """, "ON CONFLICT (event_id) DO NOTHING")
        try remember(people, .conversion, rowID: eventID, workspace: workspace, eventID: eventID)
    }

    /// Newest first.
    package func conversions(
        _ filter: ConversionFilter, limit: Int, before: Int64? = nil
    ) throws(StoreError) -> [StoredConversion] {
        var condition: Statement = "event_id < \(before ?? .max)"
        if let workspace = filter.workspace { condition = condition + " AND workspace_id = \(workspace)" }
        if let source = filter.source { condition = condition + " AND source = \(source)" }
        if let dataset = filter.dataset { condition = condition + " AND dataset = \(dataset)" }
        if let eventName = filter.eventName { condition = condition + " AND event_name = \(eventName)" }
        if let adID = filter.adID { condition = condition + " AND ad_id = \(adID)" }
        if let state = filter.state { condition = condition + " AND state = \(state.rawValue)" }
        if let sinceMs = filter.sinceMs { condition = condition + " AND received_at >= \(sinceMs)" }
        return try run("SELECT * FROM conversion_events WHERE \(condition) ORDER BY event_id DESC LIMIT \(limit)")
            .decoded { row throws(StoreError) in try StoredConversion(row) }
    }

    package func conversion(_ eventID: Int64) throws(StoreError) -> StoredConversion? {
        try run("SELECT * FROM conversion_events WHERE event_id = \(eventID)").first
            .map { row throws(StoreError) in try StoredConversion(row) }
    }

    /// Those of these that are stored, by their ids.
    package func conversions(_ eventIDs: [Int64]) throws(StoreError) -> [Int64: StoredConversion] {
        let rows = try run("SELECT * FROM conversion_events WHERE event_id IN (\(list: eventIDs))")
            .decoded { row throws(StoreError) in try StoredConversion(row) }
        return Dictionary(rows.map { ($0.eventID, $0) }) { first, _ in first }
    }

    /// Notes the ads behind a conversion, and which click brought it, so that a later event with the same click finds them again.
    package func attribute(
        _ attribution: Attribution, workspace: String, eventID: Int64, nowMs: Int64
    ) throws(StoreError) {
        try attribute([AttributedEvent(eventID: eventID, workspace: workspace, attribution: attribution)], nowMs: nowMs)
    }

    /// The same of many events, in few statements.
    package func attribute(_ events: [AttributedEvent], nowMs: Int64) throws(StoreError) {
        var rest = events[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.attributedPerStatement)
            rest = rest.dropFirst(part.count)
            let rows = part.map { event in
                let entities = event.attribution.entities
                return [
                    "\(event.eventID)", "\(event.workspace)", "\(entities.first(.ad))", "\(entities.first(.adset))",
                    "\(entities.first(.campaign))", "\(event.attribution.method.rawValue)",
                ] as [Statement]
            }
            try later(
                """
                UPDATE conversion_events AS c SET ad_id = found.column3, adset_id = found.column4, campaign_id = found.column5,
                    attributed_by = found.column6
                FROM (VALUES \(rows: rows)) AS found WHERE c.event_id = found.column1 AND c.workspace_id = found.column2
                """)
        }
        for event in events {
            switch event.attribution.method {
            case .named, .url, .lead:
                guard let click = event.attribution.click else { continue }
                try rememberClick(click, entities: event.attribution.entities, workspace: event.workspace, seenAtMs: nowMs)
            case .click, .none: continue
            }
        }
    }

    private static let attributedPerStatement = 64

    /// Where the conversions are now, and what Meta called its answer.
    package func setConversionState(
        _ eventIDs: [Int64], _ state: ConversionState, reason: String?, traceID: String?, atMs: Int64
    ) throws(StoreError) {
        let forwardedAtMs: Int64? = state == .forwarded ? atMs : nil
        try later(
            """
            UPDATE conversion_events SET state = \(state.rawValue), reason = \(reason), trace_id = COALESCE(\(traceID), trace_id),
                forwarded_at = COALESCE(\(forwardedAtMs), forwarded_at)
            WHERE event_id IN (\(list: eventIDs))
            """)
    }

    /// They will not get to Meta as they are, and wait in quarantine for somebody.
    ///
    /// `byMeta`: it has none of them. Then their dedupe keys are given back, so that the same again, corrected, is taken.
    package func refuseConversions(
        _ eventIDs: [Int64], _ reason: Reason, _ byMeta: RefusedByMeta? = nil, atMs: Int64
    ) throws(StoreError) {
        let cause = QuarantineCause(refusal: reason, path: byMeta?.path)
        try setConversionState(eventIDs, .refused, reason: reason.text, traceID: byMeta?.traceID, atMs: atMs)
        try later(
            """
            UPDATE conversion_events SET fault_code = \(cause.code), fault_path = \(cause.path), fault_sentence = \(cause.sentence),
                quarantined_at = \(atMs)
            WHERE event_id IN (\(list: eventIDs))
            """)
        guard byMeta != nil else { return }
        for conversion in try conversions(eventIDs).values.sorted(by: { $0.eventID < $1.eventID }) {
            try giveKeyBack(of: conversion)
        }
    }

    /// Notes which ad a click id belongs to; the latest word wins. Of the click only its keyed digest is stored.
    package func rememberClick(
        _ click: String, entities: [EntityRef], workspace: String, seenAtMs: Int64
    ) throws(StoreError) {
        guard !entities.isEmpty else { return }
        try later(
            """
            INSERT INTO click_ids (workspace_id, click_digest, ad_id, adset_id, campaign_id, seen_at)
            VALUES (\(workspace), \(try conceal("click:\(click)")), \(entities.first(.ad)), \(entities.first(.adset)),
                \(entities.first(.campaign)), \(seenAtMs))
            ON CONFLICT (workspace_id, click_digest) DO UPDATE SET ad_id = excluded.ad_id, adset_id = excluded.adset_id,
                campaign_id = excluded.campaign_id, seen_at = excluded.seen_at
            """)
    }

    /// The ad, ad set and campaign that a click id belongs to, as far as known; empty for one never seen.
    package func click(_ click: String, workspace: String) throws(StoreError) -> [EntityRef] {
        try clicks([click], workspace: workspace)[click] ?? []
    }

    /// The same of many; those never seen are left out.
    package func clicks(_ clicks: Set<String>, workspace: String) throws(StoreError) -> [String: [EntityRef]] {
        var names: [String: String] = [:]
        for click in clicks { names[try conceal("click:\(click)")] = click }
        var found: [String: [EntityRef]] = [:]
        var rest = names.keys.sorted()[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(Self.clicksPerStatement))
            rest = rest.dropFirst(part.count)
            for row in try run(
                "SELECT * FROM click_ids WHERE workspace_id = \(workspace) AND click_digest IN (\(list: part))")
            {
                guard let click = names[try row.text("click_digest")] else { continue }
                found[click] = [
                    try row.textOrNil("ad_id").map { EntityRef(.ad, $0) },
                    try row.textOrNil("adset_id").map { EntityRef(.adset, $0) },
                    try row.textOrNil("campaign_id").map { EntityRef(.campaign, $0) },
                ].compactMap(\.self)
            }
        }
        return found
    }

    private static let clicksPerStatement = 128
}

extension [EntityRef] {
    fileprivate func first(_ level: EntityLevel) -> String? { first { $0.level == level }?.id }
}
