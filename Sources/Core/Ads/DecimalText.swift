/// A decimal number as text, read exactly into an integer of a smaller unit.
///
/// Takes an optional sign, digits, an optional fraction and an optional exponent of up to three digits, as JSON and Meta write numbers.
enum DecimalText {
    /// How digits beyond the unit are rounded.
    enum Rounding {
        /// Away from zero at the half: figures that are shown.
        case halfAwayFromZero
        /// Towards minus infinity: money that may be spent.
        case down
        /// Towards plus infinity: money that must at least be spent.
        case up
    }

    /// `text` times `scale`, rounded to an integer; nil when it is not a number or does not fit.
    static func integer(_ text: some StringProtocol, scale: Int64, rounding: Rounding = .halfAwayFromZero) -> Int64? {
        guard let parts = Parts(text) else { return nil }
        return parts.integer(scale: scale, rounding: rounding)
    }

    /// Sign, digits and the place of the point.
    private struct Parts {
        var isNegative = false
        /// Leading zeros are left out; at most 36 digits, so that it fits 128 bits with room.
        var digits: Int128 = 0
        var digitCount = 0
        /// value = digits × 10^exponent.
        var exponent = 0

        init?(_ text: some StringProtocol) {
            var rest = text.utf8[...]
            if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
                isNegative = first == UInt8(ascii: "-")
                rest = rest.dropFirst()
            }
            var sawDigit = false
            var inFraction = false
            while let byte = rest.first, byte != UInt8(ascii: "e"), byte != UInt8(ascii: "E") {
                rest = rest.dropFirst()
                if byte == UInt8(ascii: "."), !inFraction {
                    guard sawDigit, !rest.isEmpty else { return nil }
                    inFraction = true
                    continue
                }
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                sawDigit = true
                append(byte - UInt8(ascii: "0"), inFraction: inFraction)
            }
            guard sawDigit else { return nil }
            if rest.first != nil {
                guard let power = Self.power(rest.dropFirst()) else { return nil }
                exponent += power
            }
        }

        private mutating func append(_ digit: UInt8, inFraction: Bool) {
            guard digitCount < 36 else {  // beyond any unit that is asked for: only the size matters
                if !inFraction { exponent += 1 }
                return
            }
            digits = digits * 10 + Int128(digit)
            if digits > 0 { digitCount += 1 }
            if inFraction { exponent -= 1 }
        }

        private static func power(_ text: some Collection<UInt8>) -> Int? {
            var rest = text[...]
            var sign = 1
            if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") {
                sign = first == UInt8(ascii: "-") ? -1 : 1
                rest = rest.dropFirst()
            }
            guard !rest.isEmpty, rest.count <= 3 else { return nil }
            var power = 0
            for byte in rest {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                power = power * 10 + Int(byte - UInt8(ascii: "0"))
            }
            return sign * power
        }

        func integer(scale: Int64, rounding: Rounding) -> Int64? {
            guard digits != 0 else { return 0 }
            var value = digits
            var divisor: Int128 = 1
            if exponent >= 0 {
                guard exponent < 38, digitCount + exponent <= 36 else { return nil }
                for _ in 0..<exponent { value *= 10 }
            } else {
                let places = min(-exponent, 38)  // beyond: less than any unit; the divisor only has to exceed the value
                for _ in 0..<places where divisor < Int128.max / 10 { divisor *= 10 }
            }
            let (scaled, overflow) = value.multipliedReportingOverflow(by: Int128(scale))
            guard !overflow else { return nil }
            let signed = isNegative ? -scaled : scaled
            return Int64(exactly: Self.divide(signed, by: divisor, rounding: rounding))
        }

        private static func divide(_ value: Int128, by divisor: Int128, rounding: Rounding) -> Int128 {
            let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
            guard remainder != 0 else { return quotient }
            switch rounding {
            case .down: return remainder < 0 ? quotient - 1 : quotient
            case .up: return remainder > 0 ? quotient + 1 : quotient
            case .halfAwayFromZero:
                guard remainder.magnitude >= divisor.magnitude - remainder.magnitude else { return quotient }
                return remainder < 0 ? quotient - 1 : quotient + 1
            }
        }
    }
}
