import Core
import GraphAPI
import Storage

/// How messages end: with their conversions, in one transaction.
extension ConversionSender {
    enum Fate: Sendable {
        /// `note`: what was changed in it before.
        case sent(trace: String, ConversionDesk.Place, note: Reason?)
        case failed(Disposition, Exposure)
    }

    /// Messages that are settled in one transaction, so that no append waits long.
    private static let settledAtOnce = 250

    /// Of a lease that ran out nothing is written down: who has it now sends again, and Meta drops it.
    func finish(_ pieces: [ConversionPiece], _ fate: Fate) async throws {
        let nowMs = clock.nowMs()
        let draw = Int64.random(in: 0..<1_000_000)  // one for all, so that what goes together stays together
        for start in stride(from: 0, to: pieces.count, by: Self.settledAtOnce) {
            let some = Array(pieces[start..<min(start + Self.settledAtOnce, pieces.count)])
            switch fate {
            case .sent(let trace, let place, let note): try await settle(some, trace, place, note, nowMs)
            case .failed(.cancel(let reason), _): try await refuse(some.map(\.claimed), reason)
            case .failed(.retry(let reason), let exposure), .failed(.split(let reason), let exposure):
                try await store.write { try Self.retry(some, reason, exposure, draw: draw, nowMs: nowMs, in: $0) }
            case .failed(let other, _):
                try await store.write { try Self.putOff(some, other, nowMs: nowMs, in: $0) }
            }
        }
    }

    private func settle(
        _ pieces: [ConversionPiece], _ trace: String, _ place: ConversionDesk.Place, _ note: Reason?, _ nowMs: Int64
    ) async throws {
        let gate = Gate.dataset(place.dataset)
        let hasOpened = try await store.write { transaction in
            let done = try transaction.complete(.outbox, pieces.map(\.claimed.claim), nowMs: nowMs)
            try transaction.setConversionState(
                pieces.filter { done.contains($0.claimed.claim.id) }.map(\.eventID), .forwarded, reason: note?.text,
                traceID: trace, atMs: nowMs)
            guard try transaction.isClosed(gate) else { return false }
            _ = try transaction.release(gate, nowMs: nowMs)
            return true
        }
        if hasOpened { desk.opened(place) }
        if let note { ConversionsMended(dataset: place.dataset, events: pieces.count, reason: note.code).emit(to: logger) }
    }

    /// What may have arrived goes again only where Meta would drop a second one, and for no longer than it does.
    private static func retry(
        _ pieces: [ConversionPiece], _ reason: Reason, _ exposure: Exposure, draw: Int64, nowMs: Int64,
        in transaction: Transaction
    ) throws {
        for piece in pieces {
            let (claimed, claim) = (piece.claimed, piece.claimed.claim)
            let firstMs = claimed.firstAttemptMs
            if exposure == .unknown, !piece.isRepeatable {
                try refuse([claimed], .maybeReceived(reason.code), nowMs: nowMs, in: transaction)
            } else if let firstMs, nowMs - firstMs > Limits.conversionRetryMs {
                try refuse([claimed], .triedTooLong(reason.code), nowMs: nowMs, in: transaction)
            } else {
                let dueAtMs = nowMs + Backoff.delayMs(attempt: Int(claim.tries), draw: draw)
                if exposure == .none, claimed.message.firstAttemptMs == nil {
                    _ = try transaction.retry(
                        .outbox, id: claim.id, attempt: claim.attempt, dueAtMs: dueAtMs, reason: reason.text)
                } else {
                    _ = try transaction.retry(
                        claimed, dueAtMs: dueAtMs, reason: reason.text, firstAttemptMs: firstMs ?? nowMs)
                }
            }
        }
    }

    /// Held, or told to come later: no longer than Meta takes the event.
    private static func putOff(
        _ pieces: [ConversionPiece], _ disposition: Disposition, nowMs: Int64, in transaction: Transaction
    ) throws {
        for piece in pieces {
            let madeMs = piece.claimed.message.createdAtMs
            let bound = RetryBound(startMs: madeMs, spanMs: max(0, piece.deadlineMs - madeMs))
            if let dead = try transaction.settle(.outbox, piece.claimed.claim, disposition, bound, nowMs: nowMs) {
                try transaction.refuseConversions([piece.eventID], dead, atMs: nowMs)
            }
        }
    }

    func refuse(_ messages: [ClaimedMessage], _ reason: Reason) async throws {
        let nowMs = clock.nowMs()
        for start in stride(from: 0, to: messages.count, by: Self.settledAtOnce) {
            let some = Array(messages[start..<min(start + Self.settledAtOnce, messages.count)])
            try await store.write { try Self.refuse(some, reason, nowMs: nowMs, in: $0) }
        }
    }

    private static func refuse(_ messages: [ClaimedMessage], _ reason: Reason, nowMs: Int64, in transaction: Transaction) throws {
        let dead = try messages.filter {
            try transaction.kill(.outbox, id: $0.claim.id, attempt: $0.claim.attempt, reason: reason.text, nowMs: nowMs)
        }
        try transaction.refuseConversions(dead.compactMap(\.message.eventID), reason, atMs: nowMs)
    }

    /// Meta does not take this one event: it waits in quarantine for somebody.
    func refuse(_ piece: ConversionPiece, _ refusal: EventsRefusal) async throws {
        let nowMs = clock.nowMs()
        let claim = piece.claimed.claim
        let reason = refusal.forOne(after: piece.repair)
        let byMeta = RefusedByMeta(path: refusal.placeInEvent, traceID: refusal.traceID)
        try await store.write { transaction in
            guard try transaction.kill(.outbox, id: claim.id, attempt: claim.attempt, reason: reason.text, nowMs: nowMs) else {
                return
            }
            try transaction.refuseConversions([piece.eventID], reason, byMeta, atMs: nowMs)
        }
    }

    /// Before a call: those that must not go twice are marked, so that a process that dies in it leaves a trace.
    func noteUnderWay(_ pieces: [ConversionPiece]) async throws {
        let single = pieces.filter { !$0.isRepeatable }.map(\.claimed.claim)
        guard !single.isEmpty else { return }
        try await store.write { try $0.noteUnderWay(single, reason: Reason.underWay.text) }
    }

    func report(_ disposition: Disposition, _ dataset: String, _ part: [ConversionPiece]) {
        let trace = part.first.map { TraceID(eventID: $0.eventID) }
        if case .hold(let gate, let reason) = disposition {
            WorkHeld(queue: .outbox, trace: trace, gate: gate.text, reason: reason.code).emit(to: logger)
        } else {
            ConversionsFailed(dataset: dataset, events: part.count, trace: trace, reason: disposition.reason.code).emit(
                to: logger)
        }
    }
}
