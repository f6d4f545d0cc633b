/// Money of an order that was paid back.
package enum Refund {
    /// The event that says so.
    package static let eventName = ConversionKeys.refund

    /// What an event says of money; nil where it says nothing.
    package struct Amount: Sendable, Equatable {
        package let minor: Int64
        /// ISO 4217, upper-case.
        package let currency: String

        /// Nil where one of the two is missing, and below nothing.
        package init?(minor: Int64?, currency: String?) {
            guard let minor, minor >= 0, let currency else { return nil }
            self.minor = minor
            self.currency = currency
        }
    }

    /// What a refund takes from the revenue, in minor units of the purchase's currency; nil: it can't be told.
    ///
    /// One without an amount is one of all that is left. All refunds of an order together never take more than its purchase has brought: so
    /// no order is worth less than nothing, and what is missing of a figure only adds to it. A purchase whose worth is not known has
    /// brought nothing, and nothing is taken. Refunds in another currency than the purchase's can't be told.
    package static func taken(by refund: Amount?, of purchase: Amount?, after earlier: [Amount?]) -> Int64? {
        guard let purchase else { return 0 }
        guard (earlier + [refund]).allSatisfy({ $0 == nil || $0?.currency == purchase.currency }) else { return nil }
        let left = earlier.reduce(purchase.minor) { left, one in one.map { left - min(left, $0.minor) } ?? 0 }
        return refund.map { min($0.minor, left) } ?? left
    }
}
