import Core
import Storage

/// What the handlers of many events read in one transaction: each thing is asked for once, and of all events at once.
package final class Reading {
    let transaction: Transaction
    /// What the conversions were made of.
    private let parts: [Int64: JSON]
    private let conversions: [Int64: StoredConversion]
    private var repeated: Set<Int64>?
    private var hints: [Int64: AttributionHints] = [:]
    /// By workspace, then by click id.
    private var clicks: [String: [String: [EntityRef]]] = [:]
    private var ads: [OwnedAd: ResolvedAd?] = [:]

    private struct OwnedAd: Hashable {
        let workspace: String
        let id: String
    }

    /// `parts`: of the conversions among the events, by their ids.
    init(_ events: [StoredEvent], _ parts: [Int64: JSON], in transaction: Transaction) throws {
        self.transaction = transaction
        self.parts = parts
        let ids = events.filter { $0.object == ConversionDecoder.object }.map(\.id)
        conversions = ids.isEmpty ? [:] : try transaction.conversions(ids)
    }

    /// The row of a conversion; nil when it was pruned.
    func conversion(_ eventID: Int64) -> StoredConversion? { conversions[eventID] }

    /// The stored conversion, hashed as it is.
    func part(_ eventID: Int64) throws(HandlerError) -> JSON {
        guard let part = parts[eventID] else { throw .dead(.deliveryGone) }
        return part
    }

    /// What a conversion says about the ad behind it.
    func hints(_ eventID: Int64, _ part: JSON) -> AttributionHints {
        if let known = hints[eventID] { return known }
        let made = AttributionHints(event: part)
        hints[eventID] = made
        return made
    }

    /// The order came before, and has been sent on and counted.
    func isRepeatedOrder(_ conversion: StoredConversion) throws -> Bool {
        guard conversion.isOfOrder else { return false }
        if repeated == nil {
            repeated = try transaction.repeatedOrders(among: conversions.values.filter(\.isOfOrder).map(\.eventID).sorted())
        }
        return repeated?.contains(conversion.eventID) ?? false
    }

    /// The ad that a click id came with before, with what is above it.
    func click(_ click: String, workspace: String) throws -> [EntityRef] {
        if clicks[workspace] == nil { clicks[workspace] = try transaction.clicks(clickIDs(of: workspace), workspace: workspace) }
        return clicks[workspace]?[click] ?? []
    }

    /// Another event of these found the ads behind its click: those that come after it find them, too.
    func note(_ click: String, _ entities: [EntityRef], workspace: String) throws {
        _ = try self.click(click, workspace: workspace)
        clicks[workspace]?[click] = entities
    }

    /// Those that may be asked for.
    private func clickIDs(of workspace: String) -> Set<String> {
        Set(
            parts.compactMap { eventID, part in
                guard let conversion = conversions[eventID], conversion.workspace == workspace,
                    conversion.consent != .dropped
                else { return nil }
                return hints(eventID, part).clickDigestInput
            })
    }

    func ad(_ id: String, workspace: String) throws -> ResolvedAd? {
        let place = OwnedAd(workspace: workspace, id: id)
        if let known = ads[place] { return known }
        let found = try transaction.resolvedAd(id, workspace: workspace)
        ads[place] = .some(found)
        return found
    }
}

extension StoredConversion {
    /// It may be an order that is told of once more.
    fileprivate var isOfOrder: Bool { eventName == "Purchase" && conversionID != nil }
}
