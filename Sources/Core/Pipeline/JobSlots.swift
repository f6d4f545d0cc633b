/// Room for jobs that run side by side, so that those that hang never take all of it.
///
/// A job is slow when it runs for longer than `jobSlowMs`, or than four times what jobs that succeed usually take, whichever is more. When there
/// is no room for another look and more than half of all slots are slow, the slowest are cut until half of them is left. A chain only reads
/// and decides, so that it may be cut anywhere: it starts again later. What runs for longer than `jobMs` is cut in any case.
///
/// A job that does not end although it was cut keeps its slot, and counts among the slow.
package struct JobSlots: Sendable {
    /// Why a job is cut.
    package enum Cut: Equatable, Sendable { case tooLong, roomNeeded }

    private struct Running {
        let startedMs: Int64
        var isCut = false
    }

    private let max: Int
    /// Jobs that one look takes.
    package let look: Int
    private var running: [Int64: Running] = [:]
    /// What jobs that succeed take, on the average of the last dozens.
    private var usualMs: Int64 = 0

    package init(max: Int = Limits.jobsAtOnceMax, look: Int = Limits.jobsClaimMax) {
        self.max = max
        self.look = look
    }

    package var count: Int { running.count }
    package var room: Int { Swift.max(0, max - running.count) }

    package func isRunning(_ id: Int64) -> Bool { running[id] != nil }

    /// Times are of a monotonic clock, in ms.
    package mutating func start(_ id: Int64, nowMs: Int64) { running[id] = Running(startedMs: nowMs) }

    package mutating func end(_ id: Int64, succeeded: Bool, nowMs: Int64) {
        guard let ended = running.removeValue(forKey: id), succeeded else { return }
        usualMs += (nowMs - ended.startedMs - usualMs) / 32
    }

    /// A job that runs for longer is slow.
    package var slowMs: Int64 { min(Swift.max(Limits.jobSlowMs, 4 * usualMs), Limits.jobMs / 2) }

    package func slow(nowMs: Int64) -> Int { running.values.count { nowMs - $0.startedMs >= slowMs } }

    /// Those to be cut now, each once.
    package mutating func cuts(nowMs: Int64) -> [(id: Int64, why: Cut)] {
        var cuts: [(id: Int64, why: Cut)] = []
        for (id, job) in running where !job.isCut && nowMs - job.startedMs >= Limits.jobMs { cuts.append((id, .tooLong)) }
        let beyond = slow(nowMs: nowMs) - running.values.count(where: \.isCut) - cuts.count - max / 2
        if room < look, beyond > 0 {
            let taken = Set(cuts.map(\.id))
            let slowest = running.filter { !$0.value.isCut && !taken.contains($0.key) && nowMs - $0.value.startedMs >= slowMs }
                .sorted { ($0.value.startedMs, $0.key) < ($1.value.startedMs, $1.key) }
            for (id, _) in slowest.prefix(beyond) { cuts.append((id, .roomNeeded)) }
        }
        for (id, _) in cuts { running[id]?.isCut = true }
        return cuts
    }
}
