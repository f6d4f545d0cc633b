import Synchronization

/// What there may be new work of.
package enum Bell: Sendable, CaseIterable {
    case deliveries, jobs, outbox, touched
}

/// Says "look now" to workers of this process, after the commit.
///
/// Rings that nobody has answered yet count as one. A lost ring costs one poll.
package final class Notifier: Sendable {
    private struct State {
        var nextID = 0
        var listeners: [Bell: [Int: AsyncStream<Void>.Continuation]] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    package func ring(_ bell: Bell) {
        let listeners = state.withLock { $0.listeners[bell].map { Array($0.values) } ?? [] }
        for listener in listeners { listener.yield() }
    }

    /// The rings from now on; ends with the task that reads it.
    package func rings(_ bell: Bell) -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = state.withLock { state in
            state.nextID += 1
            state.listeners[bell, default: [:]][state.nextID] = continuation
            return state.nextID
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in state.listeners[bell]?[id] = nil }
        }
        return stream
    }
}
