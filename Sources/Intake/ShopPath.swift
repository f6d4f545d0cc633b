import Core

/// A path that a shop's or CRM's webhooks come to: `/webhooks/shopify/{source}`, `/webhooks/woocommerce/{source}`,
/// `/webhooks/crm/{source}`.
struct ShopPath: Equatable {
    let kind: SourceKind
    /// As configured.
    let source: String

    private static let kinds: [SourceKind] = [.shopify, .woocommerce, .crm]

    /// Nil for all other paths. One slash at the end makes no difference.
    init?(_ path: String) {
        guard path.hasPrefix("/webhooks/") else { return nil }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2)
        if parts.count > 2, parts.last?.isEmpty == true { parts.removeLast() }
        guard parts.count == 2, let word = parts.first, let name = parts.last, !name.isEmpty else { return nil }
        guard let kind = SourceKind(rawValue: String(word)), Self.kinds.contains(kind) else { return nil }
        self.kind = kind
        source = String(name)
    }
}
