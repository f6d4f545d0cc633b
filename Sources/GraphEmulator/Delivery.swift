import Foundation

/// A webhook to be sent: where, what, and how it is signed.
package struct Delivery: Sendable {
    /// How the signature header is made.
    package enum Signature: String, Sendable, CaseIterable {
        case valid, wrong, missing, sha1, malformed
    }

    /// Where it goes.
    package var url: String
    /// Whose secret signs it, when `secret` is nil.
    package var app: String?
    package var secret: String?
    package var body: [UInt8]
    package var signature: Signature
    package var headers: [String: String]
    /// A file with the certificate that the receiver's is checked against; nil: the system's.
    package var ca: String?

    /// A delivery that is signed as Meta signs it.
    package init(
        url: String, app: String? = nil, secret: String? = nil, body: [UInt8], signature: Signature = .valid,
        headers: [String: String] = [:], ca: String? = nil
    ) {
        self.url = url
        self.app = app
        self.secret = secret
        self.body = body
        self.signature = signature
        self.headers = headers
        self.ca = ca
    }

    /// The same from a document of the control endpoint.
    init?(_ value: Value, webhook: [UInt8]? = nil) {
        guard let url = value["url"]?.text, let body = webhook ?? Self.body(value) else { return nil }
        let word = value["signature"]?.text ?? "valid"
        guard let signature = Signature(rawValue: word) else { return nil }
        self.init(
            url: url, app: value["app"]?.text, secret: value["secret"]?.text, body: body, signature: signature,
            headers: Dictionary((value["headers"]?.members ?? []).map { ($0.key, $0.value.parameter) }) { _, last in last },
            ca: value["ca"]?.text)
        guard app != nil || secret != nil || signature == .missing else { return nil }
    }

    private static func body(_ value: Value) -> [UInt8]? {
        if let text = value["body"]?.text { return Array(text.utf8) }
        if let base64 = value["body_base64"]?.text { return Data(base64Encoded: base64).map(Array.init) }
        return value["object"].map { Array($0.encoded(.meta).utf8) }
    }

    /// The name and the value of the signature header.
    func signatureHeader(secret: String) -> (name: String, value: String)? {
        let key = Array(secret.utf8)
        switch signature {
        case .missing: return nil
        case .malformed: return ("X-Hub-Signature-256", "sha256=nonsense")
        case .sha1: return ("X-Hub-Signature", "sha1=" + Digests.hex(Digests.hmac(Digests.sha1, key: key, body)))
        case .valid: return ("X-Hub-Signature-256", "sha256=" + Digests.hmac256Hex(key: secret, body))
        case .wrong:
            let right = Digests.hmac256Hex(key: secret, body)
            return ("X-Hub-Signature-256", "sha256=" + (right.hasSuffix("0") ? right.dropLast() + "1" : right.dropLast() + "0"))
        }
    }
}

/// What a receiver said.
package struct DeliveryAnswer: Sendable {
    /// Nil: no answer came.
    package let status: Int?
    package let body: String
    /// From the call to the answer, by the machine's clock.
    package let wallUs: Int64
    /// Why no answer came.
    package let error: String?
}
