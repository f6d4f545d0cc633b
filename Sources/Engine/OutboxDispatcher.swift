import Core
import Logging
import Outbound
import Storage

/// The only place from which anything is written to the outside.
package struct OutboxDispatcher: Sendable {
    let store: Store
    let writer: GraphWriter
    let notices: NoticeSender
    let leads: LeadSender
    let comments: CommentWriter
    let conversions: ConversionSender
    let desk: SendDesk
    let clock: any WallClock
    let logger: Logger

    func claim(_ room: Int) async throws -> [ClaimedMessage] {
        let nowMs = clock.nowMs()
        let bootID = store.bootID
        let isDue = try await store.read { try $0.nextDue(.outbox, conversions: false).map { $0 <= nowMs } ?? false }
        guard isDue else { return [] }
        return try await store.write {
            try $0.claimOutbox(nowMs: nowMs, leaseMs: Limits.leaseMs, limit: room, owner: bootID, conversions: false)
        }
    }

    func handle(_ claimed: ClaimedMessage) async {
        do {
            try await finish(claimed, send(claimed.message))
        } catch {
            // the lease runs out; it starts again
            WorkNotSettled(queue: .outbox, id: claimed.claim.id, trace: claimed.trace, error: "\(error)").emit(to: logger)
        }
    }

    private func send(_ message: StoredMessage) async throws -> SendOutcome {
        guard let kind = OutboxKind(rawValue: message.kind), kind != .conversion else {
            // conversions leave in batches, from a pool of their own
            return .failed(.cancel(Reason("kind_unknown", "This version does not know this kind of message.")))
        }
        let place = SendDesk.Place(workspace: message.workspace, destination: message.destination ?? "")
        if let wait = await desk.enter(place, attempt: message.attempt) { return .failed(wait) }
        let outcome: SendOutcome
        do {
            outcome = try await send(kind, message)
        } catch {
            desk.leave(place, success: nil)
            throw error
        }
        desk.leave(place, success: outcome.isAnswer)
        // cut off because the program stops: it counts no attempt, and another gateway may have it at once
        if Task.isCancelled, case .failed(.retry, _) = outcome { return .failed(.snooze(untilMs: clock.nowMs(), .stopped)) }
        return outcome
    }

    private func send(_ kind: OutboxKind, _ message: StoredMessage) async throws -> SendOutcome {
        switch kind {
        case .status, .budget: try await writer.send(message)
        case .notify, .forward: try await notices.send(message)
        case .lead: try await leads.send(message)
        case .moderate: try await comments.send(message)
        case .conversion: .failed(.cancel(Reason("kind_unknown", "Conversions leave in batches.")))
        }
    }

    /// Message and action end together.
    private func finish(_ claimed: ClaimedMessage, _ outcome: SendOutcome) async throws {
        let nowMs = clock.nowMs()
        report(claimed, outcome)
        let dead = try await store.write { transaction -> Reason? in
            switch outcome {
            case .sent(let result):
                let note = claimed.message.actionID == nil ? result.reason : nil
                guard try transaction.complete(.outbox, claimed.claim, nowMs: nowMs, reason: note) else { return nil }
                if let actionID = claimed.message.actionID {
                    try transaction.finishAction(
                        actionID, state: result.state, reason: result.reason, readBack: result.readBack, nowMs: nowMs)
                }
                if let entity = result.entity {
                    try transaction.storeEntity(entity, workspace: claimed.message.workspace, fetchedAtMs: nowMs)
                }
                if let gate = result.gate, try transaction.isClosed(gate) { _ = try transaction.release(gate, nowMs: nowMs) }
                return nil
            case .failed(let disposition, _):
                let dead = try transaction.settle(.outbox, claimed.claim, disposition, claimed.bound, nowMs: nowMs)
                if let actionID = claimed.message.actionID, let dead {
                    try transaction.finishAction(actionID, state: .failed, reason: dead.text, readBack: nil, nowMs: nowMs)
                }
                return dead
            }
        }
        if let dead { WorkDied(queue: .outbox, id: claimed.claim.id, trace: claimed.trace, reason: dead.code).emit(to: logger) }
    }

    private func report(_ claimed: ClaimedMessage, _ outcome: SendOutcome) {
        guard case .failed(let disposition, _) = outcome else {
            return MessageSent(
                id: claimed.claim.id, kind: claimed.message.kind, trace: claimed.trace, attempt: claimed.claim.tries
            ).emit(to: logger)
        }
        if case .hold(let gate, let reason) = disposition {
            WorkHeld(queue: .outbox, trace: claimed.trace, gate: gate.text, reason: reason.code).emit(to: logger)
        } else {
            SendFailed(
                id: claimed.claim.id, kind: claimed.message.kind, trace: claimed.trace, attempt: claimed.claim.tries,
                reason: disposition.reason.code
            ).emit(to: logger)
        }
    }
}

/// What became of one attempt to send.
enum SendOutcome: Sendable {
    case sent(SendResult)
    /// `isAnswer`: whether the destination answered at all; nil: nobody was asked, or it was Meta.
    case failed(Disposition, isAnswer: Bool? = nil)
}

/// An attempt that needs no other: how the action ended, and what was seen.
struct SendResult: Sendable {
    var state = ActionState.done
    var reason: String?
    var readBack: String?
    /// The entity as it was read back.
    var entity: EntityState?
    /// A gate that this success proves open.
    var gate: Gate?
}

extension Disposition {
    var reason: Reason {
        switch self {
        case .retry(let reason), .snooze(_, let reason), .hold(_, let reason), .split(let reason), .cancel(let reason): reason
        }
    }
}

extension SendOutcome {
    /// Whether somebody answered; nil: nobody was asked.
    fileprivate var isAnswer: Bool? {
        switch self {
        case .sent: true
        case .failed(_, let isAnswer): isAnswer
        }
    }
}

extension ClaimedMessage {
    /// Nil: it is about no event.
    var trace: TraceID? { message.trace }
    var bound: RetryBound { RetryBound(startMs: message.createdAtMs) }
}

extension StoredMessage {
    var trace: TraceID? { eventID.map { TraceID(eventID: $0) } }

    /// Where it goes, of messages that go to a destination.
    var destination: String? { (try? JSON.parse(Array(reference.utf8)))?["destination"]?.text }
}
