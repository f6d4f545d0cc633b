import ArgumentParser
import Core
import Foundation
import Gateway

struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Whether captured requests prove who sent them, offline.",
        discussion: """
            Takes files and folders. Deliveries are checked with the secrets of the configuration and with the fixtures' public secret;
            signed_request callbacks and conversions with what proves those. Exit 1 if any does not.
            """)

    @Argument(help: "Captured requests (.http), or folders of them.") var paths: [String]
    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "One JSON document per line.") var json = false

    func run() async throws {
        let files: [HTTPFile]
        do throws(HTTPFileError) {
            files = try HTTPFile.find(paths).map { path throws(HTTPFileError) in try HTTPFile(path: path) }
        } catch {
            throw CommandFailure.couldNotRun("\(error)")
        }
        // Without a configuration, or without its secrets, the fixtures' own secret is still something to check with.
        let settings = FileManager.default.fileExists(atPath: options.config) ? try options.read(standsIn: true).settings : nil
        let nowMs = Int64(Date().timeIntervalSince1970 * 1_000)
        var rows: [[String]] = []
        var refused = 0
        for file in files {
            let (word, detail): (String, String)
            switch Verification.of(file, settings: settings, nowMs: nowMs) {
            case .proven(let name): (word, detail) = ("ok", name)
            case .refused(let reason):
                (word, detail) = ("REFUSED", reason)
                refused += 1
            }
            rows.append([file.path, word, detail])
            if json {
                let document: JSON = ["file": .string(file.path), "valid": .bool(word == "ok"), "detail": .string(detail)]
                Console.line(document.encoded())
            }
        }
        if !json { Console.table(["FILE", "VERDICT", "BY"], rows) }
        if refused > 0 { throw CommandFailure.no("\(refused) of \(files.count) request(s) prove nothing.") }
    }
}
