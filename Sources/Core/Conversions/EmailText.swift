/// The shape of an e-mail address as it is worth hashing: lenient about letters, strict about everything that ends one.
enum EmailText {
    /// `text` is trimmed and lower-case.
    static func isAddress(_ text: String) -> Bool {
        let parts = text.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, isLocal(parts[0]) else { return false }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDomainScalar) }
    }

    private static func isLocal(_ text: Substring.UnicodeScalarView) -> Bool {
        guard let first = text.first, let last = text.last, first != ".", last != "." else { return false }
        return text.allSatisfy(isLocalScalar)
    }

    /// `atext` and the dot of RFC 5322, and what is not ASCII.
    private static func isLocalScalar(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return !scalar.isBlank }
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_", "+": return true
        case "!", "#"..."'", "*", "/", "=", "?", "^", "`", "{"..."~": return true
        case _: return false
        }
    }

    private static func isDomainScalar(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.isASCII else { return !scalar.isBlank }
        return UInt8(scalar.value).isAlphanumeric || scalar == "-" || scalar == "_"
    }
}
