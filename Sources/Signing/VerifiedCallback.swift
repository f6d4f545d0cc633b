package import Core

/// A callback of Meta's whose signature was right. Only `SignedRequest` makes one.
package struct VerifiedCallback: Sendable, Equatable {
    /// The app whose secret matched.
    package let app: String
    /// The person, by the id that they have in this app; `0` in tests of the dashboard.
    package let userID: String
    package let issuedAtSeconds: Int64?
    /// When the token in the payload ends; the callback itself does not expire.
    package let expiresSeconds: Int64?
    /// May hold a token: not to be kept.
    package let payload: JSON

    init(app: String, userID: String, issuedAtSeconds: Int64?, expiresSeconds: Int64?, payload: JSON) {
        self.app = app
        self.userID = userID
        self.issuedAtSeconds = issuedAtSeconds
        self.expiresSeconds = expiresSeconds
        self.payload = payload
    }
}
