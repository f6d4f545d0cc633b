import Core
import HTTPTypes

/// One parameter of an endpoint: how it is described and how it is checked come from the same lines.
struct Parameter: Sendable {
    enum Place: String, Sendable { case path, query, header }

    enum Kind: Sendable {
        /// An id of this gateway's, in decimal.
        case id
        case integer(ClosedRange<Int64>)
        /// ms since 1970.
        case time
        case text(max: Int)
        case choice([String])
        /// Of this list.
        case cursor(String)
    }

    let name: String
    let place: Place
    let kind: Kind
    let about: String
    /// Where it is not given; of an optional one.
    var fallback: Int64?

    /// Text without control characters.
    static func query(_ name: String, _ kind: Kind, _ about: String, fallback: Int64? = nil) -> Parameter {
        Parameter(name: name, place: .query, kind: kind, about: about, fallback: fallback)
    }

    static func path(_ name: String, _ kind: Kind, _ about: String) -> Parameter {
        Parameter(name: name, place: .path, kind: kind, about: about)
    }

    /// Greatest id that can be an event's: its jobs' ids must fit, too.
    static let idMax = Int64.max / 128
    private static let timeMax: Int64 = 253_402_300_799_999  // the year 9999

    /// Throws the problem, with the parameter's name.
    func check(_ value: String) throws(Problem) {
        let isGood =
            switch kind {
            case .id: Self.isDigits(value, max: 19)
            case .integer(let range): Self.number(value).map(range.contains) ?? false
            case .time: Self.number(value).map((0...Self.timeMax).contains) ?? false
            case .text(let max): Self.isText(value, max: max)
            case .choice(let words): words.contains(value)
            case .cursor(let list): ListCursor(value, of: list) != nil
            }
        guard isGood else {
            if case .cursor = kind { throw .cursorInvalid }
            throw Problem(.badRequest, code: "parameter_invalid", message: "\(name) must be \(expected).", param: name)
        }
    }

    var expected: String {
        switch kind {
        case .id: "an id of decimal digits"
        case .integer(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .time: "a time in milliseconds since 1970"
        case .text(let max): "a text of 1 to \(max) characters without control characters"
        case .choice(let words): "one of: \(words.joined(separator: ", "))"
        case .cursor: "a cursor that this list has given out"
        }
    }

    var schema: JSON {
        switch kind {
        case .id: ["type": "string", "pattern": "^[0-9]{1,19}$"]
        case .integer(let range):
            fallback.map {
                [
                    "type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound),
                    "default": .integer($0),
                ]
            } ?? ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .time: ["type": "integer", "format": "int64", "minimum": 0, "maximum": .integer(Self.timeMax)]
        case .text(let max):
            ["type": "string", "minLength": 1, "maxLength": .integer(max), "pattern": #"^[^\u0000-\u001f\u007f-\u009f]+$"#]
        case .choice(let words): ["type": "string", "enum": .array(words.map(JSON.string))]
        case .cursor(let list): ["type": "string", "pattern": .string(ListCursor.pattern(of: list))]
        }
    }

    /// Digits only, no sign: `+1` and `١` are none.
    static func number(_ text: String) -> Int64? { isDigits(text, max: 19) ? Int64(text) : nil }

    private static func isDigits(_ text: String, max: Int) -> Bool {
        (1...max).contains(text.utf8.count) && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isText(_ text: String, max: Int) -> Bool {
        (1...max).contains(text.unicodeScalars.count)
            && text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    }
}

extension Problem {
    static let cursorInvalid = Problem(
        .badRequest, code: "cursor_invalid", message: "This list has given out no such cursor.", param: "cursor")
}
