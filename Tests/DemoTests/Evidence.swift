import Foundation
import Synchronization

/// The evidence of one real demo per seed, played once for all tests that ask for it.
enum Evidence {
    struct Played: Sendable {
        let folder: URL
        let result: Program.Result
    }

    private static let plays = Mutex<[UInt64: Played]>([:])

    /// Plays the demo of a seed, or returns what it left when it was played before.
    static func of(seed: UInt64) throws -> Played {
        try plays.withLock { plays in
            if let played = plays[seed] { return played }
            let folder = Program.products.appendingPathComponent("demo-evidence/seed-\(seed)")
            if FileManager.default.fileExists(atPath: folder.path) { try FileManager.default.removeItem(at: folder) }
            let result = try Program.run(
                Program.products.appendingPathComponent("touchstone").path, ["demo", "--seed", "\(seed)", "--keep", folder.path])
            let played = Played(folder: folder, result: result)
            plays[seed] = played
            return played
        }
    }
}
