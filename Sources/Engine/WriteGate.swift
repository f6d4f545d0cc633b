package import Core
import Synchronization

/// The door that every write to Meta goes through, and that `touchstone hold` shuts.
///
/// After `close` nobody enters, and `drain` returns only when no write of the scope is under way any more. That is why `hold` can promise that
/// no write leaves after it returned: the check and the write are under one lock's count, not two looks at a table.
///
/// Where several gateways share a database, a hold may have been set at another one: then nobody enters either when the holds were last read
/// longer ago than `freshMs`. A process that was stopped and comes back reads them again before it writes.
package final class WriteGate: Sendable {
    private struct State {
        var shut: Set<String> = []
        var underWay: [String: Int] = [:]
        var waiting: [CheckedContinuation<Void, Never>] = []
        /// When the holds were last read; ms since 1970.
        var knownAtMs: Int64

        func busy(_ scope: String) -> Bool {
            scope == WriteGate.everything ? underWay.values.contains { $0 > 0 } : underWay[scope, default: 0] > 0
        }

        func mustDrain(_ scope: String) -> Bool { shut.contains(scope) && busy(scope) }
    }

    /// The scope of a hold on all workspaces.
    package static let everything = "*"
    /// The holds are read again after a moment.
    private static let unknownWaitMs: Int64 = 1_000

    private let state: Mutex<State>
    /// Nil: nobody else can set a hold.
    private let freshMs: Int64?
    private let nowMs: @Sendable () -> Int64

    package init(
        shut: [String], knownAtMs: Int64 = 0, freshMs: Int64? = nil, nowMs: @escaping @Sendable () -> Int64 = { 0 }
    ) {
        state = Mutex(State(shut: Set(shut), knownAtMs: knownAtMs))
        self.freshMs = freshMs
        self.nowMs = nowMs
    }

    /// Nil: the caller may write now, and must call `leave` afterwards; else what becomes of its work. To be called right before the write.
    package func enter(_ workspace: String) -> Disposition? {
        let nowMs = nowMs()
        return state.withLock { state in
            if let refusal = refusal(workspace, state, nowMs) { return refusal }
            state.underWay[workspace, default: 0] += 1
            return nil
        }
    }

    /// What stands in the way of a write now, if anything.
    package func refusal(_ workspace: String) -> Disposition? {
        let nowMs = nowMs()
        return state.withLock { refusal(workspace, $0, nowMs) }
    }

    private func refusal(_ workspace: String, _ state: State, _ nowMs: Int64) -> Disposition? {
        for scope in [Self.everything, workspace] where state.shut.contains(scope) {
            return .hold(.operatorHold(scope: scope), .onHold)
        }
        guard let freshMs, !(0..<freshMs).contains(nowMs - state.knownAtMs) else { return nil }
        return .snooze(untilMs: nowMs + Self.unknownWaitMs, .holdsUnknown)
    }

    package func leave(_ workspace: String) { change { $0.underWay[workspace, default: 1] -= 1 } }

    /// Whoever waits looks again after a change.
    private func change(_ body: (inout State) -> Void) {
        let released = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            body(&state)
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

    /// The door stands as the holds did at `readAtMs`. Readings come one after the other.
    package func stand(_ scopes: [String], readAtMs: Int64) {
        change { ($0.shut, $0.knownAtMs) = (Set(scopes), readAtMs) }
    }

    /// Returns when no write of the scope is under way, or when it is no longer shut. Each write is bounded by its call's timeout.
    package func drain(_ scope: String) async {
        while state.withLock({ $0.mustDrain(scope) }) {
            await withCheckedContinuation { continuation in
                let free = state.withLock { state -> Bool in
                    guard state.mustDrain(scope) else { return true }
                    state.waiting.append(continuation)
                    return false
                }
                if free { continuation.resume() }
            }
        }
    }

    /// Every scope that is shut.
    package var scopes: [String] { state.withLock { $0.shut.sorted() } }

    package func open(_ scope: String) { change { _ = $0.shut.remove(scope) } }
}

extension Reason {
    fileprivate static let onHold = Reason(
        "on_hold", "Writes are on hold.", remedy: "`touchstone release` lets them go on.")
    fileprivate static let holdsUnknown = Reason(
        "holds_unknown", "It is not known whether another gateway has set a hold.", remedy: "They are read again in a moment.")
}
