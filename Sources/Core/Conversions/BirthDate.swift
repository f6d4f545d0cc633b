/// A birth date, read from what forms and shops write.
struct BirthDate {
    /// `YYYYMMDD`.
    let text: String

    /// Eight digits as they are; else the first three numbers: the year first, or last with the month before the day unless it
    /// can't be one. Nil outside 1900…`year`; the 30th of February passes, as it does at Meta.
    init?(_ text: String, year latest: Int) {
        let groups = text.utf8.split { !$0.isDigit }.map { String(decoding: $0, as: UTF8.self) }
        guard let first = groups.first else { return nil }
        let parts: (year: String, month: String, day: String)
        if first.utf8.count == 8, groups.count == 1 {
            let digits = Array(first)
            parts = (String(digits[..<4]), String(digits[4..<6]), String(digits[6...]))
        } else if groups.count >= 3, first.utf8.count == 4 {
            parts = Self.swapped(first, groups[1], groups[2])
        } else if groups.count >= 3 {
            parts = Self.swapped(groups[2], first, groups[1])
        } else {
            return nil
        }
        guard let year = Self.year(parts.year, max: latest) else { return nil }
        guard let month = Self.part(parts.month, in: 1...12), let day = Self.part(parts.day, in: 1...31) else { return nil }
        self.text = year + month + day
    }

    /// What can't be a month is the day.
    private static func swapped(_ year: String, _ month: String, _ day: String) -> (String, String, String) {
        (Int(month) ?? 0) > 12 ? (year, day, month) : (year, month, day)
    }

    /// One or two digits as two.
    static func part(_ text: String, in range: ClosedRange<Int>) -> String? {
        guard (1...2).contains(text.utf8.count), text.utf8.allSatisfy(\.isDigit), let number = Int(text) else { return nil }
        guard range.contains(number) else { return nil }
        return number < 10 ? "0\(number)" : "\(number)"
    }

    static func year(_ text: String, max latest: Int) -> String? {
        guard text.utf8.count == 4, text.utf8.allSatisfy(\.isDigit), let number = Int(text) else { return nil }
        return number >= 1900 && number <= latest ? text : nil
    }
}
