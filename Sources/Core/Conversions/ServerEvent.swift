/// A conversion that was checked and mended, with the consent applied. Only `ConversionCheck` makes one.
///
/// Its personal values are readable yet: it is hashed before anything of it is stored.
package struct ServerEvent: Sendable, Equatable {
    /// A key with the values that are left of it.
    package struct Personal: Sendable, Equatable {
        package let key: PersonalKey
        /// Only `value` and `alreadyHashed`, at least one.
        package let values: [Normalized]
    }

    private enum Content: Sendable {
        case members(JSONObject)
        case plain(PlainEvent)
    }

    private let content: Content
    package let personal: [Personal]
    package let outcome: ConsentOutcome
    /// Why it is not sent on to Meta; nil when it is.
    package let held: Reason?
    /// What was found in it, the first few: what was mended and what is worth knowing.
    package let findings: [ConversionFinding]
    /// `event_time` as sent, in seconds, where it could be read: before it was set back to the time of receipt.
    package let sentTimeSeconds: Int64?

    /// Why an event stays here.
    package enum Reason: String, Sendable, CaseIterable {
        case noConsent = "no_consent"
        /// Without what had to go, Meta could match it with nobody.
        case noMatchKeys = "no_match_keys"
        /// Money that was paid back, which is for the shop's own figures.
        case refund
        /// It was refused, and this is what may be kept of it.
        case quarantined
    }

    init(
        fields: JSONObject, personal: [Personal], outcome: ConsentOutcome, held: Reason?, findings: [ConversionFinding],
        sentTimeSeconds: Int64?
    ) {
        content = .members(fields)
        self.personal = personal
        self.outcome = outcome
        self.held = held
        self.findings = findings
        self.sentTimeSeconds = sentTimeSeconds
    }

    init(_ plain: PlainEvent) {
        content = .plain(plain)
        personal = plain.personal
        outcome = plain.outcome
        held = nil
        findings = []
        sentTimeSeconds = plain.timeSeconds
    }

    /// The event as it goes on, without its personal values.
    package var fields: JSONObject {
        switch content {
        case .members(let fields): fields
        case .plain(let plain): plain.fields
        }
    }

    /// Where nothing had to be done to it.
    package var plain: PlainEvent? {
        guard case .plain(let plain) = content else { return nil }
        return plain
    }

    package static func == (a: ServerEvent, b: ServerEvent) -> Bool {
        a.fields == b.fields && a.personal == b.personal && a.outcome == b.outcome && a.held == b.held && a.findings == b.findings
            && a.sentTimeSeconds == b.sentTimeSeconds
    }
}
