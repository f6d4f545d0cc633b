/// Brings raw personal values into the form whose SHA-256 Meta compares.
///
/// By Meta's published rules
/// (<https://developers.facebook.com/docs/marketing-api/conversions-api/parameters/customer-information-parameters>), Unicode
/// letters kept; where they are silent, as the Parameter Builder reads them. Values that are hashed already are left alone.
package enum Normalizer {
    /// `year` is the latest that a birth date may have: this year.
    package static func normalized(_ key: PersonalKey, _ raw: String, year: Int) -> Normalized {
        if key == .externalID || key == .appUserID { return identifier(raw) }
        let text = raw.trimmedBlanks
        guard !text.isEmpty else { return .dropped(.empty) }
        if key == .madid || key == .anonID { return .plain(text) }
        if let hash = HashText(text) { return .alreadyHashed(hash.text) }
        return value(key, text.lowercasedInContext, year: year)
    }

    /// `text` is trimmed, lower-case and not empty.
    private static func value(_ key: PersonalKey, _ text: String, year: Int) -> Normalized {
        switch key {
        case .em: EmailText.isAddress(text) ? .value(text) : .dropped(.notEmail)
        case .ph: phone(text)
        case .fn, .ln: kept(name(text), or: .nothingLeft)
        case .db: BirthDate(text, year: year).map { .value($0.text) } ?? .dropped(.notDate)
        case .ge: GenderWords.letter(of: text).map { .value($0) } ?? .dropped(.notGender)
        case .ct: city(text)
        case .st: state(text)
        case .zp: postcode(text)
        case .country: country(text)
        case .f5first, .f5last: .value(String(String.UnicodeScalarView(text.unicodeScalars.prefix(5))))
        case .fi: .value(String(String.UnicodeScalarView(text.unicodeScalars.prefix(1))))
        case .dobd: BirthDate.part(text, in: 1...31).map { .value($0) } ?? .dropped(.notDate)
        case .dobm: BirthDate.part(text, in: 1...12).map { .value($0) } ?? .dropped(.notDate)
        case .doby: BirthDate.year(text, max: year).map { .value($0) } ?? .dropped(.notDate)
        case .externalID, .appUserID, .madid, .anonID: .value(text)
        }
    }

    /// Hashed byte for byte: it has to equal what the shop's other channels send. 32 hex characters are an id here, no MD5.
    private static func identifier(_ raw: String) -> Normalized {
        let text = raw.trimmedBlanks
        guard !text.isEmpty else { return .dropped(.empty) }
        if let hash = HashText(text), !hash.isMD5 { return .alreadyHashed(hash.text) }
        return .value(raw)
    }

    private static func phone(_ text: String) -> Normalized {
        let digits = text.unicodeScalars.compactMap(\.phoneDigit).drop { $0 == 0x30 }
        guard (7...15).contains(digits.count) else { return .dropped(.notPhone) }
        return .value(String(decoding: digits, as: UTF8.self))
    }

    /// Without white space, ASCII punctuation and the typographic apostrophe.
    private static func name(_ text: String) -> String {
        text.keeping { !$0.isBlank && !$0.isASCIIPunctuation && $0 != "\u{2019}" }
    }

    private static func kept(_ text: String, or reason: DropReason) -> Normalized {
        text.isEmpty ? .dropped(reason) : .value(text)
    }
}
