import Core
import Foundation
import Gateway
import Testing

/// What every configuration test shares: an environment, handlers, and a folder with the files that a configuration names.
enum SettingsCases {
    static let environment = [
        "ADMIN_TOKEN": "admin-token-of-the-tests",
        "KEY": String(repeating: "0f", count: 32),
        "OLD_KEY": String(repeating: "e1", count: 32),
        "SHORT_KEY": "0f0f",
        "SECRET": "app-secret-of-the-tests",
        "VERIFY": "verify-token-of-the-tests",
        "TOKEN": "access-token-of-the-tests",
        "HOOK_SECRET": "hook-secret-of-the-tests",
        "SLACK_URL": "https://hooks.slack.example/services/hook-secret-of-the-tests",
        "PLAIN_URL": "http://hooks.slack.example/services/hook-secret-of-the-tests",
        "EMPTY": "",
        "BAD_WHSEC": "whsec_of-the-tests!",
    ]

    /// Values that no fault and no description may show.
    static let canaries = ["of-the-tests", String(repeating: "0f", count: 4)]

    static let handlers = [
        HandlerContract(name: "touch"),
        HandlerContract(name: "resolve_ad", gives: [.ads]),
        HandlerContract(name: "credit", needs: [.ads]),
        HandlerContract(name: "notify", argument: .destination([.standard, .slack])),
        HandlerContract(name: "forward", argument: .destination([.received])),
        HandlerContract(name: "moderate", argument: .moderation),
        HandlerContract(name: "report_lead", argument: .crm),
        HandlerContract(name: "forward_conversion"),
    ]

    /// A sound configuration that rule files are read under.
    static let base = """
        listen:  {address: "127.0.0.1:8443", certificate: certs/server.pem, private_key: certs/server.key}
        admin:   {address: "127.0.0.1:9443", token: "${ADMIN_TOKEN}"}
        storage: {url: "sqlite:var/touchstone.db"}
        graph:   {base_url: "https://graph.facebook.com", version: v26.0, writes: off}
        keys:    {current: "${KEY}"}
        apps:
          - {name: main, id: "123", secrets: ["${SECRET}"], verify_token: "${VERIFY}"}
        workspaces:
          - {name: belmonte, app: main, token: "${TOKEN}", accounts: [act_123, act_124], margin: 0.35}
          - {name: bare, app: main, token: "${TOKEN}", accounts: [act_200]}
        destinations:
          - {name: team, url: "${SLACK_URL}", as: slack}
          - {name: old-app, url: "https://shop.example/webhook", as: received}
        rules: [rules.yaml]

        """

    /// A new folder with certificates in it.
    static func folder(with files: [String: String] = [:]) throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "touchstone-settings-\(UUID().uuidString)")
        let standard = ["certs/server.pem": "certificate", "certs/server.key": "key"]
        for (path, text) in standard.merging(files, uniquingKeysWith: { $1 }) {
            let file = folder.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return folder
    }

    static func reader(in folder: URL) -> ConfigurationReader {
        ConfigurationReader(environment: environment, handlers: handlers, directory: folder.path)
    }

    /// Faults and warnings of a configuration as `check` prints them.
    static func report(_ text: String, files: [String: String] = [:]) throws -> [String] {
        let folder = try folder(with: files.merging(["touchstone.yaml": text], uniquingKeysWith: { $1 }))
        defer { try? FileManager.default.removeItem(at: folder) }
        do {
            return try reader(in: folder).read(file: "touchstone.yaml").warnings.map(\.description)
        } catch {
            return (error.faults + error.warnings).map(\.description)
        }
    }

    /// The settings; a faulty configuration throws its faults.
    static func settings(_ text: String, files: [String: String] = [:]) throws -> Settings {
        let folder = try folder(with: files.merging(["touchstone.yaml": text], uniquingKeysWith: { $1 }))
        defer { try? FileManager.default.removeItem(at: folder) }
        return try reader(in: folder).read(file: "touchstone.yaml").settings
    }
}

/// A golden file: input, a line of dashes, expected lines.
struct SettingsCase: Sendable, CustomTestStringConvertible {
    let name: String
    let input: String
    let expected: [String]

    var testDescription: String { name }

    static let all: [SettingsCase] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "ConfigurationCases")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap { SettingsCase(folder: folder, name: $0) }
    }()

    private init?(folder: URL, name: String) {
        guard let text = try? String(contentsOf: folder.appending(path: name), encoding: .utf8) else { return nil }
        let parts = text.components(separatedBy: "\n----------\n")
        guard parts.count == 2 else { return nil }
        self.name = String(name.dropLast(4))
        input = parts[0] + "\n"
        expected = parts[1].split(separator: "\n").map(String.init)
    }
}
