import Foundation
import Gateway
import TestSupport

/// The real program as `touchstone serve`, with a configuration that a test can change under it; ended by its own pid.
final class ServeProcess: Sendable {
    let folder: URL
    private let process: Process
    private var log: URL { folder.appending(path: "serve.log") }

    /// The folder of the test's own executable, where the products are too.
    private static let program: URL = {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appending(
            path: "touchstone")
        return FileManager.default.fileExists(atPath: own.path) ? own : URL(filePath: Fixture.root + "/.build/debug/touchstone")
    }()

    /// Starts it with `text` as its configuration, and waits until it serves.
    init(_ text: String, files: [String: String] = [:], environment: [String: String]) async throws {
        folder = try SettingsCases.folder(with: files)
        process = Process()
        try write(text)
        _ = FileManager.default.createFile(atPath: log.path, contents: nil)
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = Self.program
        process.arguments = ["serve", "--config", "touchstone.yaml"]
        process.currentDirectoryURL = folder
        process.environment = environment
        process.standardOutput = output
        process.standardError = output
        try process.run()
        try await says("Serving.")
    }

    func write(_ text: String, to name: String = "touchstone.yaml") throws {
        try Data(text.utf8).write(to: folder.appending(path: name))
    }

    var lines: [String] {
        get throws { try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map(String.init) }
    }

    /// Waits for the `count`-th line with this text.
    @discardableResult
    func says(_ text: String, count: Int = 1) async throws -> String {
        try await eventually("the log says: \(text)") {
            let found = try lines.filter { $0.contains(text) }
            guard process.isRunning || found.count >= count else {
                throw NotInTime(description: "serve ended: \(try lines.joined(separator: "\n"))")
            }
            return found.count >= count ? found[count - 1] : nil
        }
    }

    func hangUp() { kill(process.processIdentifier, SIGHUP) }

    var isRunning: Bool { process.isRunning }

    var port: Int {
        get async throws {
            let line = try await says("Serving.")
            guard let range = line.firstRange(of: "port="), let port = Int(line[range.upperBound...].prefix { $0.isNumber })
            else {
                throw NotInTime(description: "no port in \(line)")
            }
            return port
        }
    }

    /// Asks it to stop; its exit code.
    func stop() throws -> Int32 {
        process.terminate()
        process.waitUntilExit()
        try FileManager.default.removeItem(at: folder)
        return process.terminationStatus
    }
}
