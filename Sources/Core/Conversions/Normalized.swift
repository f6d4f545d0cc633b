/// What becomes of one raw value of a `PersonalKey`.
package enum Normalized: Sendable, Equatable {
    /// To be hashed, as UTF-8.
    case value(String)
    /// Hashed by the sender: 64 lower-case hex characters (32 for MD5), and an appendix behind them as it was.
    case alreadyHashed(String)
    /// Goes out as it is: Meta takes this key unhashed.
    case plain(String)
    case dropped(DropReason)
}

/// Why a raw value can't be matched with anybody and is left out.
package enum DropReason: String, Sendable, CaseIterable {
    case empty
    /// Nothing that counts was left after cleaning.
    case nothingLeft = "nothing_left"
    case notEmail = "not_email"
    /// Fewer than 7 or more than 15 digits.
    case notPhone = "not_phone"
    /// Not a date from 1900 on.
    case notDate = "not_date"
    /// Neither `m` nor `f`.
    case notGender = "not_gender"
    case unknownCountry = "unknown_country"
    case tooShort = "too_short"
}
