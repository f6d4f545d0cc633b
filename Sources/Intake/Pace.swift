import Synchronization

/// So many per second, with as many saved up from a quiet second; without a lock and without a timer.
///
/// It keeps one number, the time up to which what was taken is paid for, which may lie a second ahead.
package final class Pace: Sendable {
    private let intervalNs: Int64
    private let paidUntilNs = Atomic<Int64>(0)
    private static let secondNs: Int64 = 1_000_000_000

    /// `perSecond`: from 1.
    package init(perSecond: Int) { intervalNs = Self.secondNs / Int64(max(1, perSecond)) }

    /// Whether one could be taken now. Takes nothing.
    package func isOpen(nowMs: Int64) -> Bool { next(nowMs * 1_000_000, paidUntilNs.load(ordering: .relaxed)) != nil }

    /// Takes one, if one can be taken now.
    package func take(nowMs: Int64) -> Bool {
        var paid = paidUntilNs.load(ordering: .relaxed)
        while let next = next(nowMs * 1_000_000, paid) {
            let result = paidUntilNs.weakCompareExchange(expected: paid, desired: next, ordering: .relaxed)
            if result.exchanged { return true }
            paid = result.original
        }
        return false
    }

    private func next(_ nowNs: Int64, _ paidNs: Int64) -> Int64? {
        // Far ahead: the clock was set back. Just over a second is another thread, which read the clock a moment later than this one.
        let from = paidNs > nowNs + 2 * Self.secondNs ? nowNs : max(paidNs, nowNs)
        return from + intervalNs <= nowNs + Self.secondNs ? from + intervalNs : nil
    }
}
