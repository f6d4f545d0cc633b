package import Core
package import Signing

/// One message to a destination.
package struct OutboundRequest: Sendable {
    package enum Payload: Sendable {
        /// `text` is what a chat shows.
        case event(json: JSON, text: String)
        /// A webhook to hand on.
        case received(CapturedRequest)
    }

    /// Stays the same over all attempts, so that a receiver can tell a repeat (`webhook-id`).
    package let id: String
    package let payload: Payload
    /// `traceparent`, of W3C Trace Context; nil where it is about no event.
    package let parent: String?

    package init(id: String, payload: Payload, parent: String? = nil) {
        self.id = id
        self.payload = payload
        self.parent = parent
    }

    /// What goes over the wire; nil when the destination can't take such a message.
    func wire(for destination: Destination, nowMs: Int64) -> WireMessage? {
        guard var message = body(for: destination, nowMs: nowMs) else { return nil }
        if let parent { message.headers.append(("traceparent", parent)) }
        return message
    }

    private func body(for destination: Destination, nowMs: Int64) -> WireMessage? {
        switch (destination.form, payload) {
        case (.json, .event(let json, _)):
            signed(Array(json.encoded().utf8), contentType: "application/json", destination, nowMs)
        case (.json, .received(let captured)):
            signed(
                captured.body, contentType: captured.values(of: "content-type").first ?? "application/json", destination, nowMs)
        case (.slack, .event(_, let text)):
            WireMessage(
                method: "POST", headers: [("Content-Type", "application/json"), Self.agent] + destination.headers,
                body: Array((["text": .string(text)] as JSON).encoded().utf8))
        case (.received, .received(let captured)): Self.unchanged(captured, destination)
        case (.slack, .received), (.received, .event): nil
        }
    }

    private static let agent = (name: "User-Agent", value: "touchstone")

    /// <https://www.standardwebhooks.com>; without a secret there is no signature, id and time are there all the same.
    private func signed(_ body: [UInt8], contentType: String, _ destination: Destination, _ nowMs: Int64) -> WireMessage {
        let seconds = nowMs / 1_000
        var headers: [(name: String, value: String)] = [
            ("Content-Type", contentType), Self.agent, ("webhook-id", id), ("webhook-timestamp", String(seconds)),
        ]
        if let secret = destination.secret {
            let signature = StandardWebhooks.signature(id: id, timestampSeconds: seconds, body: body, secret: secret)
            headers.append(("webhook-signature", signature))
        }
        return WireMessage(method: "POST", headers: headers + destination.headers, body: body)
    }

    private static let handedOn = [
        "content-type": "Content-Type", "user-agent": "User-Agent", "x-hub-signature-256": "X-Hub-Signature-256",
        "x-hub-signature": "X-Hub-Signature",
    ]

    /// Method, body and what the signature needs, so that an existing receiver verifies it as if Meta had called.
    private static func unchanged(_ captured: CapturedRequest, _ destination: Destination) -> WireMessage {
        let headers = captured.headers.compactMap { header in
            handedOn[header.name].map { (name: $0, value: header.value) }
        }
        return WireMessage(method: captured.method, headers: headers + destination.headers, body: captured.body)
    }
}

/// A message as sent.
struct WireMessage: Sendable {
    let method: String
    var headers: [(name: String, value: String)]
    let body: [UInt8]
}
