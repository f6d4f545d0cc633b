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

    /// The event as it goes on, without its personal values.
    package let fields: JSONObject
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
}
