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
    /// Who sends conversions, by name: the workspace that owns them.
    private let sources: [String: String]
    private let clock: any WallClock
    private let logger: Logger

    package init(
        store: Store, router: Router, workspaces: WorkspaceIndex, sources: [String: String], clock: any WallClock, logger: Logger
    ) {
        self.store = store
        self.router = router
        self.workspaces = workspaces
        self.sources = sources
        self.clock = clock
        self.logger = logger
    }

    /// Decodes what is stored and not decoded yet; returns how many deliveries it took.
    package func decodeNext(limit: Int = 256) async throws -> Int {
        let deliveries = try await store.read { try $0.undecoded(limit: limit) }
        guard !deliveries.isEmpty else { return 0 }
        let plans = try deliveries.map(plan)
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

    private func plan(_ delivery: StoredDelivery) throws -> DecodingPlan {
        var plan = DecodingPlan(seq: delivery.seq, receivedAtMs: delivery.receivedAtMs)
        guard let request = delivery.request else {
            plan.reason =
                delivery.isErased
                ? "erased: A person asked for it before it was decoded."
                : "unsealable: The stored bytes can't be unsealed with the keys of the configuration. Put the key that was current then under keys.previous."
            return plan
        }
        switch delivery.kind {
        case .webhook: try planWebhook(request, delivery, into: &plan)
        case .conversions: planConversions(request, delivery, into: &plan)
        case .callback: planCallback(request, delivery, into: &plan)
        }
        plan.reason = plan.reason ?? plan.events.first { $0.event.fault != nil }?.event.fault
        return plan
    }

    private func planWebhook(_ request: CapturedRequest, _ delivery: StoredDelivery, into plan: inout DecodingPlan) throws {
        let events = try WebhookDecoder.decode(
            request.body, receivedAtMs: delivery.receivedAtMs, digest: SHA256.hex, conceal: store.conceal)
        let parts = events.contains { $0.mayNameAPerson } ? WebhookDecoder.values(in: request.body) : []
        plan.events = events.map { event in
            let part = event.mayNameAPerson && parts.indices.contains(event.position) ? parts[event.position] : nil
            return planned(event, workspace: workspaces.owner(of: event), people: part.map(event.people) ?? [])
        }
    }

    /// The workspace is that of the source, whose token and proof were verified, whatever dataset it names.
    private func planConversions(_ request: CapturedRequest, _ delivery: StoredDelivery, into plan: inout DecodingPlan) {
        guard let dataset = ConversionDecoder.dataset(ofTarget: request.target) else {
            plan.reason = "dataset_unknown: The path names no dataset."
            return
        }
        let workspace = sources[delivery.app] ?? Workspace.unassigned
        let parts = ConversionDecoder.values(in: request.body)
        plan.events = ConversionDecoder.decode(
            body: request.body, dataset: dataset, source: delivery.app, receivedAtMs: delivery.receivedAtMs, digest: SHA256.hex
        ).map { conversion in
            let position = conversion.event.position
            let people = parts.indices.contains(position) ? ConversionPeople.named(in: parts[position]) : []
            return planned(conversion.event, workspace: workspace, people: people, conversion: conversion.facts)
        }
    }

    /// A person's word to Meta: an event to be seen, and a row that the janitor carries out. No route takes part in it.
    private func planCallback(_ request: CapturedRequest, _ delivery: StoredDelivery, into plan: inout DecodingPlan) {
        guard let callback = PlannedCallback(request, app: delivery.app, receivedAtMs: delivery.receivedAtMs) else {
            plan.reason = "callback_unreadable: The path or the payload is none of a callback's."
            return
        }
        plan.callback = callback
        plan.events = [
            DecodingPlan.Planned(event: callback.event, workspace: Workspace.unassigned, routes: [], people: [], conversion: nil)
        ]
    }

    private func planned(_ event: Event, workspace: String, people: [String], conversion: ConversionFacts? = nil)
        -> DecodingPlan.Planned
    {
        .init(
            event: event, workspace: workspace, routes: router.routes(for: event).map { ($0.ordinal, $0.name) }, people: people,
            conversion: conversion)
    }
}

/// What one delivery becomes, decided before the transaction.
struct DecodingPlan: Sendable {
    struct Planned: Sendable {
        let event: Event
        let workspace: String
        let routes: [(ordinal: Int, name: String)]
        /// Canonical texts of whom it is about; only keyed digests of them are stored.
        let people: [String]
        let conversion: ConversionFacts?
    }

    let seq: Int64
    let receivedAtMs: Int64
    var events: [Planned] = []
    var callback: PlannedCallback?
    /// Why a part of it could not be read.
    var reason: String?

    func write(to transaction: Transaction, nowMs: Int64) throws {
        var fresh = 0
        for planned in events {
            let isNew = try transaction.insertEvent(
                planned.event, seq: seq, workspace: planned.workspace, receivedAtMs: receivedAtMs, routes: planned.routes,
                nowMs: nowMs)
            let id = Transaction.eventID(seq: seq, position: planned.event.position)
            if isNew, let facts = planned.conversion {
                _ = try transaction.insertConversion(
                    facts, people: planned.people, workspace: planned.workspace, eventID: id, receivedAtMs: receivedAtMs)
            } else if !planned.people.isEmpty {
                // also of a duplicate: its bytes are stored, and erasure has to find them
                try transaction.rememberPeople(planned.people, workspace: planned.workspace, eventID: id)
            }
            if isNew { fresh += 1 }
        }
        try callback?.write(to: transaction, eventID: fresh > 0 ? Transaction.eventID(seq: seq, position: 0) : nil)
        try transaction.finishDecoding(seq, events: fresh, duplicates: events.count - fresh, reason: reason)
    }
}
