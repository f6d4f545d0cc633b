/// A request whose signature was right over the bytes received. Only `SignatureCheck` makes one.
package struct Verified: Sendable {
    /// The app whose secret matched.
    package let app: String
    package let request: CapturedRequest

    init(app: String, request: CapturedRequest) {
        self.app = app
        self.request = request
    }
}
