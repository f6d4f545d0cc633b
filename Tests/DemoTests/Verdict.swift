import Foundation
import Synchronization

/// What the judge says of evidence that was falsified in one way.
struct Verdict: Sendable, Decodable {
    let name: String
    /// The lines that failed.
    let failed: [String]?
    /// Why it could not be falsified or judged.
    let error: String?

    private static let verdicts = Mutex<[String: Verdict]>([:])

    /// Falsifies copies of the first seed's evidence in every way, once for all tests that ask.
    static func on(_ name: String) throws -> Verdict? {
        try verdicts.withLock { verdicts in
            if verdicts.isEmpty {
                let names = Falsification.all.map(\.name)
                let said = try Program.python("falsify.py", ["--judge", Evidence.of(seed: 1).folder.path] + names)
                let found = try said.output.split(separator: "\n").map {
                    try JSONDecoder().decode(Verdict.self, from: Data($0.utf8))
                }
                verdicts = Dictionary(found.map { ($0.name, $0) }) { first, _ in first }
            }
            return verdicts[name]
        }
    }
}
