import Core
import Signing

/// One request that the demo sends to the public port, and the answer it must get.
struct DemoRequest: Sendable {
    /// What the request is there to show.
    enum Kind: String, Sendable {
        case handshake, event, fixture, refused, conversion
    }

    let name: String
    let kind: Kind
    let method: String
    /// Path and query.
    let target: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]
    var expectedStatus: Int
    /// What the answer's body must be; nil: anything.
    var expectedBody: String?
    /// The body goes out in pieces and without a Content-Length.
    var inPieces = false

    /// A delivery as Meta sends it, signed with a secret.
    static func signed(_ name: String, kind: Kind = .event, _ body: [UInt8], secret: String) -> DemoRequest {
        DemoRequest(
            name: name, kind: kind, method: "POST", target: "/webhooks/meta",
            headers: [("Content-Type", "application/json"), ("X-Hub-Signature-256", signature(of: body, secret: secret))],
            body: body, expectedStatus: 200)
    }

    /// The same with another answer.
    func expecting(_ status: Int) -> DemoRequest {
        var request = self
        request.expectedStatus = status
        return request
    }

    static func signature(of body: [UInt8], secret: String) -> String {
        "sha256=" + HMACSHA256.hex(key: Array(secret.utf8), body)
    }
}
