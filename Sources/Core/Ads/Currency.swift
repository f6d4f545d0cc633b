/// A currency that Meta bills in, with Meta's own offset between its major unit and the integers of the API.
package struct Currency: Sendable, Hashable {
    /// Three capital letters, `EUR`.
    package let code: String
    /// API units (minor units) per major unit: 1 or 100.
    package let offset: Int64

    /// Nil when the table does not know `code`: such a currency gets no budget writes.
    package init?(code: String) {
        if CurrencyTable.offset100.contains(code) {
            self.offset = 100
        } else if CurrencyTable.offset1.contains(code) {
            self.offset = 1
        } else {
            return nil
        }
        self.code = code
    }

    /// Every currency that the table knows, by code.
    package static var all: [Currency] {
        CurrencyTable.offset1.union(CurrencyTable.offset100).sorted().compactMap(Currency.init)
    }

    /// Minor units per major unit in which spend and values are kept, also for a currency that the table does not know.
    ///
    /// Insights give spend in major units, so that 100 is exact to the cent there whatever offset Meta uses for budgets.
    package static func readingOffset(_ currency: Currency?) -> Int64 { currency?.offset ?? 100 }

    /// Minor units of a decimal number of major units (`"42.17"`), digits beyond them rounded half away from zero.
    ///
    /// Nil when it is no number or does not fit.
    package func minor(major text: String) -> Int64? { DecimalText.integer(text, scale: offset) }

    /// `4217` as `"42.17"`, and `"42"` where the offset is 1.
    package func major(minor: Int64) -> String {
        guard offset == 100 else { return String(minor) }
        let (whole, cents) = minor.magnitude.quotientAndRemainder(dividingBy: 100)
        return "\(minor < 0 ? "-" : "")\(whole).\(cents < 10 ? "0" : "")\(cents)"
    }

    /// Minor units of an exact amount of major units, rounded towards less: a limit, a target, a step.
    package func minorDown(_ amount: Scaled) -> Int64? { amount.integer(times: offset, rounding: .down) }

    /// Minor units of an exact amount of major units, rounded towards more: a minimum that must not be undercut.
    package func minorUp(_ amount: Scaled) -> Int64? { amount.integer(times: offset, rounding: .up) }
}
