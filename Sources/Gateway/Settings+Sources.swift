package import Core

extension Settings {
    /// Somebody who sends conversions: a shop's backend.
    package struct Source: Sendable, Equatable {
        package var name: String
        /// The workspace whose conversions these are, and whose token forwards them.
        package var workspace: String
        /// What the source sends as `access_token`: ours to choose, not Meta's. Several while they are rotated, the newest first.
        package var tokens: [Secret]
        /// Make the `appsecret_proof` that the source must send, the newest first; none: no proof is asked for.
        package var secrets: [Secret]
        /// Dataset (pixel) ids that it may send to; no two sources of one token share the meaning of another's.
        package var datasets: [String]
        /// Datasets that get a copy of every event that goes to Meta, whichever of `datasets` it was sent to.
        package var copies: [String]
        /// Where the event says that the person agreed, and what becomes of it without.
        package var consent: ConsentPolicy
        /// What is refused, mended or let pass of its events, and which of them get an id.
        package var policy: SourcePolicy
        /// How long its events may wait for others, so that they share a call to Meta.
        package var lingerMs: Int64
        /// What becomes of its events that come with a `test_event_code`.
        package var testEvents: TestEvents

        package init(
            name: String, workspace: String, tokens: [Secret], secrets: [Secret], datasets: [String],
            consent: ConsentPolicy, policy: SourcePolicy = .documented, lingerMs: Int64 = Limits.conversionLingerMs,
            testEvents: TestEvents = .refuse, copies: [String] = []
        ) {
            self.name = name
            self.workspace = workspace
            self.tokens = tokens
            self.secrets = secrets
            self.datasets = datasets
            self.copies = copies
            self.consent = consent
            self.policy = policy
            self.lingerMs = lingerMs
            self.testEvents = testEvents
        }
    }
}
