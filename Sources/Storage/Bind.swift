/// A value of a row or of a statement.
package enum Value: Equatable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    /// For messages; says nothing of the value.
    var kind: String {
        switch self {
        case .null: "null"
        case .integer: "a number"
        case .text: "text"
        case .bytes: "bytes"
        }
    }
}

/// A value that a statement carries, with the type of its Swift expression, so that a null has a type too.
package struct Bind: Equatable, Sendable {
    package enum Kind: Sendable { case integer, text, bytes }

    package let kind: Kind
    package let value: Value
}
