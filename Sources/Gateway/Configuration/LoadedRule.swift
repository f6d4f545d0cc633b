package import Core

/// A rule and the canonical text that its version is the SHA-256 of.
package struct LoadedRule: Sendable, Equatable {
    package let rule: Rule
    /// The same for two files that mean the same; stored in table `rules`.
    package let text: String
    /// Where it stands: `config/rules/a.yaml:3`.
    package let place: String

    package init(rule: Rule, text: String, place: String) {
        self.rule = rule
        self.text = text
        self.place = place
    }
}
