import Core
import Foundation
import Testing

@testable import Gateway

@Suite("The shipped configuration")
struct SettingsShippedTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// As `make run` makes it of the example: the empty ones filled.
    private static func environment() throws -> [String: String] {
        let text = try String(contentsOf: root.appending(path: "config/touchstone.env.example"), encoding: .utf8)
        var environment: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            environment[parts[0]] = parts[1].isEmpty ? String(repeating: "ab", count: 32) : parts[1]
        }
        return environment
    }

    /// In a folder with certificates, so that a clone without development certificates is not blamed.
    private static func read(_ environment: [String: String]) throws -> Configuration {
        let files = ["config/touchstone.yaml", "config/rules/example.yaml"]
        let texts = try files.map { try String(contentsOf: root.appending(path: $0), encoding: .utf8) }
        var contents = Dictionary(uniqueKeysWithValues: zip(files, texts))
        contents["certs/dev/server.pem"] = "certificate"
        contents["certs/dev/server.key"] = "key"
        let folder = try SettingsCases.folder(with: contents)
        defer { try? FileManager.default.removeItem(at: folder) }
        let reader = ConfigurationReader(environment: environment, handlers: HandlerContract.catalog, directory: folder.path)
        return try reader.read(file: "config/touchstone.yaml")
    }

    @Test("it is taken without a warning, with the environment of the example beside it")
    func isTaken() throws {
        let configuration = try Self.read(Self.environment())
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.settings.rules.count == 2)
    }

    @Test("README names every finding that a source may rule on, with its rulings, the default first")
    func rulesOfSources() throws {
        let text = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        var rulings: [String: String] = [:]
        for line in text.split(separator: "\n") where line.hasPrefix("| `") {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 2 else { continue }
            for code in cells[0].split(separator: " ") { rulings[code.filter { $0 != "`" }] = cells[1] }
        }
        for fault in SourceRules.settable {
            let wanted = fault.rulings.map(\.rawValue).joined(separator: ", ")
            #expect(rulings[fault.rawValue] == wanted, "\(fault.rawValue)")
        }
    }

    @Test("it writes nothing as it is")
    func writesNothing() throws {
        let settings = try Self.read(Self.environment()).settings
        #expect(settings.graph.writes == .off)
        #expect(settings.workspaces.allSatisfy { $0.actOn.isEmpty })
        #expect(settings.rules.allSatisfy { $0.rule.mode == .dryRun })
    }

    @Test("every variable of the example is needed: without one of them it is refused, and only that one is named")
    func needsAll() throws {
        let environment = try Self.environment()
        for name in environment.keys {
            let rest = environment.filter { $0.key != name }
            let error = #expect(throws: ConfigurationFaults.self) { try Self.read(rest) }
            #expect(error?.faults.count == 1)
            #expect(error?.description.contains("\(name) is not set") == true)
        }
    }
}
