/// A Swift file: its text, and the same with comments and the contents of literals blanked out, line by line.
struct SourceFile: Sendable {
    /// From the root of the repository: `Sources/Core/Limits.swift`.
    let path: String
    let text: String
    /// Comments and literals are spaces; what is interpolated is code.
    let code: String

    init(path: String, text: String) {
        self.path = path
        self.text = text
        var blanker = Blanker(Array(text.unicodeScalars))
        code = blanker.blanked()
    }

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }

    /// `Core` of `Sources/Core/Limits.swift`.
    var room: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : ""
    }
}

/// Walks through Swift text and blanks what is not code. Knows strings of one and of several lines, raw ones, and interpolation.
private struct Blanker {
    private let input: [Unicode.Scalar]
    private var at = 0
    private var output = String.UnicodeScalarView()

    init(_ input: [Unicode.Scalar]) { self.input = input }

    mutating func blanked() -> String {
        code(untilParenthesis: false)
        return String(output)
    }

    /// Copies code; within an interpolation up to the parenthesis that ends it.
    private mutating func code(untilParenthesis: Bool) {
        var depth = 0
        while at < input.count {
            guard input[at] == "/" || input[at] == "#" || input[at] == "\"" || input[at] == "(" || input[at] == ")" else {
                keep()
                continue
            }
            if sees("//") {
                while at < input.count, input[at] != "\n" { blank() }
            } else if sees("/*") {
                comment()
            } else if let hashes = literal() {
                string(hashes: hashes)
            } else {
                if input[at] == "(" { depth += 1 }
                if input[at] == ")" {
                    if untilParenthesis, depth == 0 { return }
                    depth -= 1
                }
                keep()
            }
        }
    }

    private mutating func comment() {
        var depth = 0
        repeat {
            if sees("/*") {
                depth += 1
                blank(2)
            } else if sees("*/") {
                depth -= 1
                blank(2)
            } else {
                blank()
            }
        } while depth > 0 && at < input.count
    }

    /// How many `#` stand before a quotation mark here; nil when no literal begins.
    private func literal() -> Int? {
        var place = at
        while place < input.count, input[place] == "#" { place += 1 }
        return place < input.count && input[place] == "\"" ? place - at : nil
    }

    private mutating func string(hashes: Int) {
        let raw = String(repeating: "#", count: hashes)
        blank(hashes)
        let quotes = sees("\"\"\"") ? "\"\"\"" : "\""
        blank(quotes.count)
        while at < input.count, input[at] != "\"" || !sees(quotes + raw) {
            if input[at] != "\\" {
                if quotes.count == 1, input[at] == "\n" { return }
                blank()
            } else if sees("\\\(raw)(") {
                blank(1 + hashes)
                keep()
                code(untilParenthesis: true)
                keep()
            } else if sees("\\\(raw)") {
                blank(2 + hashes)
            } else {
                blank()
            }
        }
        blank(quotes.count + hashes)
    }

    private func sees(_ text: String) -> Bool { input[at...].starts(with: text.unicodeScalars) }

    private mutating func keep() {
        guard at < input.count else { return }
        output.append(input[at])
        at += 1
    }

    private mutating func blank(_ count: Int = 1) {
        for _ in 0..<count where at < input.count {
            output.append(input[at] == "\n" ? "\n" : " ")
            at += 1
        }
    }
}
