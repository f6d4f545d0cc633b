extension Unicode.Scalar {
    /// White space, the separators of C0, and what takes no room.
    var isBlank: Bool {
        switch value {
        case 0x20, 0x09...0x0D, 0x1C...0x1F: true
        case 0x21...0x84: false
        case 0x200B, 0x2060, 0xFEFF: true
        case _: properties.isWhitespace
        }
    }

    var isASCIIPunctuation: Bool {
        switch value {
        case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
        case _: false
        }
    }

    var isLetter: Bool {
        switch value {
        case 0x61...0x7A, 0x41...0x5A: true
        case 0x00...0x7F: false
        case _: properties.generalCategory.isLetter
        }
    }

    var isMark: Bool { value > 0x7F && properties.generalCategory.isMark }

    var isNumber: Bool { value > 0x7F ? properties.generalCategory.isNumber : (0x30...0x39).contains(value) }

    /// The digit as an ASCII byte; those of full width count, others don't.
    var phoneDigit: UInt8? {
        switch value {
        case 0x30...0x39: UInt8(value)
        case 0xFF10...0xFF19: UInt8(value - 0xFF10 + 0x30)
        case _: nil
        }
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isLetter: Bool {
        switch self {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
        case _: false
        }
    }

    fileprivate var isMark: Bool { self == .nonspacingMark || self == .spacingMark || self == .enclosingMark }

    fileprivate var isNumber: Bool { self == .decimalNumber || self == .letterNumber || self == .otherNumber }
}

extension String {
    /// Without blanks at both ends.
    var trimmedBlanks: String {
        let scalars = unicodeScalars
        guard let first = scalars.first, let last = scalars.last, first.isBlank || last.isBlank else { return self }
        let head = scalars.drop(while: \.isBlank)
        let end = head.lastIndex { !$0.isBlank }.map(head.index(after:)) ?? head.startIndex
        return String(String.UnicodeScalarView(head[..<end]))
    }

    func keeping(_ isKept: (Unicode.Scalar) -> Bool) -> String {
        guard let misfit = unicodeScalars.firstIndex(where: { !isKept($0) }) else { return self }
        var kept = String(self[..<misfit])
        kept.reserveCapacity(utf8.count)
        for scalar in unicodeScalars[misfit...] where isKept(scalar) { kept.unicodeScalars.append(scalar) }
        return kept
    }

    /// Lower-case by Unicode's rules, the final sigma among them, in every locale the same.
    var lowercasedInContext: String {
        guard !utf8.allSatisfy({ $0 < 0x80 && !(0x41...0x5A).contains($0) }) else { return self }
        guard unicodeScalars.contains("\u{3A3}") else { return lowercased() }
        var lower = ""
        let scalars = Array(unicodeScalars)
        for (index, scalar) in scalars.enumerated() {
            let isFinal = scalar == "\u{3A3}" && Self.endsWord(at: index, of: scalars)
            lower.unicodeScalars.append(contentsOf: (isFinal ? "\u{3C2}" : scalar.properties.lowercaseMapping).unicodeScalars)
        }
        return lower
    }

    /// Whether a letter with case comes before and none after, as Unicode defines `Final_Sigma`.
    private static func endsWord(at index: Int, of scalars: [Unicode.Scalar]) -> Bool {
        let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
        let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
        return before?.properties.isCased == true && after?.properties.isCased != true
    }
}
