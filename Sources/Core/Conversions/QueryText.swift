/// A query (`a=1&b=x%20y`) taken apart.
package enum QueryText {
    /// In the order of the text, percent-decoded, `+` as a space; names without `=` have an empty value.
    static func pairs(_ query: some StringProtocol) -> [(name: String, value: String)] {
        query.utf8.split(separator: UInt8(ascii: "&")).map { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return (decoded(name), decoded(pair.dropFirst(name.count + 1)))
        }
    }

    /// The query of a URL, without its fragment; nil when it has none.
    static func query(ofURL url: String) -> Substring? {
        let head = url.utf8.prefix { $0 != UInt8(ascii: "#") }
        guard let mark = head.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return Substring(head[head.index(after: mark)...])
    }

    /// Whether it is worth taking a query apart for a name: the name, or anything in another spelling, stands in it.
    static func mayName(_ name: StaticString, in query: Substring) -> Bool {
        var query = query
        return query.withUTF8 { bytes in
            let (first, count) = (name.utf8Start[0], name.utf8CodeUnitCount)
            for place in bytes.indices {
                if bytes[place] == UInt8(ascii: "%") { return true }
                guard bytes[place] == first, bytes.count - place >= count else { continue }
                if (1..<count).allSatisfy({ bytes[place + $0] == name.utf8Start[$0] }) { return true }
            }
            return false
        }
    }

    /// What stands before the query. By bytes: a mark with an accent behind it is a mark.
    package static func path(ofTarget target: String) -> String {
        String(decoding: target.utf8.prefix { $0 != UInt8(ascii: "?") }, as: UTF8.self)
    }

    private static func decoded(_ text: some Collection<UInt8>) -> String {
        var bytes: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%"), let value = hexByte(rest.prefix(2)) else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func hexByte(_ digits: some Collection<UInt8>) -> UInt8? {
        guard digits.count == 2, digits.allSatisfy(\.isHexDigit) else { return nil }
        return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
