import Core
import Foundation

/// `rules`: patterns of rule files, and what is in them.
extension SectionReader {
    mutating func rules(_ cursor: Cursor, workspaces: [Settings.Workspace], destinations: [Settings.Destination]) -> [LoadedRule]
    {
        guard let items = cursor.items(of: "rule files, such as config/rules/*.yaml") else { return [] }
        let reader = RuleFile(workspaces: workspaces, destinations: destinations)
        var files: [String] = []
        for item in items {
            for file in self.files(item) where !files.contains(file) { files.append(file) }
        }
        var rules: [(rule: LoadedRule, place: Cursor)] = []
        var logs: [FaultLog] = []
        for file in files {
            let log = FaultLog(file: file, environment: nil)
            logs.append(log)
            guard let text = Document.text(of: absolute(file), log: log), let root = Document.root(of: text, log: log) else {
                continue
            }
            rules += reader.read(root)
        }
        refuseRepeats(rules)
        ruleEntries += logs.flatMap(\.sorted)
        return rules.map(\.rule)
    }

    /// A rule's name is unique in its workspace, over all files.
    private func refuseRepeats(_ rules: [(rule: LoadedRule, place: Cursor)]) {
        var seen: [String: String] = [:]
        for (loaded, cursor) in rules {
            let key = "\(loaded.rule.workspace)/\(loaded.rule.name)"
            if let first = seen[key] {
                cursor.descendant("name").fault(
                    "the workspace \"\(loaded.rule.workspace)\" has a rule \"\(loaded.rule.name)\" already, at \(first).")
            } else {
                seen[key] = loaded.place
            }
        }
    }

    /// The files that a pattern names, sorted. `*` stands for any part of a file's name, never for a folder.
    private func files(_ cursor: Cursor) -> [String] {
        guard let pattern = cursor.text("the path of a rule file; * stands for any part of its name"), !pattern.isEmpty else {
            return []
        }
        let slash = pattern.lastIndex(of: "/")
        let folder = slash.map { String(pattern[..<$0]) } ?? ""
        let name = slash.map { String(pattern[pattern.index(after: $0)...]) } ?? pattern
        guard !folder.contains("*") else {
            cursor.refuse(expected: "* in the file's name only")
            return []
        }
        guard name.contains("*") else { return [pattern] }
        let path = absolute(folder)
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            cursor.fault("no folder \"\(folder)\"; paths are relative to the working directory.")
            return []
        }
        let found = names.filter { !$0.hasPrefix(".") && Self.matches($0, name) }.sorted()
        if found.isEmpty { cursor.warn("no file is called \(pattern): no rules are in force.") }
        return found.map { folder.isEmpty && slash == nil ? $0 : "\(folder)/\($0)" }
    }

    /// Whether `name` is what `pattern` says, `*` being any run of characters.
    static func matches(_ name: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false).map(String.init)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return name == pattern }
        guard name.hasPrefix(first) else { return false }
        var rest = name.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
