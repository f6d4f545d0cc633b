/// A moment as documents for other programs carry it.
package enum UTCTime {
    /// ISO 8601 with milliseconds: `2026-11-20T12:00:00.000Z`; texts of later moments sort after earlier ones.
    package static func text(ms: Int64) -> String {
        let day = floorDivided(ms, by: 86_400_000)
        let rest = ms - day * 86_400_000
        let time = [rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60].map { padded($0, 2) }.joined(separator: ":")
        return "\(AccountDay(number: Int(day)).text)T\(time).\(padded(rest % 1_000, 3))Z"
    }

    private static func floorDivided(_ a: Int64, by b: Int64) -> Int64 {
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder < 0 ? quotient - 1 : quotient
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
