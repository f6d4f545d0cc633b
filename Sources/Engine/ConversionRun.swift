import Core
import GraphAPI
import Storage

/// One batch on its way: what it may still do, and what was learnt on the way.
///
/// After a permanent refusal the bad events are looked for, by the place that Meta names or by halves (`Bisection`). One that is found
/// is mended once, where Meta's reason allows it, and goes again, alone until that has helped one; else it is refused, and the others
/// leave. When one after the other is refused for the same reason, and the last of those that are left are, too, it is the dataset's
/// fault and not theirs: all wait at its gate.
struct ConversionRun {
    let sender: ConversionSender
    let workspace: Workspace
    let client: GraphClient
    let dataset: String
    /// The dataset's events wait already; this batch went ahead to see.
    let isGateClosed: Bool
    /// No call begins later: it would end after the lease.
    let lastCallMs: Int64
    private var callsLeft = Limits.conversionCallsMax
    /// Set by what concerns the token, the dataset or the line: no further call makes sense now.
    private var stopped: Disposition?
    /// Meta took events of this batch.
    private var hasTaken = false
    /// Changes after which it took what it had refused.
    private var provenRepairs: Set<EventRepair> = []
    /// Meta took events of this batch, or said which it does not take: it is there, and works.
    private var hasJudged = false
    /// Calls in a row whose answers were lost.
    private var lostInRow = 0
    /// Calls in a row that it refused for a passing reason.
    private var putOffInRow = 0

    init(
        sender: ConversionSender, workspace: Workspace, client: GraphClient, dataset: String, isGateClosed: Bool,
        lastCallMs: Int64
    ) {
        self.sender = sender
        self.workspace = workspace
        self.client = client
        self.dataset = dataset
        self.isGateClosed = isGateClosed
        self.lastCallMs = lastCallMs
    }

    /// A parcel that is being taken apart.
    private struct Search {
        let parcel: ConversionParcel
        var pieces: [ConversionPiece]
        var bisection: Bisection
        /// Ended, though the bisection does not know it.
        var ended: Set<Int> = []
        /// What the last refused call was refused for.
        var refusal: EventsRefusal?
        /// Found one after the other, for the same reason, with nothing taken in between. Not ended yet.
        var suspects: [ConversionPiece] = []
        /// So many of the last of what was left were asked for alone, one after the other.
        var lastAsked = 0

        init(_ parcel: ConversionParcel) {
            self.parcel = parcel
            pieces = parcel.pieces
            bisection = Bisection(count: parcel.pieces.count)
        }

        var left: [ConversionPiece] { bisection.left.filter { !ended.contains($0) }.map { pieces[$0] } }
    }

    private var place: ConversionDesk.Place { .init(workspace: workspace.name, dataset: dataset) }

    /// Sends a parcel whole, then its parts as far as it must be taken apart.
    mutating func send(_ parcel: ConversionParcel) async throws {
        var search = Search(parcel)
        while stopped == nil, let step = search.bisection.next() {
            switch step {
            case .send(let places): try await call(places, &search)
            case .bad(let place): try await blame(place, &search)
            }
        }
        try await endSuspects(&search)
        if let stopped { try await sender.finish(search.left, .failed(forTheRest(stopped), .none)) }
    }

    /// What was in no call that failed has not failed: it waits for nothing but the next batch, where Meta is there.
    private func forTheRest(_ stopped: Disposition) -> Disposition {
        guard hasJudged, case .retry = stopped else { return stopped }
        return .snooze(
            untilMs: sender.clock.nowMs() + Limits.conversionRestMs,
            Reason("batch_stopped", "The batch stopped before its turn.", remedy: "Nothing to do: it goes with the next one."))
    }

    // MARK: calls

    private mutating func call(_ places: [Int], _ search: inout Search) async throws {
        let part = places.map { search.pieces[$0] }
        let mayBeThere = lostInRow > 0  // the same part, then
        if let reason = noCall() {
            return try await stop(.snooze(untilMs: sender.clock.nowMs(), reason), mayBeThere ? .unknown : .none, places, &search)
        }
        callsLeft -= 1
        try await sender.noteUnderWay(part)
        let answer = await answer(to: search.parcel.body(part), count: part.count)
        if mayAskAgain(answer, part) { return }  // the same is next
        switch answer {
        case .sent(let trace):
            (hasTaken, hasJudged) = (true, true)
            provenRepairs.formUnion(part.compactMap(\.change))
            search.bisection.taken()
            try await endSuspects(&search)
            try await settle(part, trace)
        case .refused(let refusal):
            hasJudged = true
            search.refusal = refusal
            search.bisection.refused(index: refusal.index)
        case .tooMuch(let reason):
            guard let place = search.bisection.tooMuch() else { return }
            try await sender.finish([search.pieces[place]], .failed(.retry(reason), .none))
        case .stop(let disposition, let exposure):
            sender.report(disposition, dataset, part)
            try await stop(disposition, mayBeThere ? .unknown : exposure, places, &search)
        }
    }

    /// No further call. What may be there already is tried again, and the time in which that is safe begins.
    private mutating func stop(
        _ disposition: Disposition, _ exposure: Exposure, _ places: [Int], _ search: inout Search
    ) async throws {
        stopped = disposition
        search.ended.formUnion(places)
        let own = exposure == .unknown ? Disposition.retry(disposition.reason) : disposition
        try await sender.finish(places.map { search.pieces[$0] }, .failed(own, exposure))
    }

    /// A lost answer is asked for again at once: Meta drops what it has. So is one that says to come again, where Meta has just judged
    /// others of the batch: to take a thousand apart needs many calls, and would never end if each that fails ended it. Not for ever,
    /// because who answers so may be down.
    private mutating func mayAskAgain(_ answer: Answer, _ part: [ConversionPiece]) -> Bool {
        switch answer {
        case .stop(.retry, .unknown):
            lostInRow += 1
            return lostInRow < Limits.conversionLostInRowMax && part.allSatisfy(\.isRepeatable) && !Task.isCancelled
        case .stop(.retry, _):
            putOffInRow += 1
            return hasJudged && putOffInRow < Limits.conversionPutOffInRowMax && !Task.isCancelled
        case .sent, .refused, .tooMuch, .stop:
            (lostInRow, putOffInRow) = (0, 0)
            return false
        }
    }

    private func noCall() -> Reason? {
        if sender.clock.nowMs() > lastCallMs { return Reason("lease_short", "The rest of the batch goes with the next one.") }
        return callsLeft > 0 ? nil : Reason("calls_used", "The rest of the batch goes with the next one.")
    }

    private enum Answer {
        case sent(trace: String)
        /// The events are refused for good.
        case refused(EventsRefusal)
        case tooMuch(Reason)
        /// It is not about these events.
        case stop(Disposition, Exposure)
    }

    private func answer(to body: [UInt8], count: Int) async -> Answer {
        if let refusal = sender.gate.enter(workspace.name) { return .stop(refusal, .none) }
        defer { sender.gate.leave(workspace.name) }
        if let wait = sender.desk.enter(place) { return .stop(wait, .none) }
        do throws(GraphError) {
            let answer = try await client.sendEvents(dataset: dataset, body: body)
            sender.desk.leave(place, success: true)
            guard answer.eventsReceived >= count else {
                // which ones is not said
                return .stop(
                    .retry(Reason("partly_received", "Meta counted fewer events than were sent.", remedy: "It is tried again.")),
                    .unknown)
            }
            return .sent(trace: answer.traceID)
        } catch {
            sender.desk.leave(place, success: error.isAnswer)
            if let refusal = error.eventsRefusal { return .refused(refusal) }
            let nowMs = sender.clock.nowMs()
            sender.graph.note(error, app: workspace.app, account: nil, kind: .write, nowMs: nowMs)
            switch disposition(of: error, nowMs: nowMs) {
            case .split(let reason): return .tooMuch(reason)
            case let other: return .stop(other, error.exposure)
            }
        }
    }

    /// A refused token is the workspace's own: all its calls wait for it, and the probe asks with it.
    private func disposition(of error: GraphError, nowMs: Int64) -> Disposition {
        if case .refused(let refusal) = error, refusal.kind == .reauth {
            return .hold(.token(workspace: workspace.name), refusal.reason)
        }
        return error.disposition(nowMs: nowMs, workspace: workspace.name, account: nil, dataset: dataset)
    }

    // MARK: what came of it

    /// What was mended is told apart, each with what was changed.
    private func settle(_ part: [ConversionPiece], _ trace: String) async throws {
        let asTheyCame = part.filter { $0.repair == nil }
        if !asTheyCame.isEmpty { try await sender.finish(asTheyCame, .sent(trace: trace, place, note: nil)) }
        for (note, mended) in Dictionary(grouping: part.filter { $0.repair != nil }, by: \.repair) {
            try await sender.finish(mended, .sent(trace: trace, place, note: note))
        }
    }

    /// The event that the last refusal was about.
    private mutating func blame(_ place: Int, _ search: inout Search) async throws {
        guard let refusal = search.refusal else { return }
        let piece = search.pieces[place]
        if let mended = piece.mended(after: refusal) {
            search.pieces[place] = mended
            search.lastAsked = 0
            let isProven = mended.change.map { provenRepairs.contains($0) } ?? false
            search.bisection.putBack(place, alone: !isProven)
            return
        }
        if let before = search.suspects.last?.refusal, !before.isLike(refusal) { try await endSuspects(&search) }
        search.suspects.append(piece.refused(refusal))
        let inRowMax = refusal.isOfSetup ? 1 : Limits.conversionsRefusedInRowMax
        guard search.suspects.count >= inRowMax, !refusal.isOfEvent, !sender.desk.isTrusted(self.place) else { return }
        // The last one may be bad by chance where some of a batch are.
        let lastMax = refusal.isOfSetup ? 1 : Limits.conversionsLastAskedMax
        if search.lastAsked < lastMax, search.bisection.askLast() {
            search.lastAsked += 1
        } else if search.lastAsked > 0 || !hasTaken {
            let disposition = Disposition.hold(.dataset(dataset), refusal.forAll)
            stopped = disposition
            sender.report(disposition, dataset, search.suspects)
            try await sender.finish(search.suspects, .failed(disposition, .none))
            search.suspects = []
        }
    }

    /// Those that were found are refused, now that it is known to be their own fault; those that went ahead to a closed gate go back to it.
    private func endSuspects(_ search: inout Search) async throws {
        let suspects = search.suspects
        (search.suspects, search.lastAsked) = ([], 0)
        guard let first = suspects.first?.refusal else { return }
        if isGateClosed, !hasTaken, !sender.desk.isTrusted(place) {
            try await sender.finish(suspects, .failed(.hold(.dataset(dataset), first.forAll), .none))
            return
        }
        for piece in suspects {
            guard let refusal = piece.refusal else { continue }
            ConversionRefused(dataset: dataset, eventID: piece.eventID, reason: refusal.reason.code).emit(to: sender.logger)
            try await sender.refuse(piece, refusal)
        }
    }
}

/// Whether Meta may have what was sent.
enum Exposure: Sendable {
    /// Surely not.
    case none
    /// It answered, and not that it took it.
    case answered
    /// Nobody knows.
    case unknown
}

extension GraphError {
    fileprivate var exposure: Exposure {
        switch self {
        case .refused: .answered
        case .answerLost, .unreadable, .timedOut, .broken: .unknown
        case .notSent, .tooLarge, .tooManyPages, .cancelled, .badID, .unusable: .none
        }
    }

    /// Whether somebody was there who can answer: an error of the server itself is none. Nil: nobody was asked, or we hung up.
    fileprivate var isAnswer: Bool? {
        switch self {
        case .refused(let refusal): refusal.kind != .retry || refusal.httpStatus < 500
        case .answerLost(.cancelled), .cancelled, .badID, .unusable, .tooManyPages: nil
        case .answerLost, .unreadable, .timedOut, .broken, .notSent: false
        case .tooLarge: true
        }
    }
}
