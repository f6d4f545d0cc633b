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
            switch OutboxKind(rawValue: claimed.message.kind) {
            case .status, .budget: try await finish(claimed, writer.send(claimed.message))
            case .notify, .forward: try await finish(claimed, notices.send(claimed.message))
            case .lead: try await finish(claimed, leads.send(claimed.message))
            case .moderate: try await finish(claimed, comments.send(claimed.message))
            case .conversion, nil:  // conversions leave in batches, from a pool of their own
                try await finish(
                    claimed, .failed(.cancel(Reason("kind_unknown", "This version does not know this kind of message."))))
            }
        } catch {
            // the lease runs out; it starts again
            WorkNotSettled(queue: .outbox, id: claimed.claim.id, error: "\(error)").emit(to: logger)
        }
    }

    /// Message and action end together.
    private func finish(_ claimed: ClaimedMessage, _ outcome: SendOutcome) async throws {
        let nowMs = clock.nowMs()
        report(claimed, outcome)
        try await store.write { transaction in
            switch outcome {
            case .sent(let result):
                let note = claimed.message.actionID == nil ? result.reason : nil
                guard try transaction.complete(.outbox, claimed.claim, nowMs: nowMs, reason: note) else { return }
                if let actionID = claimed.message.actionID {
                    try transaction.finishAction(
                        actionID, state: result.state, reason: result.reason, readBack: result.readBack, nowMs: nowMs)
                }
                if let entity = result.entity {
                    try transaction.storeEntity(entity, workspace: claimed.message.workspace, fetchedAtMs: nowMs)
                }
                if let gate = result.gate, try transaction.isClosed(gate) { _ = try transaction.release(gate, nowMs: nowMs) }
            case .failed(let disposition):
                try transaction.settle(.outbox, claimed.claim, disposition, nowMs: nowMs)
                if let actionID = claimed.message.actionID, let reason = disposition.finalReason(tries: claimed.claim.tries) {
                    try transaction.finishAction(actionID, state: .failed, reason: reason.text, readBack: nil, nowMs: nowMs)
                }
            }
        }
    }

    private func report(_ claimed: ClaimedMessage, _ outcome: SendOutcome) {
        guard case .failed(let disposition) = outcome else { return }
        if case .hold(let gate, let reason) = disposition {
            WorkHeld(queue: .outbox, gate: gate.text, reason: reason.code).emit(to: logger)
        } else {
            SendFailed(
                id: claimed.claim.id, kind: claimed.message.kind, attempt: claimed.claim.tries, reason: disposition.reason.code
            ).emit(to: logger)
        }
    }
}

/// What became of one attempt to send.
enum SendOutcome: Sendable {
    case sent(SendResult)
    case failed(Disposition)
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

    /// The reason when the work is dead after this, else nil.
    func finalReason(tries: Int64) -> Reason? {
        switch self {
        case .cancel(let reason): reason
        case .retry(let reason), .split(let reason): tries >= Int64(Limits.attemptsMax) ? reason : nil
        case .snooze, .hold: nil
        }
    }
}
