import Core
import Foundation
import Intake
import Signing
import TestSupport

/// A shop's backend, as it talks to the public port.
enum Shop {
    static let token = "shop-token-8241-aaaa"
    static let secret = "shop-secret-8241"
    static let dataset = "987654321"
    static let path = "/v26.0/\(dataset)/events"

    static func source(
        _ name: String = "shop", token: String = token, secret: String? = secret, datasets: Set<String> = [dataset],
        without: WithoutConsent = .send
    ) -> IntakeSource {
        IntakeSource(
            secrets: SourceSecrets(name: name, tokens: [token], secrets: secret.map { [$0] } ?? [], datasets: datasets),
            consent: ConsentPolicy(path: ["custom_data", "consent"], without: without))
    }

    static var nowSeconds: Int64 { Int64(Date().timeIntervalSince1970) }

    /// A purchase that is right in everything.
    static func purchase(_ number: Int = 1) -> JSON {
        [
            "event_name": "Purchase", "event_time": .integer(nowSeconds - 60), "event_id": .string("order-\(number)"),
            "action_source": "website", "event_source_url": "https://shop.example/thanks?order=\(number)",
            "user_data": [
                "em": ["jane.doe@shop.example"], "ph": "+48 600 700 800", "client_user_agent": "Mozilla/5.0",
                "client_ip_address": "203.0.113.7",
            ],
            "custom_data": ["value": .number("129.9"), "currency": "EUR", "consent": true],
        ]
    }

    static func body(_ events: [JSON], _ more: [(String, JSON)] = signed) -> JSON {
        var body: JSON = ["data": .array(events)]
        for (key, value) in more { body.set([key], value) }
        return body
    }

    /// Token and proof, as the body carries them.
    static var signed: [(String, JSON)] {
        [("access_token", .string(token)), ("appsecret_proof", .string(AppSecretProof.hex(token: token, secret: secret)))]
    }

    static func request(
        _ body: JSON, _ target: String = path, headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
    ) -> WebRequest {
        WebRequest("POST", target, headers: headers, body: body.bytes())
    }

    static func request(_ events: [JSON]) -> WebRequest { request(body(events)) }
}

extension JSON {
    /// Puts a value at a path of keys, or takes it away.
    mutating func set(_ path: [String], _ value: JSON?) {
        guard case .object(var object) = self, let key = path.first else { return }
        if path.count == 1 {
            object[key] = value
        } else {
            var inner = object[key] ?? [:]
            inner.set(Array(path.dropFirst()), value)
            object[key] = inner
        }
        self = .object(object)
    }

    func with(_ path: String, _ value: JSON?) -> JSON {
        var changed = self
        changed.set(path.split(separator: ".").map(String.init), value)
        return changed
    }
}

extension JSON {
    static func parse(_ answer: WebAnswer) throws -> JSON { try parse(Array(answer.body.utf8)) }
}
