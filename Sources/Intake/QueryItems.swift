/// The names and values of a query string, decoded; repeated names keep every value.
package struct QueryItems: Sendable {
    private let items: [(name: String, value: String)]

    package init(_ query: String) {
        items = query.split(separator: "&", omittingEmptySubsequences: true).map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    package func values(of name: String, or alias: String) -> [String] {
        items.compactMap { $0.name == name || $0.name == alias ? $0.value : nil }
    }

    /// Percent escapes and `+`; an escape that is none is kept as it stands.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "+") {
                bytes.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), let value = escape(rest.prefix(2)) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func escape(_ digits: Substring.UTF8View.SubSequence) -> UInt8? {
        guard digits.count == 2,
            digits.allSatisfy({ ($0 | 32) >= UInt8(ascii: "a") && ($0 | 32) <= UInt8(ascii: "f") || $0 >= 48 && $0 <= 57 })
        else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
