import Foundation

/// What an account has beside its place in the tree.
struct AdAccount: Sendable {
    let number: String
    let currency: String
    let zone: TimeZone
    let zoneName: String
    let minDailyBudgetMinor: Int64
    /// Ads that were neither archived nor deleted at the start: what quotas are reckoned from.
    var adCount = 0

    /// Currencies whose minor unit is the major one, by Meta's own table (not ISO's).
    private static let offsetOne: Set<String> = [
        "CLP", "COP", "CRC", "HUF", "IDR", "ISK", "JPY", "KRW", "PYG", "TWD", "VND",
    ]

    var offset: Int64 { Self.offsetOne.contains(currency) ? 1 : 100 }

    func today(_ nowMs: Int64) -> CivilDay { CivilDay(ms: nowMs, in: zone) }
}
