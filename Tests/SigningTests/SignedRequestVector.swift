import Core
import TestSupport
import Testing

/// Published vectors of `signed_request`; `fixtures/reference/signature-vectors.json`.
struct SignedRequestVector: Sendable, CustomTestStringConvertible {
    let name: String
    let secret: String
    let text: String
    let valid: Bool
    let payload: JSON

    var testDescription: String { name }

    /// Empty when the file can't be read, which a test of its own reports.
    static let all: [SignedRequestVector] = {
        guard let bytes = try? Fixture.bytes("reference/signature-vectors.json"), let file = try? JSON.parse(bytes) else {
            return []
        }
        return (file["signed_request"]?.items ?? []).compactMap { vector in
            guard let name = vector["name"]?.text, let secret = vector["secret"]?.text else { return nil }
            guard let text = vector["signed_request"]?.text, let valid = vector["valid"]?.truth else { return nil }
            return SignedRequestVector(name: name, secret: secret, text: text, valid: valid, payload: vector["payload"] ?? .null)
        }
    }()
}
