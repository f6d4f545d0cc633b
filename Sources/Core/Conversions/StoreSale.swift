/// A sale in a shop (`physical_store`), by what Meta knows it when it is told again: not by its id, but by dataset, time, name, order and
/// item; where no order is named, by whom it is about.
///
/// <https://developers.facebook.com/docs/marketing-api/conversions-api/deduplicate-pixel-and-server-events>.
struct StoreSale {
    let dedupeKey: String

    /// Nil for every other event, and where its time is ours or nothing tells whose it is: it is known by its id then. Without an order, an id
    /// of the sender's own counts: who gives two sales two ids means two.
    ///
    /// `event` as it is stored; `digest` gives the SHA-256 in lower-case hex.
    init?(_ event: JSON, _ facts: ConversionFacts, hasMadeID: Bool, digest: ([UInt8]) -> String) {
        guard facts.actionSource == "physical_store", Self.isDated(event) else { return nil }
        let money = event["custom_data"]
        let item = money?["item_number"]?.filled ?? ""
        let hasOwnID = facts.eventID != nil && !hasMadeID
        let order = money?["order_id"]?.filled.map { "order\n\($0)" }
        guard let which = order ?? (hasOwnID ? nil : Self.people(event["user_data"])) else { return nil }
        let sale = digest(Array("\(which)\n\(item)".utf8)).prefix(32)
        let test = facts.isTest ? "test:" : ""
        dedupeKey = "conv:sale:\(test)\(facts.dataset):\(facts.eventName):\(facts.eventTimeSeconds):\(sale)"
    }

    /// A time that was set to that of receipt is another at the next attempt.
    private static func isDated(_ event: JSON) -> Bool {
        let ours: Set<String> = [ConversionFault.timeSetBack.rawValue, ConversionFault.timeInFuture.rawValue]
        let findings = event[ConversionDecoder.ownMember]?["findings"]?.items ?? []
        return event["event_time"]?.integer != nil && !findings.contains { $0[0]?.text.map(ours.contains) ?? false }
    }

    /// All of `user_data`, whatever the order of its keys and of the values of one; nil where it names nobody.
    private static func people(_ userData: JSON?) -> String? {
        guard let members = userData?.members, members.contains(where: { !ConversionKeys.business.contains($0.key) }) else {
            return nil
        }
        let keys = members.map { key, value in
            let values = value.items.isEmpty ? [value] : value.items
            let texts = values.map { value in value.text.map { HashText($0)?.hex ?? $0 } ?? value.encoded(sortedKeys: true) }
            return "\(key)=\(texts.sorted().joined(separator: ","))"
        }
        return "people\n" + keys.sorted().joined(separator: "\n")
    }
}
