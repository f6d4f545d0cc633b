extension DecimalText {
    /// Amounts added up, to the millionth; nil when one is no number or the sum does not fit.
    static func sum(_ texts: [String]) -> String? {
        var sum: Int64 = 0
        for text in texts {
            guard let part = integer(text, scale: 1_000_000) else { return nil }
            let (next, overflows) = sum.addingReportingOverflow(part)
            guard !overflows else { return nil }
            sum = next
        }
        let (whole, rest) = sum.magnitude.quotientAndRemainder(dividingBy: 1_000_000)
        let places = String(rest + 1_000_000).dropFirst()
        return "\(sum < 0 ? "-" : "")\(whole).\(places)"
    }
}
