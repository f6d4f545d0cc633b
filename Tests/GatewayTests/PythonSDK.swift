import Core
import Foundation
import TestSupport

/// Meta's SDK for Python in an environment of its own, `var/python-sdk-…`, which is made once.
enum PythonSDK {
    private static let folder = Fixture.root + "/var/python-sdk-26.0.3"
    private static let scripts = Fixture.root + "/Tests/SDK"
    private static let installed = Task { await install() }

    /// Whether it is there, or could be installed from PyPI.
    static var isThere: Bool { get async { await installed.value } }

    /// Made beside its place and moved there as a whole: what is there is complete.
    private static func install() async -> Bool {
        let files = FileManager.default
        if files.fileExists(atPath: folder) { return true }
        let place = "\(folder).\(ProcessInfo.processInfo.processIdentifier)"
        defer { try? files.removeItem(atPath: place) }
        do {
            try files.createDirectory(atPath: Fixture.root + "/var", withIntermediateDirectories: true)
            _ = try await run(["python3", "-m", "venv", place])
            _ = try await run([
                "\(place)/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1",
                "--timeout", "10",
                "--requirement", "\(scripts)/requirements.txt",
            ])
            try files.moveItem(atPath: place, toPath: folder)
            return true
        } catch {
            return files.fileExists(atPath: folder)
        }
    }

    /// What `Tests/SDK/run.py` printed of each call, by the call's name.
    ///
    /// `REQUESTS_CA_BUNDLE` would count before the authorities that the SDK's session names.
    static func calls(graph: String, dataset: String, token: String, secret: String) async throws -> [String: JSON] {
        let authority = try DevelopmentCertificates.shared().authority
        let text = try await run(
            ["\(folder)/bin/python", "-B", "\(scripts)/run.py", graph, dataset, authority],
            in: inherited.filter { !$0.key.hasSuffix("_CA_BUNDLE") }.merging(["SDK_TOKEN": token, "SDK_SECRET": secret]) { $1 })
        let lines = try text.split(separator: "\n").map { try JSON.parse(Array($0.utf8)) }
        return Dictionary(lines.map { ($0["call"]?.text ?? "", $0) }) { _, last in last }
    }

    private static let inherited = ProcessInfo.processInfo.environment

    /// A program's standard output, waited for off the test's thread; throws where it fails.
    private static func run(_ arguments: [String], in environment: [String: String] = inherited) async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        let process = Process()
                        process.executableURL = URL(filePath: "/usr/bin/env")
                        process.arguments = arguments
                        process.environment = environment
                        let output = Pipe()
                        process.standardOutput = output
                        try process.run()
                        let data = output.fileHandleForReading.readDataToEndOfFile()
                        process.waitUntilExit()
                        guard process.terminationStatus == 0 else {
                            throw NotInTime(description: "\(arguments.prefix(4)) ended with \(process.terminationStatus)")
                        }
                        return String(decoding: data, as: UTF8.self)
                    })
            }
        }
    }
}
