/// A header's value with its parameters: `form-data; name="data"; filename="a.json"`.
package struct HeaderValue: Sendable {
    /// What stands before the first `;`, in lower case.
    package let word: String
    /// Names in lower case, values without their quotation marks.
    private let parameters: [(name: String, value: String)]

    package init(_ text: some Collection<UInt8>) {
        var rest = Array(text)[...]
        word = Self.text(Self.piece(of: &rest) { $0 == UInt8(ascii: ";") }).lowercased()
        var parameters: [(name: String, value: String)] = []
        while !rest.isEmpty {
            rest.removeFirst()
            let name = Self.text(Self.piece(of: &rest) { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") }).lowercased()
            guard rest.first == UInt8(ascii: "=") else { continue }
            rest = rest.dropFirst().drop(while: \.isSpace)
            parameters.append((name, Self.value(of: &rest)))
        }
        self.parameters = parameters
    }

    /// The value of a parameter, by its lower-case name; the first where it is repeated.
    package subscript(_ name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// Takes what stands before the next byte that ends it.
    private static func piece(of rest: inout ArraySlice<UInt8>, until isEnd: (UInt8) -> Bool) -> ArraySlice<UInt8> {
        let piece = rest.prefix { !isEnd($0) }
        rest = rest[piece.endIndex...]
        return piece
    }

    /// Takes a value, in quotation marks or without, and what stands behind it up to the next `;`.
    private static func value(of rest: inout ArraySlice<UInt8>) -> String {
        guard rest.first == UInt8(ascii: "\"") else { return text(piece(of: &rest) { $0 == UInt8(ascii: ";") }) }
        rest.removeFirst()
        var value: [UInt8] = []
        while let byte = rest.popFirst(), byte != UInt8(ascii: "\"") {
            value.append(byte == UInt8(ascii: "\\") ? rest.popFirst() ?? byte : byte)
        }
        _ = piece(of: &rest) { $0 == UInt8(ascii: ";") }
        return String(decoding: value, as: UTF8.self)
    }

    /// Without spaces and tabs at its ends.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        let head = bytes.drop(while: \.isSpace)
        let end = head.lastIndex { !$0.isSpace }.map { $0 + 1 } ?? head.startIndex
        return String(decoding: head[..<end], as: UTF8.self)
    }
}

extension UInt8 {
    /// A space or a tab.
    var isSpace: Bool { self == 0x20 || self == 0x09 }
}
