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

    /// Why an event stays here.
    package enum Reason: String, Sendable, CaseIterable {
        case noConsent = "no_consent"
        /// Without what had to go, Meta could match it with nobody.
        case noMatchKeys = "no_match_keys"
    }
}
