import Core
package import Logging
import Signing
package import Storage

/// Turns stored deliveries into events and jobs, in the order of storing.
///
/// One at a time per database: the order of a key is the order in which this writes it down.
package struct Decoder: Sendable {
    private let store: Store
    private let router: Router
    private let workspaces: WorkspaceIndex
    private let clock: any WallClock
    private let logger: Logger

    package init(store: Store, router: Router, workspaces: WorkspaceIndex, clock: any WallClock, logger: Logger) {
        self.store = store
        self.router = router
        self.workspaces = workspaces
        self.clock = clock
        self.logger = logger
    }

    /// Decodes what is stored and not decoded yet; returns how many deliveries it took.
    package func decodeNext(limit: Int = 256) async throws -> Int {
        let deliveries = try await store.read { try $0.undecoded(limit: limit) }
        guard !deliveries.isEmpty else { return 0 }
        let plans = deliveries.map(plan)
        do {
            let nowMs = clock.nowMs()
            try await store.write { transaction in
                for plan in plans { try plan.write(to: transaction, nowMs: nowMs) }
            }
        } catch {
            try await oneByOne(plans)
        }
        return deliveries.count
    }

    /// A delivery that can't be written down with the others is tried alone, so that it fails alone.
    private func oneByOne(_ plans: [DecodingPlan]) async throws {
        for plan in plans {
            let nowMs = clock.nowMs()
            try await store.write { try plan.write(to: $0, nowMs: nowMs) }
        }
    }

    private func plan(_ delivery: StoredDelivery) -> DecodingPlan {
        guard let request = delivery.request else {
            return DecodingPlan(
                seq: delivery.seq, receivedAtMs: delivery.receivedAtMs, events: [],
                reason:
                    "unsealable: The stored bytes can't be unsealed with the keys of the configuration. Put the key that was current then under keys.previous."
            )
        }
        let events = WebhookDecoder.decode(request.body, receivedAtMs: delivery.receivedAtMs, digest: SHA256.hex)
        return DecodingPlan(
            seq: delivery.seq, receivedAtMs: delivery.receivedAtMs,
            events: events.map { event in
                .init(
                    event: event, workspace: workspaces.owner(of: event),
                    routes: router.routes(for: event).map { ($0.ordinal, $0.name) })
            }, reason: events.first { $0.fault != nil }?.fault)
    }
}

/// What one delivery becomes, decided before the transaction.
struct DecodingPlan: Sendable {
    struct Planned: Sendable {
        let event: Event
        let workspace: String
        let routes: [(ordinal: Int, name: String)]
    }

    let seq: Int64
    let receivedAtMs: Int64
    let events: [Planned]
    /// Why a part of it could not be read.
    let reason: String?

    func write(to transaction: Transaction, nowMs: Int64) throws {
        var fresh = 0
        for planned in events {
            let isNew = try transaction.insertEvent(
                planned.event, seq: seq, workspace: planned.workspace, receivedAtMs: receivedAtMs, routes: planned.routes,
                nowMs: nowMs)
            if isNew { fresh += 1 }
        }
        try transaction.finishDecoding(seq, events: fresh, duplicates: events.count - fresh, reason: reason)
    }
}
