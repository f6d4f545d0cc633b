/// One row of a result, read by column name.
///
/// Each accessor throws `.column` when there is no such column or when it is of another type; the message never holds the value.
package struct Row: Sendable {
    /// The names of a statement's columns, shared by all its rows.
    package final class Columns: Sendable {
        package let names: [String]
        private let places: [String: Int]

        package init(_ names: [String]) {
            self.names = names
            self.places = Dictionary(zip(names, names.indices)) { first, _ in first }
        }

        func place(of name: String) -> Int? { places[name] }
    }

    package let columns: Columns
    package let values: [Value]

    package init(columns: Columns, values: [Value]) {
        self.columns = columns
        self.values = values
    }

    package func value(_ column: String) throws(StoreError) -> Value {
        guard let place = columns.place(of: column) else { throw .column(name: column, problem: "is not in the result") }
        return values[place]
    }

    package func int64(_ column: String) throws(StoreError) -> Int64 {
        let value = try value(column)
        guard case .integer(let number) = value else { throw Self.mismatch(column, value, "a number") }
        return number
    }

    package func int64OrNil(_ column: String) throws(StoreError) -> Int64? {
        try value(column) == .null ? nil : try int64(column)
    }

    package func int(_ column: String) throws(StoreError) -> Int { Int(try int64(column)) }

    package func bool(_ column: String) throws(StoreError) -> Bool { try int64(column) != 0 }

    package func text(_ column: String) throws(StoreError) -> String {
        let value = try value(column)
        guard case .text(let text) = value else { throw Self.mismatch(column, value, "text") }
        return text
    }

    package func textOrNil(_ column: String) throws(StoreError) -> String? {
        try value(column) == .null ? nil : try text(column)
    }

    package func bytes(_ column: String) throws(StoreError) -> [UInt8] {
        let value = try value(column)
        guard case .bytes(let bytes) = value else { throw Self.mismatch(column, value, "bytes") }
        return bytes
    }

    package func bytesOrNil(_ column: String) throws(StoreError) -> [UInt8]? {
        try value(column) == .null ? nil : try bytes(column)
    }

    /// A text column that holds one of the raw values of `type`.
    package func choice<T: RawRepresentable>(_ column: String, _ type: T.Type) throws(StoreError) -> T
    where T.RawValue == String {
        guard let choice = T(rawValue: try text(column)) else {
            throw .column(name: column, problem: "holds a word that is not known here")
        }
        return choice
    }

    private static func mismatch(_ column: String, _ value: Value, _ wanted: String) -> StoreError {
        .column(name: column, problem: "holds \(value.kind) where \(wanted) is expected")
    }
}

extension [Row] {
    /// `map` with the store's own error type.
    package func decoded<T>(_ make: (Row) throws(StoreError) -> T) throws(StoreError) -> [T] {
        var values: [T] = []
        values.reserveCapacity(count)
        for row in self { values.append(try make(row)) }
        return values
    }
}
