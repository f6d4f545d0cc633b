import Core
import Dispatch
import Synchronization

/// A few threads for bodies that would hold up an event loop, with a bounded queue before them.
final class ParserPool: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var running = 0
    }

    private let threads: Int
    private let waitingMax: Int
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "touchstone.parsers", attributes: .concurrent)

    init(threads: Int = Limits.parsersMax, waitingMax: Int = Limits.parserQueueMax) {
        self.threads = threads
        self.waitingMax = waitingMax
    }

    /// False: too much waits already, and `job` will not run.
    func run(_ job: @escaping @Sendable () -> Void) -> Bool {
        let (isTaken, starts) = state.withLock { state -> (Bool, Bool) in
            if state.running < threads {
                state.running += 1
                return (true, true)
            }
            guard state.waiting.count < waitingMax else { return (false, false) }
            state.waiting.append(job)
            return (true, false)
        }
        if starts { queue.async { self.work(from: job) } }
        return isTaken
    }

    private func work(from first: @Sendable () -> Void) {
        first()
        while let next = next() { next() }
    }

    private func next() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
