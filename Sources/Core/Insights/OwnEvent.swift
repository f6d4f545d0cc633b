/// What we count ourselves, from our own events.
package enum OwnCount: String, Sendable, CaseIterable {
    case lead, purchase, comment
    /// Money of a purchase that was paid back; its value is what it takes from the revenue, at its own time.
    case refund
}

/// One event that counts for the entities behind it: a lead, a purchase, a comment, a refund.
package struct OwnEvent: Sendable, Equatable {
    package let count: OwnCount
    /// The most specific entities that are known: the ads, else the ad set or campaign. What is above them is found when it is read.
    package let entities: [EntityRef]
    /// When it happened, in ms since 1970.
    package let atMs: Int64
    /// In minor units by Meta's offsets; nil where there is no value.
    package let valueMinor: Int64?
    /// ISO 4217, upper-case.
    package let currency: String?

    package init(count: OwnCount, entities: [EntityRef], atMs: Int64, valueMinor: Int64? = nil, currency: String? = nil) {
        self.count = count
        self.entities = entities
        self.atMs = atMs
        self.valueMinor = valueMinor
        self.currency = currency
    }
}

/// What our own events of one entity came to over a stretch of time. Every event counts once.
package struct OwnFigures: Sendable, Equatable {
    package var leads: Int64 = 0
    package var purchases: Int64 = 0
    package var comments: Int64 = 0
    package var refunds: Int64 = 0
    /// Minor units per currency: what the purchases brought, less what the refunds took.
    package var revenueMinor: [String: Int64] = [:]
    /// Purchases whose value is not known: then revenue is at least what it says.
    package var purchasesWithoutValue: Int64 = 0
    /// Refunds of which it can't be told what they took: then revenue is not known.
    package var refundsWithoutValue: Int64 = 0
    /// The newest event behind each count: what the figure was made from.
    package var latest: [OwnCount: Int64] = [:]

    package init() {}
}
