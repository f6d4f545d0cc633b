import Core
import GraphAPI
import Logging
import Storage

/// Asks now and then whether a closed gate has opened, and lets its work go on when it has. Nobody needs to repair anything by hand.
struct GateProber: Sendable {
    let store: Store
    let workspaces: WorkspaceIndex
    let graph: GraphGateway
    let pages: PageDesk
    let clock: any WallClock
    let logger: Logger
    /// The first question comes this long after the gate closed; later ones at a quarter of the time it has been closed, at most `slowestMs`.
    static let firstMs: Int64 = 5_000
    static let slowestMs: Int64 = 15 * 60_000

    func probeDue(_ term: Term) async throws {
        let nowMs = clock.nowMs()
        for closed in try await store.read({ try $0.gates(dueAtMs: nowMs) }) {
            if try await isOpen(closed, term, nowMs: nowMs) {
                let released = try await store.write { transaction in
                    try transaction.require(term)
                    return try transaction.release(closed.gate, nowMs: nowMs)
                }
                GateOpened(gate: closed.gate.text, released: released).emit(to: logger)
            } else {
                let waitMs = min(Self.slowestMs, max(Self.firstMs, (nowMs - closed.closedAtMs) / 4))
                try await store.write { transaction in
                    try transaction.require(term)
                    try transaction.postponeProbe(closed.gate, probeAtMs: nowMs + waitMs)
                }
            }
        }
    }

    private func isOpen(_ closed: ClosedGate, _ term: Term, nowMs: Int64) async throws -> Bool {
        switch closed.gate {
        case .token(let workspace):
            guard let client = graph[workspace] else { return false }
            return await answers { () async throws(GraphError) in _ = try await client.probe() }
        case .account(let id):
            let owner = workspaces.all.first { $0.accounts.contains(id) }
            guard let client = owner.flatMap({ graph[$0.name] }) else { return false }
            return await answers { () async throws(GraphError) in _ = try await client.account(id) }
        case .page(let id):
            return await pages.answers(id)
        case .destination:
            // one message goes ahead; when it gets through, the dispatcher opens the gate for the others
            try await store.write { transaction in
                try transaction.require(term)
                _ = try transaction.reopenOne(.outbox, gate: closed.gate, nowMs: nowMs)
            }
            return false
        case .dataset:
            // the same; another one each time, because some conversions are refused for their own sake
            let draw = Int64.random(in: 0..<1_000_000)
            try await store.write { transaction in
                try transaction.require(term)
                _ = try transaction.reopenAny(closed.gate, draw: draw, nowMs: nowMs)
            }
            return false
        case .operatorHold(let scope):
            return try await !store.read { try $0.holds(nowMs: nowMs) }.contains { $0.scope == scope }
        }
    }

    /// Any error means: not yet. What it was is in `api_logs`.
    private func answers(_ call: () async throws(GraphError) -> Void) async -> Bool {
        do throws(GraphError) {
            try await call()
            return true
        } catch {
            return false
        }
    }
}
