package import Core
package import Signing

/// A sender of conversions as the public port knows it.
package struct IntakeSource: Sendable {
    package let secrets: SourceSecrets
    /// What becomes of events without consent. There is no default: the operator decides.
    package let consent: ConsentPolicy
    /// What is refused, mended or let pass, and which events get an id.
    package let policy: SourcePolicy
    /// Whose leads a CRM tells of.
    package let workspace: String
    /// Where events go when a request at our own entrance names no dataset; nil: nowhere.
    package let dataset: String?

    /// `dataset` is one of the secrets' own; by default the only one there is.
    package init(
        secrets: SourceSecrets, consent: ConsentPolicy, dataset: String? = nil, policy: SourcePolicy = .documented,
        workspace: String = ""
    ) {
        self.secrets = secrets
        self.consent = consent
        self.policy = policy
        self.workspace = workspace
        self.dataset = dataset ?? (secrets.datasets.count == 1 ? secrets.datasets.first : nil)
    }
}
