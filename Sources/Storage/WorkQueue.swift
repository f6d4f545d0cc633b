import Dispatch
import Synchronization

/// What became of a job that was to wait.
enum QueueAdmission { case accepted, full, closed }

/// Jobs on their way from any thread to the threads that do them.
///
/// A lock for the list and a semaphore to sleep on; it is signalled only for a thread that sleeps.
final class WorkQueue<Job: Sendable>: Sendable {
    typealias Admission = QueueAdmission

    private struct State {
        /// Go before the others.
        var urgent: [Job] = []
        var jobs: [Job] = []
        var sleepers = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    var count: Int { state.withLock { $0.urgent.count + $0.jobs.count } }

    /// Something that goes before all others waits.
    var hasUrgent: Bool { state.withLock { !$0.urgent.isEmpty } }

    /// `.full` when `max` jobs wait already.
    func put(_ job: Job, isUrgent: Bool = false, max: Int = .max) -> Admission {
        let (admission, wakes) = state.withLock { state -> (Admission, Bool) in
            guard !state.isClosed else { return (.closed, false) }
            guard state.urgent.count + state.jobs.count < max else { return (.full, false) }
            if isUrgent { state.urgent.append(job) } else { state.jobs.append(job) }
            guard state.sleepers > 0 else { return (.accepted, false) }
            state.sleepers -= 1
            return (.accepted, true)
        }
        if wakes { bell.signal() }
        return admission
    }

    /// Jobs that were taken and not begun: they come first again, among those that are not urgent.
    func putBack(_ jobs: some Sequence<Job>) { state.withLock { $0.jobs.insert(contentsOf: Array(jobs), at: 0) } }

    /// The urgent jobs and then the oldest, at most `max`, and one of the others in any case; sleeps while there are none. Nil: closed, and all jobs are taken.
    func take(max: Int) -> [Job]? {
        while true {
            let (jobs, isOver) = state.withLock { state -> ([Job], Bool) in
                var jobs = Array(state.urgent.prefix(max))
                state.urgent.removeFirst(jobs.count)
                let others = state.jobs.prefix(Swift.max(1, max - jobs.count))  // they go on however much is urgent
                jobs += others
                state.jobs.removeFirst(others.count)
                if jobs.isEmpty, !state.isClosed { state.sleepers += 1 }
                return (jobs, state.isClosed)
            }
            if !jobs.isEmpty { return jobs }
            if isOver { return nil }
            bell.wait()
        }
    }

    /// No more jobs; what waits is still taken.
    func close() {
        let sleepers = state.withLock { state -> Int in
            state.isClosed = true
            defer { state.sleepers = 0 }
            return state.sleepers
        }
        for _ in 0..<sleepers { bell.signal() }
    }
}
