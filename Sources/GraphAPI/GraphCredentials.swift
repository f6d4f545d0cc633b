import Signing

/// An access token of a workspace, Page or dataset, with the proof that goes with it.
///
/// Descriptions and reflection show neither, so that no log or error can.
package struct GraphCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let token: String
    let proof: String
    private let appSecret: String

    /// The proof covers this token only; a new token needs new credentials.
    package init(token: String, appSecret: String) {
        self.token = token
        self.appSecret = appSecret
        self.proof = AppSecretProof.hex(token: token, secret: appSecret)
    }

    /// Those of another token that Meta gave to the same app.
    func issued(_ token: String) -> GraphCredentials { GraphCredentials(token: token, appSecret: appSecret) }

    package var description: String { "GraphCredentials" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// A text of Meta's, without the token and without anything that looks like one.
    ///
    /// Meta repeats tokens in some messages ("Malformed access token …").
    func scrubbed(_ text: String, charactersMax: Int = 300) -> String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word -> Substring in
            word.utf8.count >= 32 || (!token.isEmpty && word.contains(token)) ? "…" : word
        }
        return String(words.joined(separator: " ").prefix(charactersMax))
    }
}
