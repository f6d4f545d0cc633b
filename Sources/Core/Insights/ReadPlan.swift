/// Which calls to Insights a set of rules needs.
package enum ReadPlan {
    /// The days that are read when no rule asks for more.
    package static let defaultWindow = Window.lastDaysAndToday(7)

    /// One daily series that covers all windows of the rules at `level`, then one row per window for which a rule asks reach or frequency.
    ///
    /// A window of one day needs no call of its own: its daily row is the whole window.
    package static func shapes(for rules: [Rule], level: EntityLevel, today: AccountDay) -> [ReadShape] {
        let inScope = rules.filter { $0.scope.level == level }
        let windows = inScope.flatMap(\.windows)
        let ranges = ([defaultWindow] + windows).map { $0.range(today: today) }
        let reachWindows = Set(inScope.flatMap(\.reachWindows))
        let daily = ReadShape(
            level: level, since: ranges.map(\.lowerBound).min() ?? today, until: ranges.map(\.upperBound).max() ?? today,
            daily: true,
            needsReach: reachWindows.contains(where: \.isOneDay))
        let windowed = reachWindows.filter { !$0.isOneDay }.map { window in
            let range = window.range(today: today)
            return ReadShape(level: level, since: range.lowerBound, until: range.upperBound, daily: false, needsReach: true)
        }
        return [daily] + Set(windowed).sorted { ($0.until, $0.since) < ($1.until, $1.since) }
    }
}
