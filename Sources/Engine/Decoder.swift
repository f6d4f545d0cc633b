import Core
package import Logging
import Signing
package import Storage
import Synchronization

/// Turns stored deliveries into events and jobs, in the order of storing.
///
/// One at a time per database: the order of a key is the order in which this writes it down.
package struct Decoder: Sendable {
    private let store: Store
    private let router: Router
    private let workspaces: WorkspaceIndex
    /// Who sends conversions, and the workspace that owns them.
    private let sources: SourceBook
    /// Where the chains find what was parsed here.
    private let deliveries: DeliveryDesk
    private let clock: any WallClock
    private let logger: Logger
    private let failures = DecodingFailures()

    package init(
        store: Store, router: Router, workspaces: WorkspaceIndex, sources: SourceBook, deliveries: DeliveryDesk,
        clock: any WallClock, logger: Logger
    ) {
        self.store = store
        self.router = router
        self.workspaces = workspaces
        self.sources = sources
        self.deliveries = deliveries
        self.clock = clock
        self.logger = logger
    }

    /// Decodes what is stored and not decoded yet; returns how many deliveries it took.
    ///
    /// Throws `.fenced` when another gateway decodes by now: what was read is dropped, and nothing is written.
    package func decodeNext(_ term: Term, limit: Int = 256) async throws -> Int {
        let deliveries = try await next(limit)
        guard !deliveries.isEmpty else { return 0 }
        var left = deliveries[...]
        let eventsMax = eventsMax(deliveries)
        do {
            var group = try group(left, first: nil, eventsMax)
            while !group.plans.isEmpty {
                let (next, rest) = (group.next, left.dropFirst(group.plans.count))
                // planned while those before them are written: what is planned and not written is in memory only
                async let following = self.group(rest, first: next, eventsMax)
                try await write(group.plans, term)
                left = rest
                group = try await following
            }
        } catch let error as StoreError where error == .fenced || error.passes {
            throw error
        } catch {
            for delivery in left { try await decodeAlone(delivery, term) }
        }
        return deliveries.count
    }

    /// What is written down together, and the plan of the delivery after it where that is made already.
    private struct Group {
        var plans: [DecodingPlan]
        var next: DecodingPlan?
    }

    /// Of the next deliveries, at least one. `first`: the plan of the first of them.
    private func group(
        _ deliveries: ArraySlice<StoredDelivery>, first: DecodingPlan?, _ eventsMax: Int
    ) throws -> Group {
        var group = Group(plans: first.map { [$0] } ?? [])
        var room = eventsMax - (first?.events.count ?? 0)
        for delivery in deliveries.dropFirst(group.plans.count) {
            let plan = try plan(delivery)
            guard plan.events.count <= room || group.plans.isEmpty else {
                group.next = plan
                break
            }
            group.plans.append(plan)
            room -= plan.events.count
        }
        return group
    }

    /// Events that are written down together, unless one delivery has more.
    ///
    /// On SQLite what comes in is stored by the same writer, and waits for the transaction under way: they are small until there are more
    /// deliveries than it keeps up with.
    private func eventsMax(_ deliveries: [StoredDelivery]) -> Int {
        guard !store.isShared else { return Limits.decodedPerCommitSharedMax }
        let bytes = deliveries.reduce(0) { $0 + ($1.request?.body.count ?? 0) }
        let isBehind = deliveries.count >= Limits.decodedBehindMin || bytes >= Limits.decodedReadBytesMax / 4
        return isBehind ? Limits.decodedPerCommitMax : Limits.decodedPerCommitCalmMax
    }

    /// A delivery that can't be read, because the database is damaged there, holds up none that came after it: it stays undecoded, is told of
    /// once, and is looked at again by the next process.
    private func next(_ limit: Int) async throws -> [StoredDelivery] {
        guard failures.damaged.isEmpty else { return try await nextReadable(limit) }
        do {
            return try await store.read { try $0.undecoded(limit: limit, bytesMax: Limits.decodedReadBytesMax) }
        } catch StoreError.corrupt, StoreError.column {
            return try await nextReadable(limit)
        }
    }

    private func nextReadable(_ limit: Int) async throws -> [StoredDelivery] {
        while true {
            let known = failures.damaged
            let (deliveries, damaged) = try await store.read { try $0.undecoded(past: known, limit: limit) }
            if let damaged {
                failures.noteDamaged(damaged)
                DeliveryDamaged(seq: damaged).emit(to: logger)
            }
            if damaged == nil || !deliveries.isEmpty { return deliveries }
        }
    }

    /// `isBare`: nothing but the deliveries' own events, without what they mean for events that were there before.
    private func write(_ plans: [DecodingPlan], _ term: Term, isBare: Bool = false) async throws {
        let nowMs = clock.nowMs()
        let asIfNew = ConversionCount(plans)
        let counted = try await store.write { transaction in
            try transaction.require(term)
            let new = try transaction.newEvents(among: plans.flatMap(\.told), nowMs: nowMs)
            let fresh = try plans.map { try $0.write(to: transaction, new: new, nowMs: nowMs) }
            for (plan, fresh) in zip(plans, fresh) { try plan.finish(in: transaction, fresh: fresh) }
            let counted = asIfNew.correct(plans, new: new)
            guard !isBare else { return counted }
            try transaction.supersede(by: plans.flatMap { $0.conversions(among: new) }, nowMs: nowMs)
            try transaction.add(counted.tally)
            return counted
        }
        failures.forget(plans.map(\.seq))
        counted.emit()
    }

    /// A delivery that can't be written down with the others is tried alone, so that it fails alone; nothing that came after it goes before it.
    ///
    /// What fails `Limits.decodeFailuresMax` times, and not because of the disk, is stored without what is to blame.
    private func decodeAlone(_ delivery: StoredDelivery, _ term: Term) async throws {
        do {
            try await write([plan(delivery)], term)
        } catch let error as StoreError where error == .fenced || error.passes || error == .closed {
            throw error
        } catch {
            let count = failures.count(delivery.seq)
            DeliveryNotDecoded(seq: delivery.seq, failures: count, error: "\(error)").emit(to: logger)
            guard count >= Limits.decodeFailuresMax else { throw error }
            try await setAside(delivery, error, term)
        }
    }

    /// Stores the delivery with faulty events in place of those that can't be stored; where even that fails, with none at all.
    private func setAside(_ delivery: StoredDelivery, _ error: any Error, _ term: Term) async throws {
        var plan = (try? plan(delivery)) ?? DecodingPlan(seq: delivery.seq, receivedAtMs: delivery.receivedAtMs)
        let bad = try await unstorable(plan, plan.events.indices)
        for index in bad { plan.events[index] = plan.events[index].faulty(receivedAtMs: delivery.receivedAtMs) }
        if bad.isEmpty {
            // It is no single event. What is to blame may be an old row beside them: that must not cost the new ones.
            if try await canDo({ try await write([plan], term, isBare: true) }) { return }
            (plan.events, plan.callback) = ([], nil)
        }
        plan.reason = DecodingPlan.unstorable
        do {
            try await write([plan], term)
        } catch let error as StoreError where error == .fenced || error.passes {
            throw error
        } catch {
            (plan.events, plan.callback) = ([], nil)
            try await write([plan], term)
        }
        EventsUnstorable(seq: delivery.seq, events: max(1, bad.count), error: "\(error)").emit(to: logger)
    }

    /// False where it failed for another reason than the disk, the connection or the duty.
    private func canDo(_ work: () async throws -> Void) async throws -> Bool {
        do {
            try await work()
            return true
        } catch let error as StoreError where error == .fenced || error.passes || error == .closed {
            throw error
        } catch {
            return false
        }
    }

    /// The events that can't be written, found by halves; every try is undone.
    private func unstorable(_ plan: DecodingPlan, _ range: Range<Int>) async throws -> [Int] {
        guard !range.isEmpty, try await !canWrite(plan, range) else { return [] }
        guard range.count > 1 else { return [range.lowerBound] }
        let middle = range.lowerBound + range.count / 2
        let first = try await unstorable(plan, range.lowerBound..<middle)
        return try await first + unstorable(plan, middle..<range.upperBound)
    }

    /// Thrown to undo what was written only to see whether it can be.
    private struct Undo: Error {}

    private func canWrite(_ plan: DecodingPlan, _ range: Range<Int>) async throws -> Bool {
        let nowMs = clock.nowMs()
        do {
            return try await store.write { transaction in
                let new = try transaction.newEvents(among: plan.told(range), nowMs: nowMs)
                for planned in plan.events[range] { _ = try plan.write(planned, to: transaction, new: new, nowMs: nowMs) }
                try transaction.ensureStored()
                throw Undo()
            }
        } catch is Undo {
            return true
        } catch let error as StoreError where error.passes || error == .closed {
            throw error
        } catch {
            return false
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
            return planned(
                event, workspace: workspaces.owner(of: event), routes: router.routes(for: event),
                people: part.map(event.people) ?? [])
        }
    }

    /// The workspace is that of the source, whose token and proof were verified, whatever dataset it names.
    private func planConversions(_ request: CapturedRequest, _ delivery: StoredDelivery, into plan: inout DecodingPlan) {
        guard let dataset = ConversionDecoder.dataset(ofTarget: request.target) else {
            plan.reason = "dataset_unknown: The path names no dataset."
            return
        }
        let workspace = sources.workspace(of: delivery.app) ?? Workspace.unassigned
        guard let document = try? JSON.parse(request.body) else {
            plan.reason = "body_unreadable: What was stored is no JSON."
            return
        }
        let parts = ConversionDecoder.values(of: document)
        deliveries.keep(parts, of: delivery.seq, bytes: request.body.count)
        for (copy, dataset) in [(0, dataset)] + sources.forwarding(of: delivery.app).copies(beside: dataset) {
            plan.events += ConversionDecoder.decode(
                document, copy: copy, dataset: dataset, source: delivery.app, receivedAtMs: delivery.receivedAtMs,
                digest: SHA256.hex
            ).compactMap { conversion in
                let isCopy = ConversionPlace(position: conversion.event.position).copy > 0
                let routes = isCopy ? router.copyRoutes(for: conversion.event) : router.routes(for: conversion.event)
                guard copy == 0 || !routes.isEmpty else { return nil }
                let people = parts.conversion(at: conversion.event.position).map(ConversionPeople.named) ?? []
                return planned(
                    conversion.event, workspace: workspace, routes: routes, people: people, conversion: conversion)
            }
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

    private func planned(
        _ event: Event, workspace: String, routes: [Route], people: [String], conversion: ConversionEvent? = nil
    ) -> DecodingPlan.Planned {
        .init(
            event: event, workspace: workspace, routes: routes.map { ($0.ordinal, $0.name) }, people: people,
            conversion: conversion)
    }
}

/// How often each delivery could not be written down, and which could not even be read, since this process started.
private final class DecodingFailures: Sendable {
    private let counts = Mutex<[Int64: Int]>([:])
    private let unread = Mutex<Set<Int64>>([])

    var damaged: Set<Int64> { unread.withLock { $0 } }

    func noteDamaged(_ seq: Int64) { unread.withLock { _ = $0.insert(seq) } }

    func count(_ seq: Int64) -> Int {
        counts.withLock { counts in
            counts[seq, default: 0] += 1
            return counts[seq, default: 0]
        }
    }

    func forget(_ seqs: [Int64]) {
        counts.withLock { counts in
            guard !counts.isEmpty else { return }
            for seq in seqs { counts[seq] = nil }
        }
    }
}
