import Foundation

/// Moments as text: ISO 8601 in, Meta's two forms out.
enum Moment {
    /// `2026-11-20T12:00:00Z`, with optional fractions, or with an offset (`+01:00`, `+0100`).
    static func ms(_ text: String) -> Int64? {
        guard
            let match = text.wholeMatch(
                of: /(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,3})\d*)?(Z|[+-]\d{2}:?\d{2})/),
            let day = CivilDay(text: String(match.1)), let hour = Int64(match.2), let minute = Int64(match.3),
            let second = Int64(match.4), hour < 24, minute < 60, second < 60
        else { return nil }
        let fraction = match.5.map { Int64($0.padding(toLength: 3, withPad: "0", startingAt: 0)) ?? 0 } ?? 0
        let local = (Int64(day.number) * 86_400 + hour * 3600 + minute * 60 + second) * 1000 + fraction
        return local - offsetSeconds(String(match.6)) * 1000
    }

    private static func offsetSeconds(_ text: String) -> Int64 {
        let digits = text.filter(\.isNumber)
        guard text != "Z", let hours = Int64(digits.prefix(2)), let minutes = Int64(digits.suffix(2)) else { return 0 }
        return (hours * 3600 + minutes * 60) * (text.hasPrefix("-") ? -1 : 1)
    }

    /// `2026-09-30T14:05:00+0200`: Meta writes the offset without a colon.
    static func text(_ ms: Int64, in zone: TimeZone) -> String {
        let (day, time, offset) = local(ms, in: zone)
        let minutes = abs(offset) / 60
        return "\(day.text)T\(time)\(offset < 0 ? "-" : "+")\(pad(minutes / 60, 2))\(pad(minutes % 60, 2))"
    }

    /// `Friday, 20-Nov-26 04:00:00 PST`, as in the text of an expired session.
    static func long(_ ms: Int64) -> String {
        guard let zone = TimeZone(identifier: "America/Los_Angeles") else { return "" }
        let (day, time, offset) = local(ms, in: zone)
        let weekdays = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let (year, month, date) = day.civil
        let name = offset == -25_200 ? "PDT" : "PST"
        return "\(weekdays[day.weekday]), \(pad(date, 2))-\(months[month - 1])-\(pad(year % 100, 2)) \(time) \(name)"
    }

    private static func local(_ ms: Int64, in zone: TimeZone) -> (day: CivilDay, time: String, offset: Int) {
        let seconds = Int(ms.flooredDivision(by: 1000))
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
        let clock = (seconds + offset).flooredRemainder(by: 86_400)
        return (
            CivilDay(ms: ms, in: zone), "\(pad(clock / 3600, 2)):\(pad(clock / 60 % 60, 2)):\(pad(clock % 60, 2))", offset
        )
    }
}
