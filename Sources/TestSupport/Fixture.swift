import Foundation

/// A captured request of `fixtures/` with what is expected of it (design 5.6).
///
/// `Fixture("deliveries/page-leadgen-docs-batch.http")`; the root of the repository is found from this file's own path.
package struct Fixture: Sendable {
    /// Below `fixtures/`, with its ending.
    package let path: String
    package let method: String
    /// Path and query as in the request line.
    package let target: String
    /// As written, in order; a repeated header is there twice.
    package let headers: [(name: String, value: String)]
    /// Byte for byte.
    package let body: [UInt8]
    package let expected: Expectation

    package init(_ path: String) throws {
        let bytes = try Self.bytes(path)
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { throw FixtureError.noHead(path) }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let request = lines[0].split(separator: " ").map(String.init)
        guard request.count == 3 else { throw FixtureError.requestLine(path) }
        self.path = path
        method = request[0]
        target = request[1]
        headers = try lines.dropFirst().map { line in
            guard let colon = line.firstIndex(of: ":") else { throw FixtureError.header(path) }
            return (String(line[..<colon]), line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
        }
        body = Array(bytes[end.upperBound...])
        let expectation = path.replacing(".http", with: ".expect.json")
        expected = try JSONDecoder().decode(Expectation.self, from: Data(Self.bytes(expectation)))
    }

    /// All values of a header, in whatever case its name is written.
    package func values(of name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The secret with which every fixture is signed; public, and good for nothing else.
    package static let secret = "touchstone-fixture-secret"

    /// The repository's root directory.
    package static let root: String = URL(filePath: #filePath).appending(path: "../../..").standardized.path()

    /// The requests of a group (`deliveries`, `shapes`, `refused`, `signed-bad`), sorted.
    package static func all(in group: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/fixtures/\(group)")) ?? []
        return names.filter { $0.hasSuffix(".http") }.sorted().map { "\(group)/\($0)" }
    }

    /// Any file below `fixtures/`.
    package static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: "\(root)/fixtures/\(path)")))
    }
}

package enum FixtureError: Error {
    case noHead(String), requestLine(String), header(String)
}
