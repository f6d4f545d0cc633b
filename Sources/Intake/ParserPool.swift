import Core
import Dispatch
import Synchronization

/// A few threads for bodies that would hold up an event loop, with bounded queues before them.
///
/// Each sender has a queue of its own, its lane, and the lanes take turns: one that sends many and large bodies waits for itself.
final class ParserPool: Sendable {
    typealias Job = @Sendable () -> Void

    private struct State {
        var lanes: [Int: [Job]] = [:]
        /// Lanes with jobs, the next in turn first.
        var turns: [Int] = []
        var waiting = 0
        var running = 0
    }

    private let threads: Int
    private let waitingMax: Int
    private let waitingOfOneMax: Int
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "touchstone.parsers", attributes: .concurrent)

    init(
        threads: Int = Limits.parsersMax, waitingMax: Int = Limits.parserQueueMax,
        waitingOfOneMax: Int = Limits.parserQueueOfOneMax
    ) {
        self.threads = threads
        self.waitingMax = waitingMax
        self.waitingOfOneMax = waitingOfOneMax
    }

    /// False: too much waits already, in all or in this lane, and `job` will not run.
    func run(lane: Int, _ job: @escaping Job) -> Bool {
        let (isTaken, starts) = state.withLock { state -> (Bool, Bool) in
            if state.running < threads {
                state.running += 1
                return (true, true)
            }
            let before = state.lanes[lane]?.count ?? 0
            guard state.waiting < waitingMax, before < waitingOfOneMax else { return (false, false) }
            if before == 0 { state.turns.append(lane) }
            state.lanes[lane, default: []].append(job)
            state.waiting += 1
            return (true, false)
        }
        if starts { queue.async { self.work(from: job) } }
        return isTaken
    }

    private func work(from first: Job) {
        first()
        while let next = next() { next() }
    }

    private func next() -> Job? {
        state.withLock { state in
            guard !state.turns.isEmpty else {
                state.running -= 1
                return nil
            }
            let lane = state.turns.removeFirst()
            var jobs = state.lanes.removeValue(forKey: lane) ?? []
            let job = jobs.removeFirst()
            state.waiting -= 1
            guard !jobs.isEmpty else { return job }
            state.lanes[lane] = jobs
            state.turns.append(lane)
            return job
        }
    }
}
