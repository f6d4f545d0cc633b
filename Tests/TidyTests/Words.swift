/// Words that product code does without, each with what to do instead.
enum Words {
    /// A word and what to do instead. `hint` is a part that is quickly looked for: most files lack it.
    private struct Rule {
        let hint: String
        let word: Regex<Substring>
        let reason: String

        init(_ hint: String, _ word: Regex<Substring>, _ reason: String) {
            self.hint = hint
            self.word = word
            self.reason = reason
        }
    }

    /// In code, comments and literals left out.
    nonisolated(unsafe) private static let code: [Rule] = [
        Rule("Task.detached", /\bTask\.detached\b/, "Task.detached: child tasks live in groups"),
        Rule("try!", /\btry!/, "try!: throw, or say why it can't fail"),
        Rule("as!", /\bas!/, "as!: use as? and answer for nil"),
        Rule("public", /\bpublic(?:\(set\))?\s+\w/, "public: package is the widest access"),
        Rule("@_exported", /@_exported\b/, "@_exported: every file imports what it uses"),
        Rule("default:", /\bdefault:\s*break\b/, "default: break: name the cases"),
        Rule("catch", /\bcatch\b[^{}\n]*\{\s*\}/, "an empty catch: handle it, or say in code what becomes of the error"),
        Rule("fatalError", /\bfatalError\(/, "fatalError: throw"),
    ]

    /// Anywhere, comments too.
    nonisolated(unsafe) private static let text: [Rule] = [
        Rule("", /\b(?:FIX|HACK|XXX)(?:ME)?\b:?/, "a note of unfinished work: finish it or open an issue"),
        Rule("", /\bTO(?:DO)\b/, "a note of unfinished work: finish it or open an issue"),
    ]

    /// Where lines for people are written.
    static let printers = ["Sources/touchstone/Console.swift", "Sources/touchstone-bench/", "Sources/graph-emulator/"]

    /// Files that tell the compiler to trust them, and why it may.
    static let trusted: [String: String] = [
        "Sources/Signing/AES256GCM.swift":
            "an OpenSSL cipher context, used under the lock that holds it; the fetched algorithm is only read",
        "Sources/Signing/HMACKey.swift": "OpenSSL MAC contexts, one owner at a time; the fetched algorithm is only read",
        "Sources/Signing/SHA256.swift": "the fetched digest is only read",
    ]

    /// Nothing in what only tests use.
    static func findings(in file: SourceFile) -> [Finding] {
        guard file.room != "TestSupport" else { return [] }
        let isPrinter = printers.contains { file.path.hasPrefix($0) }
        return matches(of: code, in: file.code, file.path) + matches(of: text, in: file.text, file.path)
            + (isPrinter
                ? []
                : matches(
                    of: [Rule("rint(", /\b(?:debugPrint|print)\(/, "print(: use a logger, or Console in the programs")],
                    in: file.code, file.path))
            + trust(in: file) + floors(in: file)
    }

    private static func trust(in file: SourceFile) -> [Finding] {
        guard trusted[file.path] == nil else { return [] }
        return matches(
            of: [
                Rule(
                    "un", /@unchecked\s+Sendable|nonisolated\(unsafe\)/,
                    "trusts itself about threads: list the file in Words.trusted, with the reason")
            ],
            in: file.code, file.path)
    }

    /// What a room may not know, where that is a word and no import.
    private static func floors(in file: SourceFile) -> [Finding] {
        switch file.room {
        case "Core":
            let exact = file.path.hasPrefix("Sources/Core/Ads/") || file.path.hasPrefix("Sources/Core/Rules/")
            return matches(
                of: [
                    Rule("a", /\basync\b|\bawait\b/, "Core waits for nothing"),
                    Rule("", /\bDate\(\)|\bDate\.now\b|Clock\(\)/, "Core has no clock: pass the time"),
                ], in: file.code, file.path)
                + (exact
                    ? matches(
                        of: [Rule("", /\b(?:Double|Float)\b/, "money and rules are exact: no floating point")], in: file.code,
                        file.path) : [])
        case "Engine", "Intake", "Admin", "Gateway", "GraphAPI", "Outbound", "Listener":
            return file.path.hasPrefix("Sources/Gateway/Demo/")
                ? []
                : matches(
                    of: [Rule("", /"\s*(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) \w/, "SQL is Storage's")], in: file.text,
                    file.path)
        default: return []
        }
    }

    private static func matches(of rules: [Rule], in text: String, _ path: String) -> [Finding] {
        rules.filter { $0.hint.isEmpty || text.contains($0.hint) }.flatMap { rule in
            text.matches(of: rule.word).map { match in
                Finding(path, text[..<match.range.lowerBound].count { $0 == "\n" } + 1, rule.reason)
            }
        }
    }
}
