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
        var jobs: [Job] = []
        var sleepers = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let bell = DispatchSemaphore(value: 0)

    var count: Int { state.withLock { $0.jobs.count } }

    /// `.full` when `max` jobs wait already.
    func put(_ job: Job, max: Int = .max) -> Admission {
        let (admission, wakes) = state.withLock { state -> (Admission, Bool) in
            guard !state.isClosed else { return (.closed, false) }
            guard state.jobs.count < max else { return (.full, false) }
            state.jobs.append(job)
            guard state.sleepers > 0 else { return (.accepted, false) }
            state.sleepers -= 1
            return (.accepted, true)
        }
        if wakes { bell.signal() }
        return admission
    }

    /// The oldest jobs, at most `max`; sleeps while there are none. Nil: closed, and all jobs are taken.
    func take(max: Int) -> [Job]? {
        while true {
            let (jobs, isOver) = state.withLock { state -> ([Job], Bool) in
                let jobs = Array(state.jobs.prefix(max))
                state.jobs.removeFirst(jobs.count)
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
