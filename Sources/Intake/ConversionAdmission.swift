import Core
import Signing

/// Conversions that will be stored, and what their sender is told then.
struct ConversionAdmission: Sendable {
    /// Who sent them, proven.
    let source: String
    let envelope: Envelope
    let receivedAtMs: Int64
    let count: Int
    let messages: [String]

    func answer(traceID: String) -> JSON {
        [
            "events_received": .integer(count), "messages": .array(messages.map(JSON.string)), "fbtrace_id": .string(traceID),
        ]
    }
}
