import HTTPTypes
import Signing

/// The query of a request, read strictly: each name once, percent-encoding that is none and bytes that are no UTF-8 are refused.
struct Query: Sendable {
    private(set) var values: [(name: String, value: String)] = []

    init(_ text: Substring) throws(Problem) {
        for pair in text.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = Self.decode(parts[0]), let value = Self.decode(parts.count > 1 ? parts[1] : "") else {
                throw Problem(.badRequest, code: "query_unreadable", message: "The query is not percent-encoded UTF-8.")
            }
            guard !values.contains(where: { $0.name == name }) else {
                throw Problem(
                    .badRequest, code: "parameter_repeated", message: "A parameter may stand once.", param: Self.short(name))
            }
            values.append((name, value))
        }
    }

    subscript(_ name: String) -> String? { values.first { $0.name == name }?.value }

    /// What a caller sent, short enough to be sent back.
    static func short(_ text: String) -> String { String(text.prefix(64)) }

    /// Nil when it can't be decoded.
    static func decode(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let decoded = Hex.bytes(rest.prefix(2), upperCase: true), decoded.count == 1 else { return nil }
                bytes += decoded
                rest = rest.dropFirst(2)
            case _: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
