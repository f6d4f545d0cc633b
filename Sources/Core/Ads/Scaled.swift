/// An exact decimal number of six places: `units` / 1 000 000.
package struct Scaled: Sendable, Hashable, Comparable {
    /// Units per one.
    package static let scale: Int64 = 1_000_000

    package static let zero = Scaled(units: 0)
    package static let one = Scaled(units: scale)

    package let units: Int64

    package init(units: Int64) { self.units = units }

    /// Nil when it does not fit (beyond 9.2 × 10^12).
    package init?(_ whole: Int64) {
        let (units, overflow) = whole.multipliedReportingOverflow(by: Self.scale)
        guard !overflow else { return nil }
        self.units = units
    }

    /// Reads `3`, `-0.35`, `1.5e3`; places beyond the sixth are rounded half away from zero. Nil when it is no number or too large.
    package init?(text: some StringProtocol) {
        guard let units = DecimalText.integer(text, scale: Self.scale) else { return nil }
        self.units = units
    }

    /// Without needless zeros: `3`, `0.35`, `-12.5`.
    package var text: String {
        let (whole, part) = units.magnitude.quotientAndRemainder(dividingBy: Self.scale.magnitude)
        let sign = units < 0 ? "-" : ""
        guard part != 0 else { return "\(sign)\(whole)" }
        var digits = String(part + Self.scale.magnitude).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }

    package var ratio: Ratio { Ratio(units, over: Self.scale) }

    package static func < (a: Scaled, b: Scaled) -> Bool { a.units < b.units }

    /// Nil when the sum does not fit.
    package func adding(_ other: Scaled) -> Scaled? {
        let (sum, overflow) = units.addingReportingOverflow(other.units)
        return overflow ? nil : Scaled(units: sum)
    }

    /// This number times `factor` as an integer; nil when it does not fit.
    func integer(times factor: Int64, rounding: DecimalText.Rounding) -> Int64? {
        let product = Int128(units) * Int128(factor)
        let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(Self.scale))
        switch rounding {
        case .down: return Int64(exactly: remainder < 0 ? quotient - 1 : quotient)
        case .up: return Int64(exactly: remainder > 0 ? quotient + 1 : quotient)
        case .halfAwayFromZero:
            guard remainder.magnitude * 2 >= Int128(Self.scale).magnitude else { return Int64(exactly: quotient) }
            return Int64(exactly: remainder < 0 ? quotient - 1 : quotient + 1)
        }
    }
}
