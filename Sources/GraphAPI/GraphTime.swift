import Core

/// Meta's times: `2015-02-28T08:49:14+0000`, also with a colon in the offset or with `Z`, and seconds since 1970.
enum GraphTime {
    /// Milliseconds since 1970; nil when it can't be read.
    static func ms(_ json: JSON?) -> Int64? {
        if let seconds = json?.integer { return (0...253_402_300_799).contains(seconds) ? seconds * 1_000 : nil }
        return json?.text.flatMap(ms(of:))
    }

    private static func ms(of text: String) -> Int64? {
        let pattern = /([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(Z|[+-][0-9]{2}:?[0-9]{2})/
        guard let parts = text.wholeMatch(of: pattern)?.output, let day = AccountDay(text: String(parts.1)),
            let hours = Int64(parts.2), let minutes = Int64(parts.3), let seconds = Int64(parts.4), hours < 24, minutes < 60,
            seconds < 61, let offset = offsetMinutes(parts.5)
        else { return nil }
        return (Int64(day.number) * 86_400 + hours * 3_600 + (minutes - offset) * 60 + seconds) * 1_000
    }

    private static func offsetMinutes(_ text: Substring) -> Int64? {
        if text == "Z" { return 0 }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard let hours = Int64(digits.prefix(2)), let minutes = Int64(digits.suffix(2)), hours < 24, minutes < 60 else {
            return nil
        }
        return (text.hasPrefix("-") ? -1 : 1) * (hours * 60 + minutes)
    }
}
