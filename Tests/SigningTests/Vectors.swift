import Foundation
import TestSupport
import Testing

/// Published vectors of `X-Hub-Signature`, each recomputed with openssl; `fixtures/reference/signature-vectors.json`.
struct HubVector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let header: String
    let header_value: String
    let secret: String
    let body_base64: String
    let valid: Bool

    var testDescription: String { name }
    var body: [UInt8] { Array(Data(base64Encoded: body_base64) ?? Data()) }
    var header256: [String] { header == "X-Hub-Signature-256" ? [header_value] : [] }
    var header1: [String] { header == "X-Hub-Signature" ? [header_value] : [] }

    private struct File: Decodable { let hub_signature: [HubVector] }

    /// Empty when the file can't be read, which a test of its own reports.
    static let all: [HubVector] = {
        guard let bytes = try? Fixture.bytes("reference/signature-vectors.json") else { return [] }
        return (try? JSONDecoder().decode(File.self, from: Data(bytes)))?.hub_signature ?? []
    }()
}
