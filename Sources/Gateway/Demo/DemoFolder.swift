import Core
import Foundation
import Signing

/// The folder of one run: everything that was given to the two processes and everything that they left behind.
struct DemoFolder: Sendable {
    let path: String

    var scenario: String { path + "/scenario.yaml" }
    var configuration: String { path + "/touchstone.yaml" }
    var rules: String { path + "/rules" }
    var environment: String { path + "/environment" }
    /// What the destination of leads got.
    var crm: String { path + "/crm.jsonl" }
    /// The emulator's own accounts of leads and comments, and of conversions, at the end.
    var emulatorState: String { path + "/emulator-state.json" }
    var emulatorEvents: String { path + "/emulator-events.json" }
    /// States of comments with the digests of their texts, which are sealed in the database.
    var states: String { path + "/comment-states.json" }
    func requests(of replay: String) -> String { path + "/replay-" + replay }
    func output(of replay: String) -> String { path + "/replay-\(replay).jsonl" }
    var journal: String { path + "/journal.jsonl" }
    var figures: String { path + "/figures.json" }
    var database: String { path + "/touchstone.db" }
    var serveLog: String { path + "/serve.log" }
    var emulatorLog: String { path + "/emulator.log" }
    var emulatorOutput: String { path + "/emulator.out" }
    var portFile: String { path + "/emulator.port" }
    var authority: String { path + "/certs/ca.pem" }
    var certificate: String { path + "/certs/server.pem" }
    var privateKey: String { path + "/certs/server.key" }

    /// A folder of the operator's, or a new one that is removed at the end. A folder that holds an earlier run is refused.
    static func make(keep: String?) throws(DemoError) -> DemoFolder {
        let files = FileManager.default
        let path = keep ?? files.temporaryDirectory.appendingPathComponent("touchstone-demo-" + RandomBytes.hex(6)).path
        let folder = DemoFolder(path: path.hasPrefix("/") ? path : files.currentDirectoryPath + "/" + path)
        guard !files.fileExists(atPath: folder.database) else {
            throw .process("\(folder.path) holds an earlier run; give another folder or remove it.")
        }
        do {
            try files.createDirectory(
                atPath: folder.rules, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .process("\(folder.path) could not be made: \(error.localizedDescription)")
        }
        return folder
    }

    func write(_ bytes: some Sequence<UInt8>, to file: String) throws(DemoError) {
        guard FileManager.default.createFile(atPath: file, contents: Data(bytes), attributes: [.posixPermissions: 0o600]) else {
            throw .process("\(file) could not be written.")
        }
    }

    func write(_ document: JSON, to file: String) throws(DemoError) {
        try write((document.indented() + "\n").utf8, to: file)
    }

    /// The requests of a replay, with what lies beside them.
    func write(_ replay: DemoReplay) throws(DemoError) {
        let folder = requests(of: replay.name)
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        } catch {
            throw .process("\(folder) could not be made: \(error.localizedDescription)")
        }
        for file in replay.files {
            try write(file.bytes, to: "\(folder)/\(file.name).http")
            if let expectation = file.expectation { try write(expectation, to: "\(folder)/\(file.name).expect.json") }
        }
    }

    /// The lines of a file of JSON lines; a last line without its end is left out, for it is still being written.
    func lines(of file: String) throws(DemoError) -> [JSON] {
        guard let data = FileManager.default.contents(atPath: file) else { throw .unreadable("\(file) is not there.") }
        var out: [JSON] = []
        for line in data.split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSON.parse(line) else { throw .unreadable("\(file) holds a line that is no JSON.") }
            out.append(value)
        }
        return out
    }

    func remove() {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            return  // a temporary folder that stays harms nobody
        }
    }
}

extension JSON {
    /// With two spaces per level, and what is short on one line: JSON for people, which YAML reads too.
    func indented(_ indent: String = "") -> String {
        let flat = encoded()
        guard flat.utf8.count + indent.utf8.count > 110 else { return flat }
        let inner = indent + "  "
        switch self {
        case .array(let items):
            return "[\n" + items.map { inner + $0.indented(inner) }.joined(separator: ",\n") + "\n\(indent)]"
        case .object(let object):
            let members = object.members.map { inner + JSON.string($0.key).encoded() + ": " + $0.value.indented(inner) }
            return "{\n" + members.joined(separator: ",\n") + "\n\(indent)}"
        case .null, .bool, .number, .string: return flat
        }
    }
}
