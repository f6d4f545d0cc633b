/// Outcomes of jobs that were claimed together, until they are committed together: their touches are then read in one call.
///
/// Whoever hangs is not waited for: a batch goes with those that have ended, as soon as no other of it has ended for `quietMs`, or it is
/// `patienceMs` old; what ends after that goes by itself.
package struct JobBatches<Outcome: Sendable>: Sendable {
    private struct Batch {
        var left: Int
        let startedMs: Int64
        var endedMs: Int64
        var waiting: [Outcome] = []
    }

    private let quietMs: Int64
    private let patienceMs: Int64
    private var batches: [Int: Batch] = [:]
    private var last = 0

    package init(quietMs: Int64 = Limits.jobsQuietMs, patienceMs: Int64 = Limits.jobsPatienceMs) {
        self.quietMs = quietMs
        self.patienceMs = patienceMs
    }

    /// A batch of so many jobs, at least one; its number. Times are of a monotonic clock, in ms.
    package mutating func start(_ count: Int, nowMs: Int64) -> Int {
        last += 1
        batches[last] = Batch(left: count, startedMs: nowMs, endedMs: nowMs)
        return last
    }

    /// One of the batch has ended. What is to be committed now; empty: it waits for others.
    package mutating func end(_ outcome: Outcome, of number: Int, nowMs: Int64) -> [Outcome] {
        guard let place = batches.index(forKey: number) else { return [outcome] }
        batches.values[place].left -= 1  // in place: a batch is not copied for each of its jobs
        batches.values[place].endedMs = nowMs
        batches.values[place].waiting.append(outcome)
        return batches.values[place].left == 0 ? batches.remove(at: place).value.waiting : []
    }

    /// What has waited long enough for the others of its batch.
    package mutating func due(nowMs: Int64) -> [Outcome] {
        var due: [Outcome] = []
        for (number, batch) in batches.sorted(by: { $0.key < $1.key }) {
            guard nowMs - batch.endedMs >= quietMs || nowMs - batch.startedMs >= patienceMs else { continue }
            due += batch.waiting
            if !batch.waiting.isEmpty || nowMs - batch.startedMs >= patienceMs { batches[number] = nil }
        }
        return due
    }

    /// Everything that waits.
    package mutating func all() -> [Outcome] {
        defer { batches = [:] }
        return batches.sorted { $0.key < $1.key }.flatMap(\.value.waiting)
    }
}
