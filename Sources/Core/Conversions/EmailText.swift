/// The shape of an e-mail address as it is worth hashing: lenient about letters, strict about everything that ends one.
enum EmailText {
    /// `text` is trimmed and lower-case.
    static func isAddress(_ text: String) -> Bool {
        guard let at = text.unicodeScalars.firstIndex(of: "@"), isLocal(text.unicodeScalars[..<at]) else { return false }
        var labels = 1
        var isEmpty = true
        for scalar in text.unicodeScalars[at...].dropFirst() {
            if scalar == "." {
                guard !isEmpty else { return false }
                (labels, isEmpty) = (labels + 1, true)
            } else {
                guard isDomainScalar(scalar) else { return false }
                isEmpty = false
            }
        }
        return labels >= 2 && !isEmpty
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
