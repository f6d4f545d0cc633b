package import Core
package import Storage

/// Finds the ad behind a conversion, and counts what counts.
///
/// By what it says of itself (`attribution_data`), else by ids in `event_source_url`, else by the lead that it names, else by a click id that
/// came with an ad before; a refund by its order's purchase. Ids that this workspace does not know yet are taken as they are: the refresher reads them with the workspace's
/// own token, and gives up one that is not of its accounts.
///
/// A `Purchase` counts as a purchase, with its value where that is not below zero. A `Lead` counts as a lead only without `lead_id`: with one it
/// is a stage of a lead that Meta notified us of, which is counted when it is read. What was sent with a `test_event_code` is never
/// counted, nor is what was set aside because of its faults. Without consent, and where the source drops such events, only the ids that the event or its URL names are used: it counts in the
/// shop's own figures, no click is looked up or remembered.
package struct AttributeConversion: ConversionHandler {
    package static let name = "attribute"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = [.ads]
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    /// A refund is looked up with its purchase, which came in another delivery.
    package static func isEnough(for event: StoredEvent) -> Bool { event.field != Refund.eventName }

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.event.object == ConversionDecoder.object, work.event.field == Refund.eventName else {
            return try await decideAlone(&work)
        }
        guard work.workspace != nil else { throw .dead(.sourceGone) }
        guard let conversion = try await work.conversion(), !conversion.isSetAside else { return }
        try await takeBack(conversion, &work)
    }

    package func decide(on conversion: StoredConversion, _ work: inout Work, _ reading: Reading) throws {
        let event = try reading.part(work.event.id)
        let found = try Found(
            event, work.event.id, usesClick: conversion.consent != .dropped, workspace: work.event.workspace, in: reading)
        found.note(in: &work)
        if let click = found.newClick { try reading.note(click, found.entities, workspace: work.event.workspace) }
        guard let own = conversion.own(for: found.counted, event) else { return }
        if own.count == .purchase, try reading.isRepeatedOrder(conversion) { return }
        work.emit(.count(own))
    }
}

extension Work {
    /// The row of this conversion; nil when it was pruned.
    fileprivate func conversion() async throws(HandlerError) -> StoredConversion? {
        do {
            return try await reach.store.read { [event] in try $0.conversion(event.id) }
        } catch {
            throw .failed(.retry(.unreadableStore))
        }
    }
}

extension AttributeConversion {
    /// A refund belongs to the ads of the order's purchase, and takes from what that brought. One of an order that never came here is kept,
    /// and touches no figure.
    private func takeBack(_ refund: StoredConversion, _ work: inout Work) async throws(HandlerError) {
        let order: RefundedOrder
        let found: Found
        do {
            order = try await work.reach.store.read { try $0.refundedOrder(of: refund) }
            found = try await Found.purchase(order.purchase, work)
        } catch {
            throw .failed(.retry(.unreadableStore))
        }
        let waitsUntilMs = refund.receivedAtMs + Limits.refundWaitMs
        if order.purchase == nil, work.reach.clock.nowMs() < waitsUntilMs {
            throw .failed(.snooze(untilMs: waitsUntilMs, Reason("purchase_awaited", "The order that it is of has not come yet.")))
        }
        found.note(in: &work)
        guard let purchase = order.purchase, !order.isRepeat, !refund.isTest, !found.counted.isEmpty else { return }
        guard !refund.isMoot(for: purchase) else { return }
        let earlier = order.earlier.filter { !$0.isMoot(for: purchase) }
        let taken = Refund.taken(by: refund.amount, of: purchase.amount, after: earlier.map(\.amount))
        work.emit(
            .count(
                OwnEvent(
                    count: .refund, entities: found.counted, atMs: refund.eventTimeSeconds * 1_000, valueMinor: taken,
                    currency: purchase.amount?.currency)))
    }
}

extension StoredConversion {
    fileprivate var amount: Refund.Amount? { Refund.Amount(minor: valueMinor, currency: currency) }

    /// The order was given up before anybody paid for it, and bought after all: nothing had come that could go back.
    fileprivate func isMoot(for purchase: StoredConversion) -> Bool {
        valueMinor == nil && eventTimeSeconds < purchase.eventTimeSeconds
    }
}

/// The ads behind a conversion.
private struct Found: Sendable {
    /// The ad with what is above it, else the ad set or campaign that was named.
    var entities: [EntityRef] = []
    var ads: [ResolvedAd] = []
    /// What it counts for: what is above a known ad is found when it is asked for.
    var counted: [EntityRef] = []
    var method = AttributionMethod.none
    let click: String?

    init(_ event: JSON, _ eventID: Int64, usesClick: Bool, workspace: String, in reading: Reading) throws {
        let hints = reading.hints(eventID, event)
        click = usesClick ? hints.clickDigestInput : nil
        let named = [
            hints.adIDs.first.map { EntityRef(.ad, $0) }, hints.adsetIDs.first.map { EntityRef(.adset, $0) },
            hints.campaignIDs.first.map { EntityRef(.campaign, $0) },
        ].compactMap(\.self)
        if let surest = named.first {
            let own = event["attribution_data"]?["\(surest.level.rawValue)_id"]?.id
            try take(named, own == surest.id ? .named : .url, workspace, reading)
        } else if let leadID = hints.leadID, let lead = try reading.transaction.lead(workspace: workspace, leadID: leadID) {
            try take(lead.entities, .lead, workspace, reading)
        }
        if entities.isEmpty, let click {
            try take(try reading.click(click, workspace: workspace), .click, workspace, reading)
        }
    }

    private init() { click = nil }

    /// The click whose ads it tells of.
    var newClick: String? {
        switch method {
        case .named, .url, .lead: entities.isEmpty ? nil : click
        case .click, .none: nil
        }
    }

    /// Those of a purchase: as they were found for it, else as they are found now.
    static func purchase(_ purchase: StoredConversion?, _ work: Work) async throws -> Found {
        guard let purchase else { return Found() }
        let (workspace, usesClick) = (purchase.workspace, purchase.consent != .dropped)
        if let method = purchase.attributedBy {
            return try await work.reach.store.read { transaction in
                var found = Found()
                try found.take(purchase.named, method, workspace, Reading([], [:], in: transaction))
                return found
            }
        }
        guard let event = try await work.reach.store.read({ try $0.event(purchase.eventID) })?.listing.event,
            let part = try await work.reach.deliveries.part(of: event)
        else { return Found() }
        return try await work.reach.store.read { transaction in
            let reading = try Reading([event], [event.id: part], in: transaction)
            return try Found(part, event.id, usesClick: usesClick, workspace: workspace, in: reading)
        }
    }

    func note(in work: inout Work) {
        work.emit(.attribute(Attribution(entities: entities, method: method, click: click)))
        work.ads += ads
        work.above += ads.isEmpty ? entities : []
    }

    /// Of an ad that is known, what is above it is known better than any URL says.
    private mutating func take(_ named: [EntityRef], _ method: AttributionMethod, _ workspace: String, _ reading: Reading) throws
    {
        guard let surest = named.first else { return }
        self.method = method
        guard surest.level == .ad else {
            (entities, counted) = (named, [surest])
            return
        }
        let said = ResolvedAd(
            adID: surest.id, adsetID: named.first { $0.level == .adset }?.id,
            campaignID: named.first { $0.level == .campaign }?.id)
        let known = try reading.ad(surest.id, workspace: workspace)
        ads = [known ?? said]
        entities = (known ?? said).entities
        // an ad that was never read counts for the campaign of the URL at once, if that is one of ours
        counted =
            try known == nil
            ? [surest]
                + named.dropFirst().filter {
                    try reading.transaction.entity($0, workspace: workspace) != nil
                } : [surest]
    }
}

extension StoredLead {
    fileprivate var entities: [EntityRef] { EntityRef.all(ad: adID, adset: adsetID, campaign: campaignID) }
}

extension StoredConversion {
    fileprivate var named: [EntityRef] { EntityRef.all(ad: adID, adset: adsetID, campaign: campaignID) }
}

extension EntityRef {
    /// The surest first.
    fileprivate static func all(ad: String?, adset: String?, campaign: String?) -> [EntityRef] {
        [ad.map { EntityRef(.ad, $0) }, adset.map { EntityRef(.adset, $0) }, campaign.map { EntityRef(.campaign, $0) }]
            .compactMap(\.self)
    }
}

extension StoredConversion {
    /// What it counts as for the entities; nil for what does not count.
    fileprivate func own(for entities: [EntityRef], _ event: JSON) -> OwnEvent? {
        guard !isTest, !entities.isEmpty else { return nil }
        let value = valueMinor.flatMap { $0 >= 0 ? $0 : nil }
        switch eventName {
        case "Purchase":
            return OwnEvent(
                count: .purchase, entities: entities, atMs: eventTimeSeconds * 1_000, valueMinor: value,
                currency: value == nil ? nil : currency)
        case "Lead" where event["user_data"]?["lead_id"]?.id == nil:
            return OwnEvent(count: .lead, entities: entities, atMs: eventTimeSeconds * 1_000)
        case _: return nil
        }
    }
}
