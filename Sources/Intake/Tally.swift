import Synchronization

/// Counts what may happen thousands of times a second, and says at most once a second how often it did: a log that a flood fills helps nobody.
final class Tally: Sendable {
    private let untold = Atomic<Int>(0)
    private let toldAtMs = Atomic<Int64>(0)
    private static let everyMs: Int64 = 1_000

    /// One more; nil, or how many there were since somebody was told.
    func add(nowMs: Int64) -> Int? {
        untold.wrappingAdd(1, ordering: .relaxed)
        let toldAt = toldAtMs.load(ordering: .relaxed)
        // A clock that was set back is no reason to be silent.
        guard nowMs - toldAt >= Self.everyMs || nowMs < toldAt,
            toldAtMs.compareExchange(expected: toldAt, desired: nowMs, ordering: .relaxed).exchanged
        else { return nil }
        return untold.exchange(0, ordering: .relaxed)
    }
}
