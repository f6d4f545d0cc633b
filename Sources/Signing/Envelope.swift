/// What the store takes, and nothing else: a delivery that was verified.
package struct Envelope: Sendable {
    package let app: String
    package let request: CapturedRequest

    package init(webhook verified: Verified) {
        app = verified.app
        request = verified.request
    }
}
