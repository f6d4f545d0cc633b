/// By which entrance a delivery came in. The raw values are stored.
package enum EnvelopeKind: String, Sendable, CaseIterable {
    /// Meta's notifications.
    case webhook
    /// A shop's conversions, hashed.
    case conversions
    /// Meta's word that a person took back a permission or wants their data deleted.
    case callback
}
