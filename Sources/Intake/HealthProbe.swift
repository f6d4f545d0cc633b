import Storage
import Synchronization

/// Whether the store commits: from the last commit, with at most one probe a second.
final class HealthProbe: Sendable {
    private struct State {
        var probedAtMs: Int64 = 0
        var isHealthy = true
    }

    private let store: Store
    private let nowMs: @Sendable () -> Int64
    private let state = Mutex(State())
    /// A commit younger than this is proof enough.
    private static let freshMs: Int64 = 1_000

    init(store: Store, nowMs: @escaping @Sendable () -> Int64) {
        self.store = store
        self.nowMs = nowMs
    }

    func look(_ answer: @escaping @Sendable (Bool) -> Void) {
        let now = nowMs()
        if now - store.health.lastCommitAtMs < Self.freshMs { return answer(true) }
        let mustProbe = state.withLock { state in
            guard now - state.probedAtMs >= Self.freshMs else { return false }
            state.probedAtMs = now
            return true
        }
        guard mustProbe else { return answer(state.withLock { $0.isHealthy }) }
        Task { [store] in
            let isHealthy: Bool
            do {
                try await store.probe()
                isHealthy = true
            } catch {
                isHealthy = false  // whatever the reason: the caller only asks whether the store commits
            }
            state.withLock { $0.isHealthy = isHealthy }
            answer(isHealthy)
        }
    }
}
