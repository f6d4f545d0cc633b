extension JSON {
    /// An id, whatever JSON type it had; nil for `""`, `"0"`, `0`, for numbers that are not plain digits, and for text that can't
    /// be an id.
    ///
    /// Text has 1 to 255 bytes of letters, digits and `_ . : = + / $ -`, as every id of Meta's does: ids become keys of an index and are not
    /// sealed, so that a sentence in the place of an id must not pass for one.
    package var id: String? {
        switch self {
        case .number(let token): token.isPlainDigits && token != "0" && token.utf8.count <= 255 ? token : nil
        case .string(let text): text.isPlausibleID ? text : nil
        case .null, .bool, .array, .object: nil
        }
    }

    /// The text of a string; nil for anything else.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A whole number, exact: a number token without fraction and exponent, or a string of digits; nil when it does not fit.
    package var integer: Int64? {
        switch self {
        case .number(let token): Int64(token)
        case .string(let text): text.isSignedDigits ? Int64(text) : nil
        case .null, .bool, .array, .object: nil
        }
    }

    /// A truth in any of Meta's spellings: `true`, `1`, `"true"`, `"1"` and their opposites; nil for anything else.
    package var truth: Bool? {
        switch self {
        case .bool(let value): value
        case .number("1"), .string("1"), .string("true"): true
        case .number("0"), .string("0"), .string("false"): false
        case .null, .number, .string, .array, .object: nil
        }
    }

    /// Whether this is an explicit null.
    package var isNull: Bool { self == .null }
}

extension String {
    fileprivate var isPlainDigits: Bool { !isEmpty && utf8.allSatisfy { (0x30...0x39).contains($0) } }
    fileprivate var isSignedDigits: Bool { hasPrefix("-") ? String(dropFirst()).isPlainDigits : isPlainDigits }
    fileprivate var isPlausibleID: Bool {
        (1...255).contains(utf8.count) && self != "0" && utf8.allSatisfy(\.isIDByte)
    }
}

extension UInt8 {
    fileprivate var isIDByte: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        case UInt8(ascii: "$"), UInt8(ascii: "-"): true
        case _: false
        }
    }
}
