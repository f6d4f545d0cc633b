import Storage
import Synchronization

/// Keeps at most `capacity` pieces of claimed work under way, claims more when there is room, and looks again when a bell rings.
///
/// A lost ring costs one poll. An error while claiming is reported and tried again: the loop ends only when its task is cancelled.
package struct WorkerPool<Claim: Sendable>: Sendable {
    package let capacity: Int
    package let pollMs: Int64
    /// Claims at most that many.
    package let claim: @Sendable (Int) async throws -> [Claim]
    package let handle: @Sendable (Claim) async -> Void
    /// Called at every look.
    package let turned: @Sendable () -> Void
    package let failed: @Sendable (any Error) -> Void

    package init(
        capacity: Int, pollMs: Int64 = 250, claim: @escaping @Sendable (Int) async throws -> [Claim],
        handle: @escaping @Sendable (Claim) async -> Void, turned: @escaping @Sendable () -> Void = {},
        failed: @escaping @Sendable (any Error) -> Void
    ) {
        self.capacity = capacity
        self.pollMs = pollMs
        self.claim = claim
        self.handle = handle
        self.turned = turned
        self.failed = failed
    }

    package func run(bell: AsyncStream<Void>) async {
        let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let running = Running()
        await withDiscardingTaskGroup { group in
            group.addTask { for await _ in bell { look.yield() } }
            group.addTask { await tick(look) }
            look.yield()
            for await _ in looks {
                if Task.isCancelled { break }
                turned()
                let room = capacity - running.count
                guard room > 0 else { continue }
                let claims = await claimed(room)
                if !claims.isEmpty { look.yield() }  // there may be more where these came from
                for claimed in claims {
                    running.add(1)
                    group.addTask {
                        await handle(claimed)
                        running.add(-1)
                        look.yield()
                    }
                }
            }
            group.cancelAll()
        }
    }

    private func claimed(_ room: Int) async -> [Claim] {
        do {
            return try await claim(room)
        } catch {
            if !Task.isCancelled { failed(error) }
            return []
        }
    }

    private func tick(_ look: AsyncStream<Void>.Continuation) async {
        while !Task.isCancelled {
            do { try await Task.sleep(for: .milliseconds(pollMs)) } catch { break }
            look.yield()
        }
        look.finish()
    }
}

/// How many pieces are under way.
private final class Running: Sendable {
    private let value = Mutex(0)

    var count: Int { value.withLock { $0 } }
    func add(_ change: Int) { value.withLock { $0 += change } }
}
