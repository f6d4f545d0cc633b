/// What proves that a request comes from a source of conversions, and the datasets that it may write to.
package struct SourceSecrets: Sendable {
    /// As configured.
    package let name: String
    package let datasets: Set<String>
    /// With a secret, every request needs an `appsecret_proof` of one of them. Newest first while they are rotated.
    let secrets: [String]
    /// The tokens' digests, so that all comparisons take the same time whatever the tokens' lengths.
    let tokens: [Digest]

    /// Empty tokens are left out, as are empty secrets: anybody can send those. Newest first while they are rotated.
    package init(name: String, tokens: [String], secrets: [String], datasets: Set<String>) {
        self.name = name
        self.datasets = datasets
        self.secrets = secrets.filter { !$0.isEmpty }
        self.tokens = tokens.filter { !$0.isEmpty }.map { SHA256.digest($0.utf8) }
    }
}
