/// What the store takes, and nothing else: a delivery that was verified, its personal values hashed where it has any.
package struct Envelope: Sendable {
    package let kind: EnvelopeKind
    /// As configured: the app whose secret matched, the source for conversions.
    package let app: String
    package let request: CapturedRequest

    package init(webhook verified: Verified) {
        kind = .webhook
        app = verified.app
        request = verified.request
    }

    init(kind: EnvelopeKind, app: String, request: CapturedRequest) {
        self.kind = kind
        self.app = app
        self.request = request
    }
}
