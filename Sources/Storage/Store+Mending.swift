package import Core
import Signing

extension Transaction {
    /// Lets conversions out of quarantine that are not refused again: as new deliveries, in the same transaction in which the old ones are
    /// replaced, so that none goes twice.
    ///
    /// `policies`: how the events of a source are judged; nil for one that is no longer configured. `rehearses`: only says what would be.
    package func mend(
        _ mendings: [Mending], policies: (String) -> SourcePolicy?, rehearses: Bool = false, nowMs: Int64
    ) throws -> [MendingOutcome] {
        var stored = StoredEvents()
        var outcomes: [MendingOutcome] = []
        var lots: [MendedLot] = []
        var seen: Set<Int64> = []
        for mending in mendings where seen.insert(mending.eventID).inserted {
            do {
                let (mended, findings) = try judge(mending, policies, &stored, nowMs: nowMs)
                if let mended, !rehearses { MendedLot.add(mended, to: &lots) }
                let fate = mended.map { MendingOutcome.Fate.mended(by: nil, held: $0.event.held) } ?? .refused
                outcomes.append(MendingOutcome(eventID: mending.eventID, fate: fate, findings: findings))
            } catch let denial as MendingDenial {
                outcomes.append(MendingOutcome(eventID: mending.eventID, fate: .denied(denial), findings: []))
            }
        }
        var heirs: [Int64: Int64] = [:]
        for lot in lots { heirs.merge(try send(lot, nowMs: nowMs)) { first, _ in first } }
        return outcomes.map { outcome in
            guard case .mended(_, let held) = outcome.fate, let heir = heirs[outcome.eventID] else { return outcome }
            return MendingOutcome(eventID: outcome.eventID, fate: .mended(by: heir, held: held), findings: outcome.findings)
        }
    }

    /// A conversion as it is kept: hashed, with what was noted of it. Nil where nothing of it can be read any more.
    package func storedEvent(of conversion: StoredConversion) throws(StoreError) -> JSON? {
        var stored = StoredEvents()
        return try stored.event(of: conversion, in: self)?.event
    }

    /// The event as it would go on, or nil where it is refused again, and what was found in it. Throws `MendingDenial`.
    private func judge(
        _ mending: Mending, _ policies: (String) -> SourcePolicy?, _ stored: inout StoredEvents, nowMs: Int64
    ) throws -> (MendedLot.Piece?, [ConversionFinding]) {
        guard let conversion = try conversion(mending.eventID) else { throw MendingDenial.unknown }
        guard conversion.state != .replaced else { throw MendingDenial.replaced(by: conversion.replacedBy) }
        guard conversion.isInQuarantine else { throw MendingDenial.notInQuarantine(conversion.state) }
        if let key = conversion.dedupeKey, let holder = try holder(of: key, workspace: conversion.workspace),
            holder != conversion.eventID
        {
            throw MendingDenial.replaced(by: holder)
        }
        if let twin = try twin(of: conversion) { throw MendingDenial.replaced(by: twin) }
        if conversion.mayBeAtMeta, !mending.isNamed { throw MendingDenial.maybeReceived }
        guard let policy = policies(conversion.source) else { throw MendingDenial.sourceGone }
        guard let (event, delivery) = try stored.event(of: conversion, in: self) else { throw MendingDenial.deliveryGone }
        let mended: MendedConversion
        do throws(ConversionEditFault) {
            mended = try MendedConversion(event, mending.edit, rules: policy.rules, nowMs: nowMs)
        } catch {
            throw MendingDenial.edit(error)
        }
        let hashed = mended.event.flatMap {
            HashedEvent.made(of: [$0], dataset: conversion.dataset, ids: policy.eventIDs).first
        }
        let hasMadeID = event[ConversionDecoder.ownMember]?["made_id"]?.truth ?? false
        // Meta was asked to take it: its copies have gone their own ways
        let place = ConversionPlace(position: Int(conversion.eventID % Self.eventID(seq: 1, position: 0)))
        let alone = conversion.state == .refused ? place.copy : nil
        let piece = hashed.map {
            MendedLot.Piece(
                conversion: conversion, event: $0.replacing(conversion.eventID, alone: alone, hasMadeID: hasMadeID),
                delivery: delivery, alone: alone)
        }
        return (piece, mended.findings)
    }

    /// The same event, which Meta has or is about to get: the one to mend was told after it, and its key is forgotten by now.
    private func twin(of conversion: StoredConversion) throws(StoreError) -> Int64? {
        guard let id = conversion.conversionID else { return nil }
        return try run(
            """
            SELECT event_id FROM conversion_events WHERE source = \(conversion.source) AND conversion_id = \(id)
                AND workspace_id = \(conversion.workspace) AND dataset = \(conversion.dataset) AND event_name = \(conversion.eventName)
                AND is_test = \(conversion.isTest) AND state IN ('waiting', 'forwarded') AND event_id <> \(conversion.eventID)
            ORDER BY event_id LIMIT 1
            """
        ).first.map { row throws(StoreError) in try row.int64("event_id") }
    }

    /// Which event has taken the place of each.
    private func send(_ lot: MendedLot, nowMs: Int64) throws(StoreError) -> [Int64: Int64] {
        let envelope = Envelope(mended: lot.pieces.map(\.event), of: lot.app, as: lot.request, target: lot.target)
        let seq = try append(envelope, receivedAtMs: nowMs)
        var heirs: [Int64: Int64] = [:]
        for (index, piece) in lot.pieces.enumerated() {
            let place = ConversionPlace(index: index, copy: piece.alone ?? 0)
            let heir = Self.eventID(seq: seq, position: place.position)
            try replace(piece.conversion, by: heir, nowMs: nowMs)
            heirs[piece.conversion.eventID] = heir
        }
        return heirs
    }
}

/// Mended events that go in one delivery: of one source, by one path, with the same beside them.
private struct MendedLot {
    struct Piece {
        let conversion: StoredConversion
        let event: HashedEvent
        let delivery: StoredDelivery
        /// For its dataset only, as which copy.
        let alone: Int?
    }

    let app: String
    let request: CapturedRequest
    let target: String
    private let parameters: ConversionParameters
    private(set) var pieces: [Piece]

    private init(_ piece: Piece, _ request: CapturedRequest) {
        app = piece.delivery.app
        self.request = request
        let dataset = piece.conversion.dataset
        target = ConversionDecoder.dataset(ofTarget: request.target) == dataset ? request.target : "/\(dataset)/events"
        parameters = ConversionDecoder.parameters(of: request.body)
        pieces = [piece]
    }

    static func add(_ piece: Piece, to lots: inout [MendedLot]) {
        guard let request = piece.delivery.request else { return }
        let lot = MendedLot(piece, request)
        let known = lots.firstIndex {
            $0.app == lot.app && $0.target == lot.target && $0.parameters == lot.parameters
                && $0.pieces.count < Limits.conversionsPerRequestMax
        }
        if let known { lots[known].pieces.append(piece) } else { lots.append(lot) }
    }
}

/// Deliveries of conversions, each unsealed and read once.
private struct StoredEvents {
    private struct Opened {
        let delivery: StoredDelivery
        let events: [JSON]
    }

    private var opened: [Int64: Opened?] = [:]

    /// Nil where nothing of it can be read.
    mutating func event(
        of conversion: StoredConversion, in transaction: Transaction
    ) throws(StoreError) -> (event: JSON, delivery: StoredDelivery)? {
        let unit = Transaction.eventID(seq: 1, position: 0)
        let (seq, position) = (conversion.eventID / unit, Int(conversion.eventID % unit))
        if opened[seq] == nil { opened[seq] = .some(try open(seq, in: transaction)) }
        guard let found = opened[seq] ?? nil, let event = found.events.conversion(at: position) else { return nil }
        return (event, found.delivery)
    }

    private func open(_ seq: Int64, in transaction: Transaction) throws(StoreError) -> Opened? {
        guard let delivery = try transaction.delivery(seq), delivery.kind == .conversions, let request = delivery.request else {
            return nil
        }
        return Opened(delivery: delivery, events: ConversionDecoder.values(in: request.body))
    }
}
