import Core
import Listener
import Signing

/// What is needed of a shop's webhook once its body is there.
struct ShopCall: Sendable {
    let path: ShopPath
    let remoteAddress: String
    private let signatures: [String]
    private let topic: String
    private let origin: String?
    private let userAgent: String?

    init(_ head: RequestHead, _ path: ShopPath) {
        self.path = path
        remoteAddress = head.remoteAddress
        userAgent = head.values(of: "user-agent").first
        let isShopify = path.kind == .shopify
        signatures = head.values(of: isShopify ? "x-shopify-hmac-sha256" : "x-wc-webhook-signature")
        topic = head.values(of: isShopify ? "x-shopify-topic" : "x-wc-webhook-topic").first?.lowercased() ?? ""
        origin = head.values(of: isShopify ? "x-shopify-shop-domain" : "x-wc-webhook-source").first
    }

    /// WooCommerce's word that a webhook was made: a form with the webhook's number, signed by nobody.
    func isPing(_ body: [UInt8]) -> Bool {
        path.kind == .woocommerce && signatures.isEmpty && body.count <= 64 && body.starts(with: "webhook_id=".utf8)
    }

    func verify(_ body: [UInt8], _ source: IntakeSource?) -> Result<VerifiedSource, VerificationError> {
        ShopSignature.verify(signatures, body: body, source: source?.secrets, dataset: source?.dataset)
    }

    func notice(_ body: [UInt8], _ source: IntakeSource, nowMs: Int64) -> ShopNotice {
        let document: JSON
        do throws(JSONError) { document = try JSON.parse(body) } catch { return .leftAside(.unreadable) }
        let (orders, consent) = (source.policy.orders, source.consent)
        if path.kind == .shopify {
            return ShopifyOrder.notice(
                topic: topic, shop: origin, document, policy: orders, consent: consent, nowSeconds: nowMs / 1_000)
        }
        return WooOrder.notice(
            topic: topic, site: origin, document, policy: orders, consent: consent, nowSeconds: nowMs / 1_000)
    }

    /// What is stored of its events: those that are in order, and what is left of the others. Nil when nothing is left of any.
    ///
    /// Never all or nothing: nobody is there who could mend an order and send it again, and a shop that is refused again and again gives up.
    func envelope(_ events: [JSON], _ source: IntakeSource, _ verified: VerifiedSource, nowMs: Int64) -> Envelope? {
        let check = ConversionCheck(
            ConversionRequest(events: events), consent: source.consent.given, rules: source.policy.rules, strictness: .partial,
            nowMs: nowMs)
        let kept = check.events + check.faulty.compactMap(\.remains)
        guard !kept.isEmpty else { return nil }
        return Envelope(
            conversions: HashedEvent.made(of: kept, dataset: verified.dataset, ids: source.policy.eventIDs), from: verified,
            parameters: .none, target: "/\(verified.dataset)/events", userAgent: userAgent)
    }
}
