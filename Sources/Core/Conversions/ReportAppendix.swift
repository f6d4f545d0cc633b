/// Which library made a match key: Meta's parameter builders write it behind the value.
enum ReportAppendix {
    private static let libraries = ["php", "python", "java", "node", "ruby", "browser"]

    /// Of a value of `user_data`; nil where nothing is written behind it.
    static func library(ofKey key: String, _ value: JSON) -> String? {
        let text = value.text ?? value[0]?.text
        guard let text, let dot = text.utf8.lastIndex(of: UInt8(ascii: ".")) else { return nil }
        let tail = text.utf8[text.utf8.index(after: dot)...]
        switch key {
        case "fbc", "fbp":
            guard text.utf8.count(where: { $0 == UInt8(ascii: ".") }) == 4 else { return nil }
        case _:
            guard PersonalKey(rawValue: key) != nil, text.utf8.distance(from: text.utf8.startIndex, to: dot) == 64 else {
                return nil
            }
        }
        return library(Array(tail))
    }

    /// Base64url of six bytes, the second of which is the language; the old form has two characters, and is the language alone.
    private static func library(_ tail: [UInt8]) -> String? {
        let digits = tail.compactMap(value)
        guard digits.count == tail.count else { return nil }
        let language: Int
        switch tail.count {
        case 2: language = digits[0] << 2 | digits[1] >> 4
        case 8: language = (digits[1] & 0x0F) << 4 | digits[2] >> 2
        case _: return nil
        }
        return libraries.indices.contains(language - 1) ? libraries[language - 1] : "other"
    }

    private static func value(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(byte) - 65
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(byte) - 71
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) + 4
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        case _: nil
        }
    }
}
