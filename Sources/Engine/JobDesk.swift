import Core
import Storage
import Synchronization

/// What is under way: slots, claims, and outcomes that wait to be committed together.
final class JobDesk: Sendable {
    private struct Running {
        var job: ClaimedJob
        let batch: Int
        var task: Task<Void, Never>?
        var cut: JobSlots.Cut?
    }

    private struct State {
        var slots: JobSlots
        var look: LookSize
        var running: [Int64: Running] = [:]
        var batches = JobBatches<JobOutcome>()
        var ready: [JobOutcome] = []
        /// Somebody asked for room and there was none.
        var isWanted = false

        /// None while too much waits to be committed.
        var room: Int { ready.count >= Limits.jobsAtOnceMax ? 0 : min(slots.room, look.next) }
    }

    private let state: Mutex<State>

    /// `calm`: jobs that one look takes while it keeps up.
    init(slots: JobSlots, calm: Int) {
        state = Mutex(State(slots: slots, look: LookSize(calm: calm, behind: slots.look)))
    }

    /// Jobs that can be claimed now; nil: none, and `isWanted` says when there is room again.
    func wantRoom() -> Int? {
        state.withLock { state in
            state.isWanted = state.room == 0
            return state.isWanted ? nil : state.room
        }
    }

    /// Somebody found no room, and now there is some.
    var isWanted: Bool { state.withLock { $0.isWanted && $0.room > 0 } }

    var count: Int { state.withLock { $0.slots.count } }

    /// Takes claimed jobs in; those to be started. `asked`: how many there was room for.
    ///
    /// A job that still runs here although its lease had ended goes on under its new lease: it never runs twice at a time.
    func admit(_ jobs: [ClaimedJob], of asked: Int, nowMs: Int64) -> [ClaimedJob] {
        state.withLock { state in
            state.look.found(jobs.count, of: asked)
            var fresh: [ClaimedJob] = []
            let ready = Dictionary(state.ready.indices.map { (state.ready[$0].job.claim.id, $0) }) { first, _ in first }
            for job in jobs {
                if state.running[job.claim.id] != nil {
                    state.running[job.claim.id]?.job = job
                } else if let place = ready[job.claim.id] {
                    state.ready[place].job = job
                } else {
                    fresh.append(job)
                }
            }
            guard !fresh.isEmpty else { return [] }
            let batch = state.batches.start(fresh.count, nowMs: nowMs)
            for job in fresh {
                state.slots.start(job.claim.id, nowMs: nowMs)
                state.running[job.claim.id] = Running(job: job, batch: batch)
            }
            return fresh
        }
    }

    /// The task that runs these. Who is cut takes along those that run in the same task: they are given back.
    func note(_ task: Task<Void, Never>, of ids: [Int64]) {
        let isCut = state.withLock { state -> Bool in
            for id in ids { state.running[id]?.task = task }
            return ids.contains { state.running[$0]?.cut != nil }
        }
        if isCut { task.cancel() }
    }

    /// True: something is ready to be committed.
    func finished(
        _ results: [(id: Int64, result: Result<[Effect], HandlerError>)], nowMs: Int64, isStopping: Bool
    ) -> Bool {
        state.withLock { state in
            var isReady = false
            for (id, result) in results {
                guard let running = state.running.removeValue(forKey: id) else { continue }
                let outcome = JobOutcome(
                    job: running.job, result: Self.result(result, running, nowMs: nowMs, isStopping: isStopping))
                state.slots.end(id, succeeded: outcome.succeeded, nowMs: nowMs)
                let ready = state.batches.end(outcome, of: running.batch, nowMs: nowMs)
                state.ready += ready
                isReady = isReady || !ready.isEmpty
            }
            return isReady
        }
    }

    /// A chain that came to its end counts, even when it was just being cut.
    private static func result(
        _ result: Result<[Effect], HandlerError>, _ running: Running, nowMs: Int64, isStopping: Bool
    ) -> Result<[Effect], HandlerError> {
        guard case .failure(let error) = result, !error.isFinal else { return result }
        switch running.cut {
        case .tooLong: return .failure(.failed(.retry(.cut)))
        case .roomNeeded: return .failure(.failed(.snooze(untilMs: .min, .roomNeeded)))
        case nil: return isStopping ? .failure(.failed(.snooze(untilMs: .min, .stopped))) : result
        }
    }

    /// Lets go of what waited long enough for others of its batch. True: something is ready.
    func release(nowMs: Int64) -> Bool {
        state.withLock { state in
            state.ready += state.batches.due(nowMs: nowMs)
            return !state.ready.isEmpty
        }
    }

    /// Cuts what must be cut, and does what `release` does.
    func sweep(nowMs: Int64) -> Bool {
        let (tasks, isReady) = state.withLock { state -> ([Task<Void, Never>], Bool) in
            var tasks: [Task<Void, Never>] = []
            for (id, why) in state.slots.cuts(nowMs: nowMs) {
                state.running[id]?.cut = why
                if let task = state.running[id]?.task { tasks.append(task) }
            }
            state.ready += state.batches.due(nowMs: nowMs)
            return (tasks, !state.ready.isEmpty)
        }
        for task in tasks { task.cancel() }
        return isReady
    }

    /// The oldest of what is ready, as much as one transaction should hold.
    func take() -> [JobOutcome] {
        state.withLock { state in
            let some = Array(state.ready.prefix(state.look.next))
            state.ready.removeFirst(some.count)
            return some
        }
    }

    /// All that is ready, and all that waits for others of its batch.
    func takeAll() -> [JobOutcome] {
        state.withLock { state in
            defer { state.ready = [] }
            return state.ready + state.batches.all()
        }
    }

    /// Could not be committed for now.
    func putBack(_ outcomes: [JobOutcome]) { state.withLock { $0.ready.insert(contentsOf: outcomes, at: 0) } }
}

extension HandlerError {
    /// What was found out about the event itself stands, whatever became of the time.
    fileprivate var isFinal: Bool {
        switch self {
        case .dead: true
        case .failed(.cancel), .failed(.hold): true
        case .failed(.retry), .failed(.snooze), .failed(.split): false
        }
    }
}
