import Foundation

/// A day of the calendar, as the number of days since 1970-01-01.
struct CivilDay: Sendable, Hashable, Comparable {
    let number: Int

    init(number: Int) { self.number = number }

    /// The day that a moment belongs to in a time zone.
    init(ms: Int64, in zone: TimeZone) {
        let seconds = Int(ms.flooredDivision(by: 1000))
        let local = seconds + zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
        number = local.flooredDivision(by: 86_400)
    }

    init(year: Int, month: Int, day: Int) {
        // Days from civil, with years that begin in March.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted.flooredDivision(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Exactly `YYYY-MM-DD`, and a day that exists.
    init?(text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        self.init(year: year, month: month, day: day)
        guard self.text == text else { return nil }
    }

    var civil: (year: Int, month: Int, day: Int) {
        let shifted = number + 719_468
        let era = shifted.flooredDivision(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let calendarMonth = month < 10 ? month + 3 : month - 9
        return (yearOfEra + era * 400 + (calendarMonth <= 2 ? 1 : 0), calendarMonth, dayOfYear - (153 * month + 2) / 5 + 1)
    }

    var text: String {
        let (year, month, day) = civil
        return "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
    }

    /// 0 is Monday.
    var weekday: Int { (number + 3).flooredRemainder(by: 7) }

    var firstOfMonth: CivilDay { CivilDay(year: civil.year, month: civil.month, day: 1) }

    /// The first day of the month that lies `months` after this one's.
    func month(adding months: Int) -> CivilDay {
        let count = civil.year * 12 + civil.month - 1 + months
        return CivilDay(year: count.flooredDivision(by: 12), month: count.flooredRemainder(by: 12) + 1, day: 1)
    }

    /// The same day of an earlier month, or that month's last.
    func sameDay(addingMonths months: Int) -> CivilDay {
        min(month(adding: months) + (civil.day - 1), month(adding: months + 1) + -1)
    }

    static func < (a: CivilDay, b: CivilDay) -> Bool { a.number < b.number }
    static func + (a: CivilDay, days: Int) -> CivilDay { CivilDay(number: a.number + days) }
}

func pad(_ number: Int, _ width: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, width - text.count)) + text
}

extension FixedWidthInteger {
    func flooredDivision(by divisor: Self) -> Self {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    func flooredRemainder(by divisor: Self) -> Self { self - flooredDivision(by: divisor) * divisor }
}
