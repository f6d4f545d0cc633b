/// What is long enough to look at again. A list, not a rule.
enum Sizes {
    static let fileLines = 400
    static let functionLines = 60

    static func long(in file: SourceFile) -> [String] {
        let lines = file.lines.count
        return (lines > fileLines ? ["\(file.path): \(lines) lines"] : [])
            + functions(in: file).filter { $0.lines > functionLines }.map {
                "\(file.path):\($0.at): \($0.name), \($0.lines) lines"
            }
    }

    /// Functions and initialisers with their first line and their length, by matching braces in code.
    static func functions(in file: SourceFile) -> [(name: String, at: Int, lines: Int)] {
        file.code.matches(of: /\b(?:func\s+([\w]+|[^\s(\w]+)|init[?]?)\s*[<(]/).compactMap { match in
            guard let length = length(file.code[match.range.upperBound...]) else { return nil }
            let at = file.code[..<match.range.lowerBound].count { $0 == "\n" } + 1
            return (match.1.map(String.init) ?? "init", at, length)
        }
    }

    /// Lines up to the brace that closes the body; nil where there is no body.
    private static func length(_ code: Substring) -> Int? {
        var parentheses = 1, braces = 0, lines = 1
        for character in code {
            switch character {
            case "\n":
                lines += 1
            case "(": parentheses += 1
            case ")": parentheses -= 1
            case "{": braces += 1
            case "}":
                if braces == 0 { return nil }
                braces -= 1
                if braces == 0, parentheses <= 0 { return lines }
            default: continue
            }
        }
        return nil
    }
}
