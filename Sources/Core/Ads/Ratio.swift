/// An exact fraction of two integers, compared by cross-multiplication in 256 bits.
///
/// Two fractions of one value are equal: 1/2 == 2/4.
package struct Ratio: Sendable, Comparable {
    // Held as words: values of 16-byte alignment have overwritten the frames of async functions (Swift 6.3.1, x86-64).
    private let top: Words
    private let bottom: Words

    package var numerator: Int128 { top.value }

    /// Always above zero.
    package var denominator: Int128 { bottom.value }

    /// `denominator` must be above zero.
    package init(_ numerator: Int64, over denominator: Int64 = 1) {
        precondition(denominator > 0, "a ratio needs a denominator above zero")
        self.top = Words(Int128(numerator))
        self.bottom = Words(Int128(denominator))
    }

    /// Nil when `denominator` is not above zero.
    package init?(numerator: Int128, denominator: Int128) {
        guard denominator > 0, numerator != Int128.min else { return nil }
        self.top = Words(numerator)
        self.bottom = Words(denominator)
    }

    package static func == (a: Ratio, b: Ratio) -> Bool {
        let left = a.numerator.multipliedFullWidth(by: b.denominator)
        let right = b.numerator.multipliedFullWidth(by: a.denominator)
        return left.high == right.high && left.low == right.low
    }

    package static func < (a: Ratio, b: Ratio) -> Bool {
        let left = a.numerator.multipliedFullWidth(by: b.denominator)
        let right = b.numerator.multipliedFullWidth(by: a.denominator)
        return (left.high, left.low) < (right.high, right.low)
    }

    /// Nil when the product does not fit 128 bits.
    package func multiplied(by other: Ratio) -> Ratio? {
        let (top, overflowTop) = numerator.multipliedReportingOverflow(by: other.numerator)
        let (bottom, overflowBottom) = denominator.multipliedReportingOverflow(by: other.denominator)
        guard !overflowTop, !overflowBottom else { return nil }
        return Ratio(numerator: top, denominator: bottom)
    }

    /// Nil when the divisor is zero or the result does not fit 128 bits.
    package func divided(by other: Ratio) -> Ratio? {
        guard other.numerator != 0 else { return nil }
        let flipped =
            other.numerator < 0
            ? Ratio(numerator: -other.denominator, denominator: -other.numerator)
            : Ratio(numerator: other.denominator, denominator: other.numerator)
        return flipped.flatMap(multiplied(by:))
    }

    /// Nil when the difference does not fit 128 bits.
    package func subtracting(_ other: Ratio) -> Ratio? {
        let (left, overflow1) = numerator.multipliedReportingOverflow(by: other.denominator)
        let (right, overflow2) = other.numerator.multipliedReportingOverflow(by: denominator)
        let (top, overflow3) = left.subtractingReportingOverflow(right)
        let (bottom, overflow4) = denominator.multipliedReportingOverflow(by: other.denominator)
        guard !overflow1, !overflow2, !overflow3, !overflow4 else { return nil }
        return Ratio(numerator: top, denominator: bottom)
    }

    /// For people and logs: decimal with up to six places, cut off, without needless zeros (`4.199795`).
    package var text: String {
        let (whole, remainder) = numerator.magnitude.quotientAndRemainder(dividingBy: denominator.magnitude)
        var rest = remainder
        var digits = ""
        for _ in 0..<6 where rest != 0 && rest <= UInt128.max / 10 {
            let (digit, next) = (rest * 10).quotientAndRemainder(dividingBy: denominator.magnitude)
            digits.append(String(digit))
            rest = next
        }
        while digits.last == "0" { digits.removeLast() }
        if whole == 0, digits.isEmpty { return "0" }
        return "\(numerator < 0 ? "-" : "")\(whole)\(digits.isEmpty ? "" : ".")\(digits)"
    }

    /// An `Int128` in two words.
    private struct Words: Sendable {
        let high: Int64
        let low: UInt64

        init(_ value: Int128) {
            high = Int64(truncatingIfNeeded: value >> 64)
            low = UInt64(truncatingIfNeeded: value)
        }

        var value: Int128 { Int128(high) << 64 | Int128(low) }
    }
}
