import Core
import Foundation

/// What was sent and what was answered, one JSON line per request, with the bytes: enough to judge the run without the program.
actor DemoJournal {
    /// A request with its answer.
    struct Entry: Sendable {
        let request: DemoRequest
        let act: Int
        let answer: DemoSender.Answer
        let sentAtMs: Int64

        var isExpected: Bool {
            answer.status == request.expectedStatus && (request.expectedBody.map { $0 == answer.body } ?? true)
        }
    }

    private(set) var entries: [Entry] = []
    private let handle: FileHandle

    init(file: String) throws(DemoError) {
        guard FileManager.default.createFile(atPath: file, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: file)
        else { throw .process("\(file) could not be written.") }
        self.handle = handle
    }

    func add(_ entry: Entry) {
        entries.append(entry)
        handle.write(Data((line(entry, number: entries.count).encoded() + "\n").utf8))
    }

    private func line(_ entry: Entry, number: Int) -> JSON {
        let request = entry.request
        var out = JSONObject([
            .init(key: "n", value: .integer(number)), .init(key: "act", value: .integer(entry.act)),
            .init(key: "name", value: .string(request.name)), .init(key: "kind", value: .string(request.kind.rawValue)),
            .init(key: "method", value: .string(request.method)), .init(key: "target", value: .string(request.target)),
            .init(key: "http", value: .string(entry.answer.version)), .init(key: "sent_at_ms", value: .integer(entry.sentAtMs)),
            .init(key: "expected", value: .integer(request.expectedStatus)),
            .init(key: "status", value: .integer(entry.answer.status)),
            .init(key: "headers", value: .array(request.headers.map { .array([.string($0.name), .string($0.value)]) })),
        ])
        if request.target.contains("/events") { out["answer"] = .string(entry.answer.body) }
        // A body of one byte over and over (8 MiB of spaces) is told, not copied.
        if request.body.count > 65_536, let first = request.body.first, request.body.allSatisfy({ $0 == first }) {
            out["body_repeated"] = ["byte": .integer(first), "count": .integer(request.body.count)]
        } else {
            out["body_base64"] = .string(Data(request.body).base64EncodedString())
        }
        return .object(out)
    }

    func close() {
        do { try handle.close() } catch { return }  // every line is written already
    }
}
