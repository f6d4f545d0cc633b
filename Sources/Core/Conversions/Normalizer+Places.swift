extension Normalizer {
    /// Letters and digits, with at least one letter.
    static func city(_ text: String) -> Normalized {
        let kept = text.keeping { $0.isLetter || $0.isMark || $0.isNumber }
        return kept.unicodeScalars.contains(where: \.isLetter) ? .value(kept) : .dropped(.nothingLeft)
    }

    /// Letters; the states of the US and the provinces of Canada by their code, all others never shortened.
    static func state(_ text: String) -> Normalized {
        let kept = text.keeping { $0.isLetter || $0.isMark }
        guard kept.unicodeScalars.count >= 2 else { return .dropped(.tooShort) }
        return .value(StateTable.code(of: kept) ?? kept)
    }

    /// What stands before the first hyphen, without white space.
    static func postcode(_ text: String) -> Normalized {
        let hyphen = text.utf8.firstIndex(of: UInt8(ascii: "-"))
        let kept = (hyphen.map { String(text[..<$0]) } ?? text).keeping { !$0.isBlank }
        return kept.unicodeScalars.count >= 2 ? .value(kept) : .dropped(.tooShort)
    }

    /// ISO 3166-1 alpha-2, from itself, from alpha-3 or from the English name.
    static func country(_ text: String) -> Normalized {
        let letters = text.keeping(\.isLetter)
        return CountryTable.code(of: letters).map { .value($0) } ?? .dropped(.unknownCountry)
    }
}
