import Foundation

/// The log: kept in memory, and written line by line to a file when there is one.
struct RequestLog: Sendable {
    /// Lines kept in memory; older ones are in the file only.
    static let keptMax = 200_000

    private(set) var entries: [LogEntry] = []
    private var lines: [(n: Int, isGraph: Bool, text: String)] = []
    private var count = 0
    private let file: FileHandle?
    /// Tokens and secrets: a last net, should one stand where none belongs (in a path, in a value).
    private var secrets: [String]

    /// Throws when the file can't be opened.
    init(file path: String?, secrets: [String]) throws(ScenarioError) {
        self.secrets = secrets.filter { $0.utf8.count >= 8 }
        guard let path else {
            file = nil
            return
        }
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path) else {
            throw ScenarioError(path: "", reason: "can't write the log \(path)")
        }
        self.file = file
    }

    mutating func number() -> Int {
        count += 1
        return count
    }

    mutating func append(_ entry: LogEntry) {
        entries.append(entry)
        if entries.count > Self.keptMax { entries.removeFirst(Self.keptMax / 2) }
        write(entry.value, n: entry.n, isGraph: true)
    }

    /// A line that is not about a call to the Graph API.
    mutating func append(_ value: Value, n: Int) { write(value, n: n, isGraph: false) }

    private mutating func write(_ value: Value, n: Int, isGraph: Bool) {
        var text = value.encoded(.plain)
        for secret in secrets where text.contains(secret) { text = text.replacing(secret, with: "[redacted]") }
        lines.append((n, isGraph, text))
        if lines.count > Self.keptMax { lines.removeFirst(Self.keptMax / 2) }
        guard let file else { return }
        do {
            // One write per line, with nothing buffered in this process: whoever reads the file sees whole lines.
            try file.write(contentsOf: Data((text + "\n").utf8))
        } catch {
            FileHandle.standardError.write(Data("graph-emulator: the log can't be written: \(error)\n".utf8))
        }
    }

    func lines(since n: Int, graphOnly: Bool) -> [String] {
        lines.filter { $0.n > n && (!graphOnly || $0.isGraph) }.map(\.text)
    }
}
