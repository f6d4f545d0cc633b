import Foundation

/// Runs other programs: the ones built beside this test, and Python.
enum Program {
    /// What a program said and how it ended.
    struct Result: Sendable {
        let code: Int32
        let output: String
    }

    /// The repository, found from this file.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The folder of the test's own executable, where the products are too.
    static let products: URL = {
        let own = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
        let isBuildFolder = FileManager.default.fileExists(atPath: own.appendingPathComponent("touchstone").path)
        return isBuildFolder ? own : root.appendingPathComponent(".build/debug")
    }()

    static func run(_ executable: String, _ arguments: [String]) throws -> Result {
        let process = Process()
        let output = FileManager.default.temporaryDirectory.appendingPathComponent("demo-test-\(UUID().uuidString).out")
        _ = FileManager.default.createFile(atPath: output.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: output) }
        let handle = try FileHandle(forWritingTo: output)
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.currentDirectoryURL = root
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
        process.waitUntilExit()
        return Result(code: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8))
    }

    /// Pids of processes with `text` in their command line.
    static func running(_ text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
            guard Int(name) != nil, let line = FileManager.default.contents(atPath: "/proc/\(name)/cmdline") else { return false }
            return String(decoding: line, as: UTF8.self).contains(text)
        }
    }

    static func python(_ script: String, _ arguments: [String]) throws -> Result {
        try run("/usr/bin/env", ["python3", "-B", root.appendingPathComponent("Tests/Demo/\(script)").path] + arguments)
    }
}
