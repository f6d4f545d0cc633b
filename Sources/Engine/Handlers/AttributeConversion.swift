package import Core
import Storage

/// Finds the ad behind a conversion, and counts what counts.
///
/// By what it says of itself (`attribution_data`), else by ids in `event_source_url`, else by the lead that it names, else by a click id that
/// came with an ad before. Ids that this workspace does not know yet are taken as they are: the refresher reads them with the workspace's
/// own token, and gives up one that is not of its accounts.
///
/// A `Purchase` counts as a purchase, with its value where that is not below zero. A `Lead` counts as a lead only without `lead_id`: with one it
/// is a stage of a lead that Meta notified us of, which is counted when it is read. What was sent with a `test_event_code` is never
/// counted, nor is what was set aside because of its faults. Without consent, and where the source drops such events, only the ids that the event or its URL names are used: it counts in the
/// shop's own figures, no click is looked up or remembered.
package struct AttributeConversion: Handler {
    package static let name = "attribute"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = [.ads]
    package static let argument = HandlerArgument.none

    package init(argument: String) {}

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.event.object == ConversionDecoder.object else { return }
        guard work.workspace != nil else { throw .dead(.sourceGone) }
        guard let conversion = try await work.conversion(), !conversion.isQuarantined else { return }
        let event = try await work.conversionPart()
        let found: Found
        do {
            let name = work.event.workspace
            let usesClick = conversion.consent != .dropped
            found = try await work.reach.store.read { try Found(event, usesClick: usesClick, workspace: name, in: $0) }
        } catch {
            throw .failed(.retry(.unreadableStore))
        }
        work.emit(.attribute(Attribution(entities: found.entities, method: found.method, click: found.click)))
        work.ads += found.ads
        work.above += found.ads.isEmpty ? found.entities : []
        if let own = conversion.own(for: found.counted, event) { work.emit(.count(own)) }
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

    init(_ event: JSON, usesClick: Bool, workspace: String, in transaction: Transaction) throws {
        let hints = AttributionHints(event: event)
        click = usesClick ? hints.clickDigestInput : nil
        let named = [
            hints.adIDs.first.map { EntityRef(.ad, $0) }, hints.adsetIDs.first.map { EntityRef(.adset, $0) },
            hints.campaignIDs.first.map { EntityRef(.campaign, $0) },
        ].compactMap(\.self)
        if let surest = named.first {
            let own = event["attribution_data"]?["\(surest.level.rawValue)_id"]?.id
            try take(named, own == surest.id ? .named : .url, workspace, transaction)
        } else if let leadID = hints.leadID, let lead = try transaction.lead(workspace: workspace, leadID: leadID) {
            try take(lead.entities, .lead, workspace, transaction)
        }
        if entities.isEmpty, let click {
            try take(try transaction.click(click, workspace: workspace), .click, workspace, transaction)
        }
    }

    /// Of an ad that is known, what is above it is known better than any URL says.
    private mutating func take(_ named: [EntityRef], _ method: AttributionMethod, _ workspace: String, _ transaction: Transaction)
        throws
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
        let known = try transaction.resolvedAd(surest.id, workspace: workspace)
        ads = [known ?? said]
        entities = (known ?? said).entities
        // an ad that was never read counts for the campaign of the URL at once, if that is one of ours
        counted =
            try known == nil
            ? [surest] + named.dropFirst().filter { try transaction.entity($0, workspace: workspace) != nil } : [surest]
    }
}

extension StoredLead {
    fileprivate var entities: [EntityRef] {
        [adID.map { EntityRef(.ad, $0) }, adsetID.map { EntityRef(.adset, $0) }, campaignID.map { EntityRef(.campaign, $0) }]
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
