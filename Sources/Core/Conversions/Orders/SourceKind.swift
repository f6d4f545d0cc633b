/// What a source is, and so by which entrance and in what form its events come.
package enum SourceKind: String, Sendable, CaseIterable {
    /// A backend with one of Meta's SDKs, or with none: events as Meta defines them.
    case sdk
    /// Shopify's webhooks: orders and refunds.
    case shopify
    /// WooCommerce's webhooks: orders.
    case woocommerce
    /// What becomes of Meta's leads, stage by stage.
    case crm
}
