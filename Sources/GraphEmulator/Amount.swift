/// An exact decimal number with six places: money in major units, counts of actions.
struct Amount: Sendable, Equatable, Comparable {
    var micros: Int64

    static let zero = Amount(micros: 0)

    init(micros: Int64) { self.micros = micros }

    /// Digits with at most six places, no sign.
    init?(text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first.flatMap({ Self.digits($0) }), whole <= 1_000_000_000_000 else { return nil }
        guard parts.count == 2 else {
            self.init(micros: whole * 1_000_000)
            return
        }
        guard (1...6).contains(parts[1].count), let fraction = Self.digits(parts[1]) else { return nil }
        let scale = (parts[1].count..<6).reduce(Int64(1)) { power, _ in power * 10 }
        self.init(micros: whole * 1_000_000 + fraction * scale)
    }

    private static func digits(_ text: Substring) -> Int64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// Without needless zeros: `78.1`, `12`.
    var text: String {
        let whole = micros / 1_000_000
        let fraction = micros % 1_000_000
        guard fraction != 0 else { return String(whole) }
        var places = String(1_000_000 + fraction).dropFirst()
        while places.last == "0" { places.removeLast() }
        return "\(whole).\(places)"
    }

    /// `dividend / divisor` with six places, half up; nil when there is nothing to divide by.
    static func ratio(_ dividend: Int128, by divisor: Int128) -> String? {
        guard divisor > 0 else { return nil }
        let micros = (dividend * 2_000_000 + divisor) / (2 * divisor)
        guard micros != 0 else { return "0" }
        return "\(micros / 1_000_000)." + String(1_000_000 + micros % 1_000_000).dropFirst()
    }

    static func < (a: Amount, b: Amount) -> Bool { a.micros < b.micros }
    static func + (a: Amount, b: Amount) -> Amount { Amount(micros: a.micros + b.micros) }
    static func += (a: inout Amount, b: Amount) { a.micros += b.micros }
}
