import Signing

/// Conversions that will be stored, and what their sender is told then.
struct ConversionAdmission: Sendable {
    /// Who sent them, proven.
    let source: String
    let envelope: Envelope
    let receivedAtMs: Int64
    let answer: ConversionAnswer
}
