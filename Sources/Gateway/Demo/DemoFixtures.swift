import Core
import Foundation

/// The captured requests under `fixtures/`, byte for byte, with what each must come to.
struct DemoFixtures: Sendable {
    /// The public secret that they are signed with; the README names it.
    static let secret = "touchstone-fixture-secret"
    static let groups = ["deliveries", "shapes", "handlers", "signed-bad", "refused"]

    private(set) var requests: [DemoRequest] = []
    private(set) var expectation = DemoExpectation()
    /// Changes of every accepted request, by its name.
    private(set) var changes: [String: Int] = [:]
    private let folder: String
    private var keys: Set<String> = []

    /// Reads every request of every group below `folder`.
    init(folder: String) throws(DemoError) {
        self.folder = folder
        for group in Self.groups {
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(group)") else {
                throw .missing("\(folder)/\(group); start the demo where the repository's fixtures are, or give --fixtures.")
            }
            for name in names.sorted() where name.hasSuffix(".http") {
                try read(name: String(name.dropLast(5)), group: group, folder: folder)
            }
        }
    }

    /// The nearest `fixtures/` above the working directory or the program.
    static func find(program: String) -> String? {
        for start in [FileManager.default.currentDirectoryPath, program] {
            var folder = URL(fileURLWithPath: start)
            while folder.path != "/" {
                let candidate = folder.appendingPathComponent("fixtures").path
                if FileManager.default.fileExists(atPath: candidate + "/deliveries") { return candidate }
                folder.deleteLastPathComponent()
            }
        }
        return nil
    }

    private mutating func read(name: String, group: String, folder: String) throws(DemoError) {
        let path = "\(folder)/\(group)/\(name)"
        guard let bytes = FileManager.default.contents(atPath: path + ".http"),
            let text = FileManager.default.contents(atPath: path + ".expect.json"),
            let expected = try? JSON.parse(text), let status = expected["answer"]?["status"]?.integer,
            let request = Self.request(Array(bytes), name: "\(group)/\(name)", status: Int(status))
        else { throw .unreadable("\(path).http and its .expect.json do not make a fixture.") }
        // Other entrances have requests of the story's own: these are for sources and apps that the demo does not have.
        guard request.target.hasPrefix("/webhooks/") else { return }
        requests.append(request)
        guard status == 200 else {
            expectation.refused += 1
            return
        }
        expectation.accepted += 1
        changes["\(group)/\(name)"] = expected["events"]?.items.count ?? 0
        for event in expected["events"]?.items ?? [] { count(event) }
    }

    /// No advertiser of the demo owns a fixture: its events are kept as nobody's and touch nothing.
    private mutating func count(_ event: JSON) {
        expectation.changes += 1
        if let key = event["dedupe_key"]?.text, !keys.insert(key).inserted {
            expectation.duplicates += 1
            return
        }
        if event["kind"]?.text == "undecodable" { expectation.undecodable += 1 }
        if !DemoStory.isRouted(object: event["object"]?.text ?? "", field: event["field"]?.text ?? "") {
            expectation.unrouted += 1
        }
    }

    /// A request of them as it lies there, to be sent again.
    func file(_ name: String) throws(DemoError) -> DemoReplay.File {
        guard let request = requests.first(where: { $0.name == name }),
            let bytes = FileManager.default.contents(atPath: "\(folder)/\(name).http"),
            let expected = FileManager.default.contents(atPath: "\(folder)/\(name).expect.json")
        else { throw .missing("\(folder)/\(name).http") }
        return DemoReplay.File(
            name: name, bytes: Array(bytes), expectation: Array(expected), expectedStatus: request.expectedStatus)
    }

    private static func request(_ bytes: [UInt8], name: String, status: Int) -> DemoRequest? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        let words = lines[0].split(separator: " ")
        guard words.count == 3 else { return nil }
        let own: Set<String> = ["host", "content-length", "connection", "transfer-encoding"]  // the client's own business
        let headers = lines.dropFirst().compactMap { line -> (name: String, value: String)? in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return own.contains(line[..<colon].lowercased()) ? nil : (String(line[..<colon]), String(value))
        }
        return DemoRequest(
            name: name, kind: status == 200 ? .fixture : .refused, method: String(words[0]), target: String(words[1]),
            headers: headers,
            body: Array(bytes[end.upperBound...]), expectedStatus: status)
    }
}
