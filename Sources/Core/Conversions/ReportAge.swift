/// How long things took, counted in steps, so that a share can be told of any range of hours.
package enum ReportAge {
    /// Ends of the steps in seconds. The last ones tell how near the events come to the end of Meta's 7 days.
    package static let ends: [Int64] = [
        10, 60, 300, 900, 3_600, 3 * 3_600, 12 * 3_600, 86_400, 3 * 86_400, 6 * 86_400, 7 * 86_400,
    ]
    /// Beyond the last.
    package static let over = "over"

    /// The name of the step that a time falls into; what lies in the future is in the first.
    static func bucket(ofMs ms: Int64) -> String {
        guard let end = ends.first(where: { ms <= $0 * 1_000 }) else { return over }
        return String(end)
    }

    /// The end of the step in which a share of the times lies, in seconds; nil where there are none, or beyond the last.
    ///
    /// `counts` has one figure for each of `ends`, and one more for what lies beyond.
    package static func quantile(_ share: Double, of counts: [Int64]) -> Int64? {
        let total = counts.reduce(0, +)
        guard total > 0 else { return nil }
        let wanted = max(1, Int64((Double(total) * share).rounded(.up)))
        var sum: Int64 = 0
        for (end, count) in zip(ends, counts) {
            sum += count
            if sum >= wanted { return end }
        }
        return nil
    }
}
