/// What proves that a request comes from a source of conversions, and the datasets that it may write to.
package struct SourceSecrets: Sendable {
    /// As configured.
    package let name: String
    package let datasets: Set<String>
    /// With a secret, every request needs an `appsecret_proof`.
    let secret: String?
    /// The tokens' digests, so that all comparisons take the same time whatever the tokens' lengths.
    let tokens: [Digest]

    /// Empty tokens are left out, as is an empty secret: anybody can send those. Newest first while tokens are rotated.
    package init(name: String, tokens: [String], secret: String?, datasets: Set<String>) {
        self.name = name
        self.datasets = datasets
        self.secret = secret?.isEmpty == true ? nil : secret
        self.tokens = tokens.filter { !$0.isEmpty }.map { SHA256.digest($0.utf8) }
    }
}
