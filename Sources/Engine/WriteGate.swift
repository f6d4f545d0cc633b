import Synchronization

/// The door that every write to Meta goes through, and that `touchstone hold` shuts.
///
/// After `close` nobody enters, and `drain` returns only when no write of the scope is under way any more. That is why `hold` can promise that
/// no write leaves after it returned: the check and the write are under one lock's count, not two looks at a table.
package final class WriteGate: Sendable {
    private struct State {
        var shut: Set<String> = []
        var underWay: [String: Int] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []

        func busy(_ scope: String) -> Bool {
            scope == WriteGate.everything ? underWay.values.contains { $0 > 0 } : underWay[scope, default: 0] > 0
        }
    }

    /// The scope of a hold on all workspaces.
    package static let everything = "*"

    private let state = Mutex(State())

    package init(shut: [String]) {
        state.withLock { $0.shut = Set(shut) }
    }

    /// True: the caller may write now, and must call `leave` afterwards. False: the workspace is on hold.
    package func enter(_ workspace: String) -> Bool {
        state.withLock { state in
            guard !state.shut.contains(Self.everything), !state.shut.contains(workspace) else { return false }
            state.underWay[workspace, default: 0] += 1
            return true
        }
    }

    package func leave(_ workspace: String) {
        let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.underWay[workspace, default: 1] -= 1
            let waiting = state.waiting
            state.waiting = []
            return waiting
        }
        for continuation in released { continuation.resume() }
    }

    /// The scope that holds the workspace back, if any.
    package func holding(_ workspace: String) -> String? {
        state.withLock { state in
            if state.shut.contains(Self.everything) { return Self.everything }
            return state.shut.contains(workspace) ? workspace : nil
        }
    }

    /// Shuts the door at once; `drain` then waits for who is inside.
    package func close(_ scope: String) {
        state.withLock { _ = $0.shut.insert(scope) }
    }

    /// Returns when no write of the scope is under way. Each is bounded by its call's timeout.
    package func drain(_ scope: String) async {
        while state.withLock({ $0.busy(scope) }) {
            await withCheckedContinuation { continuation in
                let free = state.withLock { state -> Bool in
                    guard state.busy(scope) else { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if free { continuation.resume() }
            }
        }
    }

    /// Every scope that is shut.
    package var scopes: [String] { state.withLock { $0.shut.sorted() } }

    package func open(_ scope: String) {
        state.withLock { _ = $0.shut.remove(scope) }
    }
}
