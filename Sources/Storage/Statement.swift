/// SQL with its values beside it, by interpolation: `"… WHERE id = \(id)"`. A value never becomes part of the text.
///
/// The text has `?` for each value; each driver writes it in its own way. Rows need no locks: who writes has the turn alone.
/// The text is the key of the prepared-statement cache, so one place in the code is one prepared statement.
package struct Statement: Sendable, Equatable {
    package private(set) var text: String
    package private(set) var binds: [Bind]

    /// From parts that were made by interpolation.
    init(text: String, binds: [Bind]) {
        self.text = text
        self.binds = binds
    }

    package static func + (a: Statement, b: Statement) -> Statement {
        var sum = a
        sum.text += b.text
        sum.binds += b.binds
        return sum
    }
}

extension Statement: ExpressibleByStringInterpolation {
    package init(stringLiteral text: String) {
        self.text = text
        self.binds = []
    }

    package init(stringInterpolation parts: Parts) {
        self.text = parts.text
        self.binds = parts.binds
    }

    /// Collects text and values.
    package struct Parts: StringInterpolationProtocol {
        var text = ""
        var binds: [Bind] = []

        package init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + interpolationCount)
            binds.reserveCapacity(interpolationCount)
        }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: Int64?) { put(.integer, value.map { .integer($0) }) }
        package mutating func appendInterpolation(_ value: Int?) { put(.integer, value.map { .integer(Int64($0)) }) }
        package mutating func appendInterpolation(_ value: Bool?) { put(.integer, value.map { .integer($0 ? 1 : 0) }) }
        package mutating func appendInterpolation(_ value: String?) { put(.text, value.map { .text($0) }) }
        package mutating func appendInterpolation(_ value: [UInt8]?) { put(.bytes, value.map { .bytes($0) }) }
        package mutating func appendInterpolation(_ value: Int64) { put(.integer, .integer(value)) }
        package mutating func appendInterpolation(_ value: Int) { put(.integer, .integer(Int64(value))) }
        package mutating func appendInterpolation(_ value: Bool) { put(.integer, .integer(value ? 1 : 0)) }
        package mutating func appendInterpolation(_ value: String) { put(.text, .text(value)) }
        package mutating func appendInterpolation(_ value: [UInt8]) { put(.bytes, .bytes(value)) }

        /// A part of a statement, with its values.
        package mutating func appendInterpolation(_ part: Statement) {
            text += part.text
            binds += part.binds
        }

        /// Text that stands in the source: a table or a column that a function is told.
        package mutating func appendInterpolation(raw: StaticString) { text += raw.description }

        /// For `IN (…)`; an empty list matches nothing. The number of places is a power of two, so that few statements are prepared.
        package mutating func appendInterpolation(list: [Int64]) {
            put(list: list.map { Bind(kind: .integer, value: .integer($0)) }, .integer)
        }
        package mutating func appendInterpolation(list: [String]) {
            put(list: list.map { Bind(kind: .text, value: .text($0)) }, .text)
        }

        /// For `VALUES …`, at least one row. The number of rows is a power of two, the last one repeated, so that few statements are prepared:
        /// the statement must mean the same with a row twice.
        package mutating func appendInterpolation(rows: [[Statement]]) {
            var places = 1
            while places < rows.count { places *= 2 }
            for place in 0..<places {
                text += place == 0 ? "(" : ", ("
                for (column, value) in rows[min(place, rows.count - 1)].enumerated() {
                    if column > 0 { text += ", " }
                    appendInterpolation(value)
                }
                text += ")"
            }
        }

        private mutating func put(_ kind: Bind.Kind, _ value: Value?) {
            text += "?"
            binds.append(Bind(kind: kind, value: value ?? .null))
        }

        private mutating func put(list: [Bind], _ kind: Bind.Kind) {
            var places = 1
            while places < list.count { places *= 2 }
            let filler = list.last ?? Bind(kind: kind, value: .null)
            text += String(repeating: "?, ", count: places - 1) + "?"
            binds += list + Array(repeating: filler, count: places - list.count)
        }
    }
}
