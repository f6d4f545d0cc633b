/// How a shop's orders become events.
package struct OrderPolicy: Sendable, Equatable {
    /// When an order is a purchase.
    package enum Moment: String, Sendable, CaseIterable {
        /// Once it is paid: Shopify's `orders/paid`, WooCommerce's `processing` and `completed`.
        case paid
        /// Once it is placed, paid or not: Shopify's `orders/create`, and WooCommerce's `on-hold` too.
        case created
    }

    /// What a thing is called in `contents`: as the catalogue calls it.
    package enum ContentIDs: String, Sendable, CaseIterable {
        /// The shop's own number of it; what has none is left out.
        case sku
        /// The product, whichever variant of it; what is no product is left out.
        case product
        /// The variant; of what has none the product, else the SKU.
        case variant
    }

    package var purchaseOn: Moment
    package var contentIDs: ContentIDs

    package init(purchaseOn: Moment = .paid, contentIDs: ContentIDs = .variant) {
        self.purchaseOn = purchaseOn
        self.contentIDs = contentIDs
    }

    /// Under which a line of an order goes on; nil: it does not. `variant` is the key under which the shop has it.
    func contentID(of item: JSON, variant: String) -> String? {
        switch contentIDs {
        case .sku: item["sku"]?.filled
        case .product: item["product_id"]?.orderKey
        case .variant: item[variant]?.orderKey ?? item["product_id"]?.orderKey ?? item["sku"]?.filled
        }
    }
}
