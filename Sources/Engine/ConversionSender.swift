import Core
import GraphAPI
import Logging
import Storage

/// Sends conversions to Meta: those of one dataset, source and set of request parameters in one call, up to a thousand.
///
/// Meta takes all events of a call or none. After a permanent refusal the bad ones are looked for, by the place that Meta names or by halves;
/// they are refused one by one, the others leave. A lost answer is no reason to wait: every event has one `event_id` for life, and
/// Meta drops what it has.
///
/// A batch is finished within its lease: what there is no time for any more is given back, as it was.
struct ConversionSender: Sendable {
    let store: Store
    let workspaces: WorkspaceIndex
    let graph: GraphGateway
    /// What `touchstone hold` shuts: conversions are writes to Meta, too.
    let gate: WriteGate
    let clock: any WallClock
    let logger: Logger

    /// Whose conversions may share a call, before their parameters are known.
    private struct Lot: Hashable {
        let workspace: String
        let dataset: String
        let source: String

        init(_ message: StoredMessage) {
            let reference = try? JSON.parse(Array(message.reference.utf8))
            workspace = message.workspace
            dataset = reference?["dataset"]?.text ?? ""
            source = reference?["source"]?.text ?? ""
        }
    }

    /// Messages of one workspace, dataset and source each, no more than fit into a call.
    func claim() async throws -> [[ClaimedMessage]] {
        let nowMs = clock.nowMs()
        let bootID = store.bootID
        let isDue = try await store.read { try $0.nextDue(.outbox, conversions: true).map { $0 <= nowMs } ?? false }
        guard isDue else { return [] }
        let claimed = try await store.write {
            try $0.claimOutbox(
                nowMs: nowMs, leaseMs: Limits.leaseMs, limit: Limits.conversionsClaimMax, owner: bootID, conversions: true)
        }
        var batches: [[ClaimedMessage]] = []
        var open: [Lot: Int] = [:]
        for message in claimed {
            let lot = Lot(message.message)
            if let index = open[lot], batches[index].count < Limits.conversionsPerCallMax {
                batches[index].append(message)
            } else {
                open[lot] = batches.count
                batches.append([message])
            }
        }
        return batches
    }

    func handle(_ batch: [ClaimedMessage]) async {
        guard let first = batch.first else { return }
        let lot = Lot(first.message)
        do {
            guard let workspace = workspaces[lot.workspace], let client = graph[lot.workspace] else {
                return try await finish(batch, .failed(.cancel(.workspaceGone)))
            }
            let pieces = try await pieces(of: batch)
            guard !pieces.isEmpty else { return try await letAnotherGo(.dataset(lot.dataset)) }
            var run = Run(
                workspace: workspace, client: client, dataset: lot.dataset,
                lastCallMs: first.message.dueAtMs - Limits.outgoingCallMs - Self.settlingMs)
            for parcel in ConversionParcel.cut(pieces) { try await send(parcel, &run) }
        } catch {
            // tried again when the leases end
            WorkNotSettled(queue: .outbox, id: first.claim.id, trace: first.trace, error: "\(error)").emit(to: logger)
        }
    }

    /// What writing down an answer may take at the end of a lease.
    private static let settlingMs: Int64 = 5_000
    /// Messages that are settled in one transaction, so that no append waits long.
    private static let settledAtOnce = 250

    /// The events of the messages, built from their deliveries; a message without one is ended here.
    private func pieces(of batch: [ClaimedMessage]) async throws -> [ConversionPiece] {
        let nowMs = clock.nowMs()
        let found = try await store.read { transaction in
            var opened: [Int64: OpenedConversions?] = [:]
            return try batch.map { try transaction.piece($0, nowMs: nowMs, opened: &opened) }
        }
        var pieces: [ConversionPiece] = []
        for (claimed, piece) in zip(batch, found) {
            switch piece {
            case .success(let piece): pieces.append(piece)
            case .failure(let failure): try await finish([claimed], .failed(.cancel(failure.reason)))
            }
        }
        return pieces.sorted { $0.eventID < $1.eventID }  // as they came in, whichever job was done first
    }

    /// Nothing was sent, so that nothing was learnt of a gate that waits for it: the next one that waits goes ahead.
    private func letAnotherGo(_ gate: Gate) async throws {
        let nowMs = clock.nowMs()
        try await store.write { transaction in
            if try transaction.isClosed(gate) { _ = try transaction.reopenOne(.outbox, gate: gate, nowMs: nowMs) }
        }
    }

    // MARK: calls

    /// What one batch may still do.
    private struct Run {
        let workspace: Workspace
        let client: GraphClient
        let dataset: String
        /// No call begins later: it would end after the lease.
        let lastCallMs: Int64
        var callsLeft = Limits.conversionCallsMax
        /// Set by what concerns the token, the dataset or the line: no further call makes sense now.
        var stopped: Disposition?
    }

    /// Sends a parcel whole, then its parts as far as it must be taken apart.
    private func send(_ parcel: ConversionParcel, _ run: inout Run) async throws {
        var parts = [parcel.pieces[...]]
        while let part = parts.popLast() {
            guard !part.isEmpty else { continue }
            if run.stopped == nil, let reason = noCall(run) { run.stopped = .snooze(untilMs: clock.nowMs(), reason) }
            if let stopped = run.stopped {
                try await finish(part.map(\.claimed), .failed(stopped))
                continue
            }
            run.callsLeft -= 1
            switch await call(parcel, part, run) {
            case .sent(let trace): try await finish(part.map(\.claimed), .sent(trace: trace, dataset: run.dataset))
            case .stop(let disposition):
                run.stopped = disposition
                report(disposition, run.dataset, part)
                try await finish(part.map(\.claimed), .failed(disposition))
            case .refused(let refusal): parts += try await takenApart(part, refusal, run)
            case .tooMuch(let reason):
                guard part.count > 1 else {
                    try await finish(part.map(\.claimed), .failed(.retry(reason)))
                    continue
                }
                parts += Self.halves(part)
            }
        }
    }

    private func noCall(_ run: Run) -> Reason? {
        if clock.nowMs() > run.lastCallMs { return Reason("lease_short", "The rest of the batch goes with the next one.") }
        return run.callsLeft > 0 ? nil : Reason("calls_used", "The rest of the batch goes with the next one.")
    }

    private enum Answer {
        case sent(trace: String)
        /// The events are refused for good.
        case refused(EventsRefusal)
        case tooMuch(Reason)
        /// It is not about these events.
        case stop(Disposition)
    }

    private func call(_ parcel: ConversionParcel, _ part: ArraySlice<ConversionPiece>, _ run: Run) async -> Answer {
        let name = run.workspace.name
        if let refusal = gate.enter(name) { return .stop(refusal) }
        defer { gate.leave(name) }
        do throws(GraphError) {
            let answer = try await run.client.sendEvents(dataset: run.dataset, body: parcel.body(part))
            guard answer.eventsReceived >= part.count else {
                // which ones is not said; all of them have their ids, so that they may go again
                return .stop(
                    .retry(Reason("partly_received", "Meta counted fewer events than were sent.", remedy: "It is tried again.")))
            }
            return .sent(trace: answer.traceID)
        } catch {
            if let refusal = error.eventsRefusal { return .refused(refusal) }
            let nowMs = clock.nowMs()
            graph.note(error, app: run.workspace.app, account: nil, kind: .write, nowMs: nowMs)
            switch disposition(of: error, run, nowMs: nowMs) {
            case .split(let reason): return .tooMuch(reason)
            case let other: return .stop(other)
            }
        }
    }

    /// A refused token is the workspace's own: all its calls wait for it, and the probe asks with it.
    private func disposition(of error: GraphError, _ run: Run, nowMs: Int64) -> Disposition {
        if case .refused(let refusal) = error, refusal.kind == .reauth {
            return .hold(.token(workspace: run.workspace.name), refusal.reason)
        }
        return error.disposition(nowMs: nowMs, workspace: run.workspace.name, account: nil, dataset: run.dataset)
    }

    /// What is left to be sent of a refused part; the event that is to blame, once it is known, is refused.
    private func takenApart(_ part: ArraySlice<ConversionPiece>, _ refusal: EventsRefusal, _ run: Run) async throws
        -> [ArraySlice<ConversionPiece>]
    {
        let blamed = part.count == 1 ? 0 : refusal.index
        guard let blamed, part.indices.contains(part.startIndex + blamed) else { return Self.halves(part) }
        let place = part.startIndex + blamed
        ConversionRefused(dataset: run.dataset, eventID: part[place].eventID, reason: refusal.reason.code).emit(to: logger)
        try await finish([part[place].claimed], .failed(.cancel(refusal.forOne)))
        return [ArraySlice(part[..<place] + part[(place + 1)...])]
    }

    private static func halves(_ part: ArraySlice<ConversionPiece>) -> [ArraySlice<ConversionPiece>] {
        let middle = part.startIndex + part.count / 2
        return [part[middle...], part[..<middle]]
    }

    private func report(_ disposition: Disposition, _ dataset: String, _ part: ArraySlice<ConversionPiece>) {
        let trace = part.first.map { TraceID(eventID: $0.eventID) }
        if case .hold(let gate, let reason) = disposition {
            WorkHeld(queue: .outbox, trace: trace, gate: gate.text, reason: reason.code).emit(to: logger)
        } else {
            ConversionsFailed(dataset: dataset, events: part.count, trace: trace, reason: disposition.reason.code).emit(
                to: logger)
        }
    }

    // MARK: the end of messages

    private enum Fate: Sendable {
        case sent(trace: String, dataset: String)
        case failed(Disposition)
    }

    /// Message and conversion end together. Of a lease that ran out nothing is written down: who has it now sends again, and Meta drops it.
    private func finish(_ messages: [ClaimedMessage], _ fate: Fate) async throws {
        let nowMs = clock.nowMs()
        let draw = Int64.random(in: 0..<1_000_000)  // one for all, so that what goes together stays together
        for start in stride(from: 0, to: messages.count, by: Self.settledAtOnce) {
            let some = Array(messages[start..<min(start + Self.settledAtOnce, messages.count)])
            try await store.write { try Self.settle(some, fate, draw: draw, nowMs: nowMs, in: $0) }
        }
    }

    private static func settle(
        _ messages: [ClaimedMessage], _ fate: Fate, draw: Int64, nowMs: Int64, in transaction: Transaction
    ) throws {
        switch fate {
        case .sent(let trace, let dataset):
            let done = try messages.filter { try transaction.complete(.outbox, $0.claim, nowMs: nowMs) }
            try transaction.setConversionState(
                done.compactMap(\.message.eventID), .forwarded, reason: nil, traceID: trace, atMs: nowMs)
            let gate = Gate.dataset(dataset)
            if try transaction.isClosed(gate) { _ = try transaction.release(gate, nowMs: nowMs) }
        case .failed(.cancel(let reason)): try refuse(messages, reason, nowMs: nowMs, in: transaction)
        case .failed(.retry(let reason)), .failed(.split(let reason)):
            for message in messages {
                guard !message.isTriedTooLong(nowMs: nowMs) else {
                    try refuse([message], .triedTooLong(reason), nowMs: nowMs, in: transaction)
                    continue
                }
                let delayMs = Backoff.delayMs(attempt: Int(message.claim.tries), draw: draw)
                _ = try transaction.retry(
                    .outbox, id: message.claim.id, attempt: message.claim.attempt, dueAtMs: nowMs + delayMs, reason: reason.text)
            }
        case .failed(let other):
            for message in messages {
                let dead = try transaction.settle(.outbox, message.claim, other, message.bound, nowMs: nowMs)
                if let dead, let eventID = message.message.eventID {
                    try transaction.setConversionState([eventID], .refused, reason: dead.text, traceID: nil, atMs: nowMs)
                }
            }
        }
    }

    private static func refuse(_ messages: [ClaimedMessage], _ reason: Reason, nowMs: Int64, in transaction: Transaction) throws {
        let dead = try messages.filter {
            try transaction.kill(.outbox, id: $0.claim.id, attempt: $0.claim.attempt, reason: reason.text, nowMs: nowMs)
        }
        try transaction.setConversionState(
            dead.compactMap(\.message.eventID), .refused, reason: reason.text, traceID: nil, atMs: nowMs)
    }
}

extension ClaimedMessage {
    /// Whether an attempt that failed is the last: a day later Meta may no longer know that it has the event.
    ///
    /// Counted from when the message was made, because the first attempt comes right after it, unless it was held: then that one counts.
    fileprivate func isTriedTooLong(nowMs: Int64) -> Bool {
        claim.tries > 1 && nowMs - message.createdAtMs > Limits.conversionRetryMs
    }
}

extension EventsRefusal {
    /// Why this one event is refused: with Meta's numbers, and the field that it names.
    fileprivate var forOne: Reason {
        let numbers = "code \(code)" + (subcode.map { ", subcode \($0)" } ?? "")
        let field =
            path.flatMap { $0.split(separator: "]").last?.filter { $0.isLetter || $0 == "_" } }.map { ", field \($0)" } ?? ""
        return Reason(reason.code, "\(reason.sentence) (Meta: \(numbers)\(field))", remedy: reason.remedy)
    }
}

extension Reason {
    fileprivate static let workspaceGone = Reason("workspace_gone", "The workspace is no longer in the configuration.")

    fileprivate static func triedTooLong(_ last: Reason) -> Reason {
        Reason(
            "tried_too_long", "Meta did not take it within 48 hours; the last time: \(last.code).",
            remedy: "Retry it by hand if Meta can't have it yet.")
    }
}
