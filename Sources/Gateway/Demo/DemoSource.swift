import Core
import Signing

/// A shop's backend that sends conversions.
struct DemoSource: Sendable {
    let name: String
    let workspace: String
    let dataset: String
    let token: String
    let secret: String

    var tokenVariable: String { "DEMO_SOURCE_TOKEN_" + name.uppercased() }
    var secretVariable: String { "DEMO_SOURCE_SECRET_" + name.uppercased() }

    /// As the configuration writes it: what comes without consent stays in the house.
    var configuration: JSON {
        [
            "name": .string(name), "workspace": .string(workspace), "token": .string("${\(tokenVariable)}"),
            "secret": .string("${\(secretVariable)}"), "datasets": .array([.string(dataset)]),
            "consent": ["from": "custom_data.consent", "without": "drop"],
        ]
    }

    /// Where a request carries its token and proof.
    enum Access: CaseIterable {
        case body, query
        /// The token in the header, the proof in the query with its time.
        case header
    }

    /// A request as the shop's backend sends it.
    func request(_ name: String, _ events: JSON, _ access: Access, nowMs: Int64, changing: (inout Proof) -> Void = { _ in })
        -> DemoRequest
    {
        var proof = Proof(dataset: dataset, token: token, secret: secret)
        changing(&proof)
        var body = JSONObject([.init(key: "data", value: events)])
        var headers = [(name: "Content-Type", value: "application/json"), (name: "User-Agent", value: "demo-shop/1.0")]
        var query = ""
        switch access {
        case .body:
            body["access_token"] = .string(proof.token)
            body["appsecret_proof"] = .string(proof.text)
        case .query: query = "?access_token=\(proof.token)&appsecret_proof=\(proof.text)"
        case .header:
            proof.time = nowMs / 1_000
            headers.append(("Authorization", "Bearer \(proof.token)"))
            query = "?appsecret_proof=\(proof.text)&appsecret_time=\(nowMs / 1_000)"
        }
        return DemoRequest(
            name: name, kind: .conversion, method: "POST", target: "/v26.0/\(proof.dataset)/events\(query)", headers: headers,
            body: JSON.object(body).bytes(), expectedStatus: 200)
    }

    /// What a request proves itself with; the story spoils it where it wants a refusal.
    struct Proof {
        var dataset: String
        var token: String
        var secret: String
        var time: Int64?

        var text: String {
            HMACSHA256.hex(key: Array(secret.utf8), Array((token + (time.map { "|\($0)" } ?? "")).utf8))
        }
    }
}
