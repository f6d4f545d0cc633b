/// How a shop's orders become events.
package struct OrderPolicy: Sendable, Equatable {
    /// When an order is a purchase.
    package enum Moment: String, Sendable, CaseIterable {
        /// Once it is paid: Shopify's `orders/paid`, WooCommerce's `processing` and `completed`.
        case paid
        /// Once it is placed, paid or not: Shopify's `orders/create`, and WooCommerce's `on-hold` too.
        case created
    }

    package var purchaseOn: Moment

    package init(purchaseOn: Moment = .paid) { self.purchaseOn = purchaseOn }
}
