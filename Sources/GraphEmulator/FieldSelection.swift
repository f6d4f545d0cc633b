/// One field that is asked for: `ads.limit(5){id,name}` has a name, arguments and children.
struct FieldSelection: Sendable, Equatable {
    let name: String
    var arguments: [String: String] = [:]
    var children: [FieldSelection] = []

    /// Reads `fields`: comma-separated with nesting, or a JSON list of plain names.
    static func parse(_ text: String) throws(GraphFailure) -> [FieldSelection] {
        if text.hasPrefix("["), let list = JSONReader.read(text) {
            return list.items.compactMap(\.text).map { FieldSelection(name: $0) }
        }
        guard !text.isEmpty else { return [] }
        var parser = Parser(text: Array(text), source: text)
        let fields = try parser.list(depth: 0)
        guard parser.at == parser.text.count else { throw parser.fault("end of string") }
        return fields
    }

    private struct Parser {
        static let depthMax = 8
        let text: [Character]
        let source: String
        var at = 0

        var next: Character? { at < text.count ? text[at] : nil }

        func fault(_ expected: String) -> GraphFailure {
            let found = next.map { "\"\($0)\"" } ?? "end of string"
            return GraphFailure(
                code: 2500, message: "Syntax error \"Expected \(expected) instead of \(found).\" at character \(at): \(source)")
        }

        mutating func take(_ character: Character) -> Bool {
            guard next == character else { return false }
            at += 1
            return true
        }

        mutating func name() throws(GraphFailure) -> String {
            while next == " " { at += 1 }
            let start = at
            while let character = next, character.isLetter || character.isNumber || "_:".contains(character) { at += 1 }
            guard at > start else { throw fault("name") }
            return String(text[start..<at])
        }

        mutating func list(depth: Int) throws(GraphFailure) -> [FieldSelection] {
            guard depth < Self.depthMax else { throw fault("fewer levels") }
            var fields: [FieldSelection] = []
            repeat { fields.append(try field(depth: depth)) } while take(",")
            return fields
        }

        mutating func field(depth: Int) throws(GraphFailure) -> FieldSelection {
            var field = FieldSelection(name: try name())
            while take(".") {
                let modifier = try name()
                guard take("(") else { throw fault("\"(\"") }
                field.arguments[modifier] = try argument()
            }
            guard take("{") else { return field }
            field.children = try list(depth: depth + 1)
            guard take("}") else { throw fault("\"}\"") }
            return field
        }

        /// Everything up to the parenthesis that closes the argument.
        mutating func argument() throws(GraphFailure) -> String {
            let start = at
            var open = 0
            while let character = next {
                if character == ")", open == 0 {
                    at += 1
                    return String(text[start..<at - 1])
                }
                if character == "(" { open += 1 }
                if character == ")" { open -= 1 }
                at += 1
            }
            throw fault("\")\"")
        }
    }
}
