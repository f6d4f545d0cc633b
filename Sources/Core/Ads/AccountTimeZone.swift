import Foundation

/// The time zone of an ad account, which says when its days begin.
///
/// The only file that needs Foundation: FoundationEssentials alone knows no time zones.
package struct AccountTimeZone: Sendable, Hashable {
    /// The IANA name, `Europe/Warsaw`.
    package let name: String
    private let zone: TimeZone

    /// Nil when this machine does not know `name`.
    package init?(name: String) {
        guard name.contains("/") || name == "UTC" || name == "GMT", let zone = TimeZone(identifier: name) else { return nil }
        self.name = name
        self.zone = zone
    }

    /// The account's day at `ms` since 1970.
    package func day(atMs ms: Int64) -> AccountDay {
        let seconds = Self.floorDivided(ms, by: 1_000)
        let local = seconds + Int64(offsetSeconds(at: seconds))
        return AccountDay(number: Int(Self.floorDivided(local, by: 86_400)))
    }

    /// The first moment of `day`, in ms since 1970; where clocks skip midnight, the moment after the gap.
    package func startMs(of day: AccountDay) -> Int64 {
        let midnight = Int64(day.number) * 86_400  // if the zone were UTC
        var low = midnight - 86_400  // zones lie within a day of UTC on either side
        var high = midnight + 86_400
        while low < high {  // first second whose day is not before `day`
            let middle = low + (high - low) / 2
            if self.day(atMs: middle * 1_000) < day { low = middle + 1 } else { high = middle }
        }
        return low * 1_000
    }

    private func offsetSeconds(at seconds: Int64) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(seconds)))
    }

    private static func floorDivided(_ a: Int64, by b: Int64) -> Int64 {
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
