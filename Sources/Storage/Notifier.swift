import Synchronization

/// What there may be new work of.
package enum Bell: String, Sendable, CaseIterable {
    case deliveries, jobs, outbox, touched, holds
}

/// Says "look now" to workers, after the commit; on PostgreSQL to those of other gateways, too.
///
/// Rings that nobody has answered yet count as one. A lost ring costs one poll.
package final class Notifier: Sendable {
    private struct State {
        var nextID = 0
        var listeners: [Bell: [Int: AsyncStream<Void>.Continuation]] = [:]
        var carry: (@Sendable (Bell) -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    package func ring(_ bell: Bell) {
        let carry = ringHere(bell)
        carry?(bell)
    }

    /// For workers of this process alone: a ring that came from another.
    @discardableResult
    func ringHere(_ bell: Bell) -> (@Sendable (Bell) -> Void)? {
        let (listeners, carry) = state.withLock { ($0.listeners[bell].map { Array($0.values) } ?? [], $0.carry) }
        for listener in listeners { listener.yield() }
        return carry
    }

    /// What carries rings to other gateways.
    func carry(by carry: @escaping @Sendable (Bell) -> Void) { state.withLock { $0.carry = carry } }

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
