import Core
import Foundation
import Intake
import Signing
import TestSupport

/// A shop of Shopify's and one of WooCommerce's, as they talk to the public port.
enum Webshop {
    /// 2026-01-11T15:00:00Z.
    static let nowMs: Int64 = 1_768_143_600_000

    static func port(disk: Disk = Disk(), limits: IntakeLimits = IntakeLimits()) async throws -> PublicPort {
        try await PublicPort.start(
            sources: [
                source("shopify", .shopify, "111", ["buyer_accepts_marketing"]),
                source("woo", .woocommerce, "222", ["meta_data", "marketing_consent"]), Shop.source(),
            ], limits: limits, disk: disk, nowMs: { nowMs })
    }

    static func source(_ name: String, _ kind: SourceKind, _ dataset: String, _ consent: [String]) -> IntakeSource {
        IntakeSource(
            secrets: SourceSecrets(
                name: name, tokens: ["token-of-\(name)"], secrets: [Fixture.secret, "old"], datasets: [dataset]),
            consent: ConsentPolicy(path: consent, without: .drop), policy: SourcePolicy(kind: kind))
    }

    /// The fixture that goes with the topic, with its own signature, or changed and signed anew.
    static func shopify(_ topic: String, _ change: ((inout JSONObject) -> Void)? = nil) throws -> WebRequest {
        let name = topic.hasPrefix("refunds") ? "shopify-refund" : "shopify-order"
        return try request(name, "/webhooks/shopify/shopify", "X-Shopify-Hmac-Sha256", change)
            .with("X-Shopify-Topic", topic).with("X-Shopify-Shop-Domain", "touchstone.myshopify.com")
            .with("X-Shopify-Webhook-Id", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043")
    }

    static func woo(_ topic: String, _ change: ((inout JSONObject) -> Void)? = nil) throws -> WebRequest {
        try request("woocommerce-order", "/webhooks/woocommerce/woo", "X-WC-Webhook-Signature", change)
            .with("X-WC-Webhook-Topic", topic).with("X-WC-Webhook-Source", "https://woo.example/")
    }

    /// As WooCommerce sends it when a webhook is made.
    static var ping: WebRequest {
        WebRequest(
            "POST", "/webhooks/woocommerce/woo", headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array("webhook_id=17".utf8))
    }

    private static func request(_ name: String, _ path: String, _ header: String, _ change: ((inout JSONObject) -> Void)?) throws
        -> WebRequest
    {
        var body = try Fixture.bytes("orders/\(name).json")
        let signature = String(decoding: try Fixture.bytes("orders/\(name).hmac"), as: UTF8.self)
        let request = WebRequest("POST", path, headers: [("Content-Type", "application/json")], body: body)
        guard let change else { return request.with(header, signature.trimmingCharacters(in: .whitespacesAndNewlines)) }
        guard case .object(var object) = try JSON.parse(body) else { return request }
        change(&object)
        body = JSON.object(object).bytes()
        return signed(request.with(header, "").with(body: body))
    }

    /// Signed anew, with the header that the request has for it.
    static func signed(_ request: WebRequest, secret: String = Fixture.secret) -> WebRequest {
        let name = request.target.contains("/woocommerce/") ? "X-WC-Webhook-Signature" : "X-Shopify-Hmac-Sha256"
        let signature = Data(HMACSHA256.bytes(key: Array(secret.utf8), request.body ?? [])).base64EncodedString()
        return request.without(name).with(name, signature)
    }
}

extension WebRequest {
    func with(_ name: String, _ value: String) -> WebRequest {
        var request = self
        request.headers.append((name, value))
        return request
    }

    func without(_ name: String) -> WebRequest {
        var request = self
        request.headers.removeAll { $0.name == name }
        return request
    }

    func with(body: [UInt8]) -> WebRequest {
        var request = self
        request.body = body
        return request
    }

    func to(_ target: String) -> WebRequest {
        var request = self
        request.target = target
        return request
    }
}
