import Core
import TestSupport

/// The orders of `fixtures/orders`, with one thing in them changed.
enum OrderSample {
    static let policy = ConsentPolicy(path: ["buyer_accepts_marketing"], without: .drop)
    /// 2026-01-11T15:00:00Z.
    static let nowSeconds: Int64 = 1_768_143_600

    static func document(_ name: String, _ change: (inout JSONObject) -> Void = { _ in }) throws -> JSON {
        guard case .object(var object) = try JSON.parse(try Fixture.bytes("orders/\(name).json")) else { return .null }
        change(&object)
        return .object(object)
    }

    static func shopify(
        _ topic: String = "orders/paid", _ policy: OrderPolicy = OrderPolicy(), _ change: (inout JSONObject) -> Void = { _ in }
    ) throws -> ShopNotice {
        let name = topic.hasPrefix("refunds") ? "shopify-refund" : "shopify-order"
        return ShopifyOrder.notice(
            topic: topic, shop: "touchstone.myshopify.com", try document(name, change), policy: policy, consent: Self.policy,
            nowSeconds: nowSeconds)
    }

    static func woo(
        _ topic: String = "order.updated", _ policy: OrderPolicy = OrderPolicy(), _ change: (inout JSONObject) -> Void = { _ in }
    ) throws -> ShopNotice {
        WooOrder.notice(
            topic: topic, site: "https://woo.example/", try document("woocommerce-order", change), policy: policy,
            consent: ConsentPolicy(path: ["meta_data", "marketing_consent"], without: .drop), nowSeconds: nowSeconds)
    }
}

extension ShopNotice {
    /// The events; none where it was left aside.
    var events: [JSON] {
        switch self {
        case .events(let events): events
        case .leftAside: []
        }
    }
}
