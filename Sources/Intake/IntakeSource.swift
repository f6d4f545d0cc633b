package import Core
package import Signing

/// A sender of conversions as the public port knows it.
package struct IntakeSource: Sendable {
    package let secrets: SourceSecrets
    /// What becomes of events without consent. There is no default: the operator decides.
    package let consent: ConsentPolicy

    package init(secrets: SourceSecrets, consent: ConsentPolicy) {
        self.secrets = secrets
        self.consent = consent
    }
}
