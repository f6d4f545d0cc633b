import Foundation
import Yams

/// One YAML file as a tree of nodes with their places; what keeps it from being one goes to the log.
enum Document {
    /// A configuration has some hundred lines; a file beyond this is not one.
    static let bytesMax = 1024 * 1024

    static func text(of path: String, log: FaultLog) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else {
            log.add("the file can't be read; is the path right? It is relative to the working directory.")
            return nil
        }
        guard data.count <= bytesMax else {
            log.add("the file has \(data.count) bytes, expected at most \(bytesMax).")
            return nil
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            log.add("the file is not UTF-8.")
            return nil
        }
        return text
    }

    static func root(of text: String, log: FaultLog) -> Cursor? {
        guard nestingIsSane(text) else {
            log.add("the file nests deeper than \(nestingMax) levels.")
            return nil
        }
        do {
            let parser = try Parser(yaml: text, encoding: .utf8)
            log.parser = parser
            guard let node = try parser.singleRoot() else {
                log.add("the file is empty.")
                return nil
            }
            return Cursor(node: node, path: "", log: log)
        } catch let error as YamlError {
            report(error, of: text, log: log)
        } catch {
            log.add("not YAML.")
        }
        return nil
    }

    /// Levels of brackets or indentation; the composer recurses.
    private static let nestingMax = 200

    private static func nestingIsSane(_ text: String) -> Bool {
        var open = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            let indent = line.prefix { $0 == " " || $0 == "-" }.count
            guard indent <= nestingMax * 8 else { return false }
            for byte in line.utf8 {
                if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { open += 1 }
                if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { open = max(0, open - 1) }
                guard open <= nestingMax else { return false }
            }
        }
        return true
    }

    /// Neither the problem nor the place repeats a line of the file: it may hold a secret.
    private static func report(_ error: YamlError, of text: String, log: FaultLog) {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            log.add("not YAML: \(problem).", line: mark.line, column: mark.column)
        case .reader(let problem, _, _, _):
            log.add("not YAML: \(problem).")
        case .duplicatedKeysInMapping(let keys, let context):
            for key in keys.sorted() {
                let place = second(key, in: text, from: context.mark)
                log.add("the key \"\(key)\" stands twice in one mapping.", line: place.line, column: place.column)
            }
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            log.add("not YAML.")
        }
    }

    /// Where `key` stands again: the YAML library tells the first place only.
    ///
    /// In a block mapping that is a line that begins with it at the same column, in a flow mapping the rest of the line.
    private static func second(_ key: String, in text: String, from first: Mark) -> (line: Int, column: Int) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.indices.contains(first.line - 1) else { return (first.line, first.column) }
        let line = String(lines[first.line - 1])
        let start = line.index(line.startIndex, offsetBy: first.column, limitedBy: line.endIndex) ?? line.endIndex
        if let again = line[start...].firstRange(of: " \(key):") ?? line[start...].firstRange(of: ",\(key):") {
            return (first.line, line.distance(from: line.startIndex, to: again.lowerBound) + 2)
        }
        let later = lines.indices.first { $0 >= first.line && lines[$0].dropFirst(first.column - 1).hasPrefix(key + ":") }
        return later.map { ($0 + 1, first.column) } ?? (first.line, first.column)
    }
}
