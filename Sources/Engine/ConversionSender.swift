import Core
import GraphAPI
import Logging
import Storage

/// Sends conversions to Meta: those of one dataset, source and set of request parameters in one call, up to a thousand.
///
/// A lot leaves when a thousand wait, or when its oldest has waited as long as its source lets it. Meta takes all events of a call or none; how
/// the bad ones are found is told in `ConversionRun`. A lost answer is no reason to wait where every event has one `event_id` for life,
/// because Meta drops what it has; an event without one is not sent twice.
///
/// A batch is finished within its lease: what there is no time for any more is given back, as it was.
struct ConversionSender: Sendable {
    let store: Store
    let workspaces: WorkspaceIndex
    let graph: GraphGateway
    /// What `touchstone hold` shuts: conversions are writes to Meta, too.
    let gate: WriteGate
    let desk: ConversionDesk
    let sources: SourceBook
    let clock: any WallClock
    let logger: Logger

    /// Whose conversions may share a call, before their parameters are known.
    private struct Lot: Hashable {
        let workspace: String
        let dataset: String
        let source: String

        init(workspace: String, reference: String) {
            let reference = try? JSON.parse(Array(reference.utf8))
            self.workspace = workspace
            dataset = reference?["dataset"]?.text ?? ""
            source = reference?["source"]?.text ?? ""
        }

        init(_ message: StoredMessage) { self.init(workspace: message.workspace, reference: message.reference) }
    }

    /// The lots of many messages: their references are few, and each is read once.
    private struct Lots {
        private var known: [String: [String: Lot]] = [:]

        mutating func lot(workspace: String, reference: String) -> Lot {
            if let lot = known[workspace]?[reference] { return lot }
            let lot = Lot(workspace: workspace, reference: reference)
            known[workspace, default: [:]][reference] = lot
            return lot
        }
    }

    /// What writing down an answer may take at the end of a lease.
    private static let settlingMs: Int64 = 5_000

    private func policy(_ source: String) -> ForwardingPolicy { sources.forwarding(of: source) }

    // MARK: claiming

    /// Messages of one workspace, dataset and source each, no more than fit into a call; of the lots whose time has come.
    func claim() async throws -> [[ClaimedMessage]] {
        let nowMs = clock.nowMs()
        let waiting = try await store.read {
            try $0.waitingConversions(dueAtMs: nowMs, limit: Limits.conversionsPerCallMax)
        }
        let ripe = ripe(waiting, nowMs: nowMs)
        guard ripe?.isEmpty != true else { return [] }
        let bootID = store.bootID
        let claimed = try await store.write {
            try $0.claimOutbox(
                nowMs: nowMs, leaseMs: Limits.leaseMs, limit: Limits.conversionsClaimMax, owner: bootID, conversions: true,
                among: ripe)
        }
        return Self.batches(claimed)
    }

    /// The ids of those that leave now; nil: all that are due, because there are enough for a call or all of these may leave.
    private func ripe(_ waiting: [WaitingConversion], nowMs: Int64) -> [Int64]? {
        guard waiting.count < Limits.conversionsPerCallMax else { return nil }
        var lots = Lots()
        var oldest: [Lot: Int64] = [:]
        let owners = waiting.map { message in
            let lot = lots.lot(workspace: message.workspace, reference: message.reference)
            oldest[lot] = min(oldest[lot] ?? .max, message.dueAtMs)
            return lot
        }
        let ripe = zip(waiting, owners).filter { _, lot in (oldest[lot] ?? .max) <= nowMs - policy(lot.source).lingerMs }
        return ripe.count == waiting.count && !ripe.isEmpty ? nil : ripe.map(\.0.id)
    }

    private static func batches(_ claimed: [ClaimedMessage]) -> [[ClaimedMessage]] {
        var batches: [[ClaimedMessage]] = []
        var lots = Lots()
        var open: [Lot: Int] = [:]
        for message in claimed {
            let lot = lots.lot(workspace: message.message.workspace, reference: message.message.reference)
            if let index = open[lot], batches[index].count < Limits.conversionsPerCallMax {
                batches[index].append(message)
            } else {
                open[lot] = batches.count
                batches.append([message])
            }
        }
        return batches
    }

    // MARK: sending

    func handle(_ batch: [ClaimedMessage]) async {
        guard let first = batch.first else { return }
        let lot = Lot(first.message)
        do {
            guard let workspace = workspaces[lot.workspace], let client = graph[lot.workspace] else {
                return try await refuse(batch, .workspaceGone)
            }
            let gate = Gate.dataset(lot.dataset)
            let (pieces, isGateClosed) = try await pieces(of: batch, policy(lot.source), gate)
            guard !pieces.isEmpty else { return try await letAnotherGo(gate) }
            var run = ConversionRun(
                sender: self, workspace: workspace, client: client, dataset: lot.dataset, isGateClosed: isGateClosed,
                lastCallMs: first.message.dueAtMs - Limits.outgoingCallMs - Self.settlingMs)
            for parcel in ConversionParcel.cut(pieces) { try await run.send(parcel) }
        } catch {
            // tried again when the leases end
            WorkNotSettled(queue: .outbox, id: first.claim.id, trace: first.trace, error: "\(error)").emit(to: logger)
        }
    }

    /// The events of the messages, built from their deliveries; a message without one is ended here.
    private func pieces(
        of batch: [ClaimedMessage], _ policy: ForwardingPolicy, _ gate: Gate
    ) async throws -> (pieces: [ConversionPiece], isGateClosed: Bool) {
        let nowMs = clock.nowMs()
        let (found, isGateClosed) = try await store.read { transaction in
            (try transaction.pieces(batch, policy, nowMs: nowMs), try transaction.isClosed(gate))
        }
        var pieces: [ConversionPiece] = []
        var unsent: [Reason: [ClaimedMessage]] = [:]
        for (claimed, piece) in zip(batch, found) {
            switch piece {
            case .success(let piece): pieces.append(piece)
            case .failure(let failure): unsent[failure.reason, default: []].append(claimed)
            }
        }
        for (reason, messages) in unsent { try await refuse(messages, reason) }
        return (pieces.sorted { $0.eventID < $1.eventID }, isGateClosed)  // as they came in, whichever job was done first
    }

    /// Nothing was sent, so that nothing was learnt of a gate that waits for it: another one that waits goes ahead.
    private func letAnotherGo(_ gate: Gate) async throws {
        let nowMs = clock.nowMs()
        let draw = Int64.random(in: 0..<1_000_000)
        try await store.write { transaction in
            if try transaction.isClosed(gate) { _ = try transaction.reopenAny(gate, draw: draw, nowMs: nowMs) }
        }
    }
}

extension Reason {
    fileprivate static let workspaceGone = Reason("workspace_gone", "The workspace is no longer in the configuration.")
}
