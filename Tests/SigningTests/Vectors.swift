import Foundation
import TestSupport
import Testing

/// Published vectors of `X-Hub-Signature`, each recomputed with openssl; `fixtures/reference/signature-vectors.json`.
struct HubVector: Decodable, Sendable, CustomTestStringConvertible {
    let name: String
    let header: String
    let headerValue: String
    let secret: String
    let bodyBase64: String
    let valid: Bool

    var testDescription: String { name }
    var body: [UInt8] { Array(Data(base64Encoded: bodyBase64) ?? Data()) }
    var header256: [String] { header == "X-Hub-Signature-256" ? [headerValue] : [] }
    var header1: [String] { header == "X-Hub-Signature" ? [headerValue] : [] }

    private struct File: Decodable { let hubSignature: [HubVector] }

    /// Empty when the file can't be read, which a test of its own reports.
    static let all: [HubVector] = {
        guard let bytes = try? Fixture.bytes("reference/signature-vectors.json") else { return [] }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return (try? decoder.decode(File.self, from: Data(bytes)))?.hubSignature ?? []
    }()
}
