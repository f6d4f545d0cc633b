/// A value that its sender has hashed: SHA-256 or MD5 in hex, perhaps with the appendix of a Parameter Builder.
///
/// The appendix is case-sensitive and goes out as it came; statistics look at the part before it.
package struct HashText: Sendable, Equatable {
    /// Lower-case.
    package let hex: String
    /// With its dot; empty when there is none.
    package let appendix: String

    package var isMD5: Bool { hex.utf8.count == 32 }
    package var text: String { hex + appendix }

    /// Nil for anything else; `text` is trimmed. 32 digits are a number, no MD5: an MD5 without a letter is one in three million.
    package init?(_ text: String) {
        // 64 alone or with an appendix of two or eight; most values are neither
        switch text.utf8.count {
        case 32, 64, 67, 73: break
        case _: return nil
        }
        let bytes = Array(text.utf8)
        let head = bytes.prefix { $0 != UInt8(ascii: ".") }
        guard head.count == 64 || (head.count == 32 && bytes.count == 32), head.allSatisfy(\.isHexDigit) else { return nil }
        guard head.count == 64 || !head.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let rest = bytes[head.count...]
        guard rest.isEmpty || Appendix.isAppendix(rest.dropFirst()) else { return nil }
        hex = String(decoding: head, as: UTF8.self).lowercased()
        appendix = String(decoding: rest, as: UTF8.self)
    }
}

/// What Meta's Parameter Builders put behind a value to say where it comes from: `.` and eight base64url characters, or two of
/// a few.
enum Appendix {
    private static let short: Set<String> = ["AQ", "Ag", "Aw", "BA", "BQ", "Bg"]

    /// Without its dot.
    static func isAppendix(_ bytes: some Collection<UInt8>) -> Bool {
        if bytes.count == 8 { return bytes.allSatisfy(\.isBase64URL) }
        return bytes.count == 2 && short.contains(String(decoding: bytes, as: UTF8.self))
    }

    /// `text` without an appendix, and the appendix with its dot.
    static func split(_ text: String) -> (text: String, appendix: String) {
        guard let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")) else { return (text, "") }
        guard isAppendix(text.utf8[text.utf8.index(after: dot)...]) else { return (text, "") }
        return (String(text[..<dot]), String(text[dot...]))
    }
}

extension UInt8 {
    var isHexDigit: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        case _: false
        }
    }

    var isDigit: Bool { (0x30...0x39).contains(self) }

    var isAlphanumeric: Bool {
        switch self {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case _: false
        }
    }

    var isBase64URL: Bool { isAlphanumeric || self == UInt8(ascii: "-") || self == UInt8(ascii: "_") }
}
