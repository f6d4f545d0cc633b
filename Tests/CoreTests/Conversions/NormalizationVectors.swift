import Foundation
import Signing
import TestSupport
import Testing

/// One row of `fixtures/reference/capi-normalization-vectors.json`.
struct NormalizationVector: Decodable, Sendable, CustomTestStringConvertible {
    /// What a gateway should make of the value.
    struct Recommended: Decodable, Sendable {
        let normalized: String?
        let sha256: String?
        let passThrough: String?
        let drop: String?
    }

    /// What the Python SDK makes of it, where nothing is recommended.
    struct Python: Decodable, Sendable {
        let normalized: String?
        let sha256: String?
        let error: String?
    }

    let id: String
    let field: String
    let raw: String
    let recommended: Recommended?
    let python: Python?
    let normalized: String?
    let sha256: String?

    var testDescription: String { "\(id) \(field)" }

    private struct File: Decodable {
        let vectors: [NormalizationVector]
        let published: [NormalizationVector]
    }

    private static let file: File? = {
        guard let bytes = try? Fixture.bytes("reference/capi-normalization-vectors.json") else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try? decoder.decode(File.self, from: Data(bytes))
    }()

    /// Empty when the file can't be read, which a test of its own reports.
    static let all = file?.vectors ?? []
    static let published = file?.published ?? []
}
