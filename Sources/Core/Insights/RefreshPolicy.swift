/// When a touched entity is read.
///
/// The first touch after quiet at once; later touches are gathered and read no sooner than the floor after the last read, because Meta
/// renews insights only about every 15 minutes, unless a push says that the metric moved; then twice more, because figures follow late.
package struct RefreshPolicy: Sendable, Equatable {
    /// `first: at_once`; false: the first touch is gathered like any other.
    package let firstAtOnce: Bool
    package let gatherMs: Int64
    package let floorMs: Int64
    /// After the read that a touch caused, ascending.
    package let followUpMs: [Int64]

    package init(
        firstAtOnce: Bool = true, gatherMs: Int64 = 30_000, floorMs: Int64 = 900_000, followUpMs: [Int64] = [900_000, 3_600_000]
    ) {
        self.firstAtOnce = firstAtOnce
        self.gatherMs = gatherMs
        self.floorMs = floorMs
        self.followUpMs = followUpMs.sorted()
    }

    /// When an entity that is touched at `touchedAtMs` is due.
    ///
    /// `pendingDueAtMs` is the due time of a read that already waits (not of one under way): a touch never puts it off.
    package func dueAt(touchedAtMs: Int64, lastReadAtMs: Int64?, pendingDueAtMs: Int64?, metricMoved: Bool) -> Int64 {
        let due = dueAlone(touchedAtMs: touchedAtMs, lastReadAtMs: lastReadAtMs, metricMoved: metricMoved)
        return pendingDueAtMs.map { min($0, due) } ?? due
    }

    private func dueAlone(touchedAtMs: Int64, lastReadAtMs: Int64?, metricMoved: Bool) -> Int64 {
        let gathered = touchedAtMs + gatherMs
        guard let lastReadAtMs, touchedAtMs < lastReadAtMs + floorMs else {
            return firstAtOnce ? touchedAtMs : gathered
        }
        return metricMoved ? gathered : max(gathered, lastReadAtMs + floorMs)
    }

    /// When to read again without a touch, after the read at `afterReadAtMs`; nil when there is nothing more to follow.
    ///
    /// `step` counts the follow-ups already done: 0 after a read that a touch caused, so that 15 and 60 minutes after it come out as 15
    /// minutes after it and 45 minutes after the first follow-up.
    package func followUp(afterReadAtMs: Int64, step: Int) -> Int64? {
        guard followUpMs.indices.contains(step) else { return nil }
        return afterReadAtMs + followUpMs[step] - (step > 0 ? followUpMs[step - 1] : 0)
    }
}
