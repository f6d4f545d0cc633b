import Core
import GraphAPI
import Signing
import Storage

/// One conversion, ready to go.
struct ConversionPiece: Sendable {
    let claimed: ClaimedMessage
    let eventID: Int64
    /// The event as Meta gets it.
    private(set) var json: [UInt8]
    /// After this Meta takes it no more, in ms since 1970.
    let deadlineMs: Int64
    let kin: Kin
    /// Meta drops a second receipt of it: it may go again when nobody knows whether it arrived.
    let isRepeatable: Bool
    /// What was changed in it after a refusal.
    private(set) var change: EventRepair?
    /// The same, and why, for people.
    private(set) var repair: Reason?
    /// What it was refused for, alone.
    private(set) var refusal: EventsRefusal?

    /// What events of one call have in common.
    struct Kin: Hashable, Sendable {
        let parameters: ConversionParameters
        /// A stage of a lead: one bad lead id refuses the whole call, so these travel among themselves.
        let isLeadStage: Bool
    }

    func refused(_ refusal: EventsRefusal) -> ConversionPiece {
        var piece = self
        piece.refusal = refusal
        return piece
    }

    /// The event without what Meta refused of it; nil when there is nothing to mend, or it was mended before.
    func mended(after refusal: EventsRefusal) -> ConversionPiece? {
        guard repair == nil, let change = refusal.repair, let event = try? JSON.parse(json), let mended = change.made(in: event)
        else {
            return nil
        }
        var piece = self
        piece.json = mended.bytes()
        piece.change = change
        piece.repair = Reason("mended", "\(refusal.words) \(change.sentence)")
        return piece
    }
}

/// What one call takes.
struct ConversionParcel: Sendable {
    let parameters: ConversionParameters
    private(set) var pieces: [ConversionPiece] = []
    private var bytes = 0

    init(parameters: ConversionParameters) { self.parameters = parameters }

    /// Pieces of one kin, cut at Meta's number, ours of bytes, and few lead stages; the order of claiming is kept.
    static func cut(_ pieces: [ConversionPiece]) -> [ConversionParcel] {
        var parcels: [ConversionParcel] = []
        var order: [ConversionPiece.Kin] = []
        var open: [ConversionPiece.Kin: Int] = [:]
        var full: [Int] = []
        for piece in pieces {
            let place = open[piece.kin]
            if let place, parcels[place].fits(piece) {
                parcels[place].add(piece)  // in place: a parcel is not copied for each of its pieces
                continue
            }
            if let place { full.append(place) } else { order.append(piece.kin) }
            open[piece.kin] = parcels.count
            parcels.append(ConversionParcel(parameters: piece.kin.parameters))
            parcels[parcels.count - 1].add(piece)
        }
        return (full + order.compactMap { open[$0] }).map { parcels[$0] }
    }

    private func fits(_ piece: ConversionPiece) -> Bool {
        let countMax = piece.kin.isLeadStage ? Limits.leadStagesPerCallMax : Limits.conversionsPerCallMax
        return pieces.isEmpty || (pieces.count < countMax && bytes + piece.json.count <= Limits.conversionsCallBytesMax)
    }

    private mutating func add(_ piece: ConversionPiece) {
        pieces.append(piece)
        bytes += piece.json.count + 1
    }

    /// The body of a call with these pieces.
    func body(_ pieces: [ConversionPiece]) -> [UInt8] {
        var body = Array(#"{"data":["#.utf8)
        body.reserveCapacity(bytes + 1_024)
        for (index, piece) in pieces.enumerated() {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            body += piece.json
        }
        body.append(UInt8(ascii: "]"))
        for member in parameters.members {
            body += Array(",".utf8) + JSON.string(member.key).bytes() + Array(":".utf8) + member.value.bytes()
        }
        body.append(UInt8(ascii: "}"))
        return body
    }
}

extension Transaction {
    /// What claimed messages of one source stand for, in their order; a reason for each that can't be sent.
    func pieces(_ batch: [ClaimedMessage], _ policy: ForwardingPolicy, nowMs: Int64) throws -> [Result<
        ConversionPiece, Reason.Failure
    >] {
        let stored = try conversions(batch.compactMap(\.message.eventID))
        var opened: [Int64: OpenedConversions?] = [:]
        return try batch.map { claimed in
            guard let conversion = claimed.message.eventID.flatMap({ stored[$0] }) else {
                return .failure(.init(reason: Reason("conversion_gone", "The conversion is no longer stored.")))
            }
            let unit = Self.eventID(seq: 1, position: 0)
            let (seq, position) = (conversion.eventID / unit, Int(conversion.eventID % unit))
            if opened[seq] == nil { opened[seq] = .some(try delivery(seq).flatMap { OpenedConversions($0, policy) }) }
            guard let delivery = opened[seq] ?? nil, let event = delivery.events.conversion(at: position) else {
                return .failure(.init(reason: .deliveryGone))
            }
            return delivery.piece(claimed, conversion, event, position, nowMs: nowMs)
        }
    }
}

/// A delivery of conversions, unsealed and read.
struct OpenedConversions: Sendable {
    let events: [JSON]
    private let parameters: ConversionParameters
    private let policy: ForwardingPolicy
    private let seq: Int64
    private let receivedAtMs: Int64

    init?(_ delivery: StoredDelivery, _ policy: ForwardingPolicy) {
        guard delivery.kind == .conversions, let request = delivery.request, let document = try? JSON.parse(request.body) else {
            return nil
        }
        events = document["data"]?.items ?? []
        parameters = ConversionParameters { name in
            let isStripped = policy.testEvents == .strip && name == "test_event_code"
            return isStripped ? nil : document[name]?.text
        }
        self.policy = policy
        (seq, receivedAtMs) = (delivery.seq, delivery.receivedAtMs)
    }

    fileprivate func piece(
        _ claimed: ClaimedMessage, _ conversion: StoredConversion, _ stored: JSON, _ position: Int, nowMs: Int64
    ) -> Result<ConversionPiece, Reason.Failure> {
        guard parameters.testEventCode == nil || policy.testEvents == .forward else {
            return .failure(.init(reason: .testEvent))  // the handler leaves it out; this one was queued under another setting
        }
        let event = forwardable(stored, at: position, dataset: conversion.dataset)
        let isRepeatable = event["event_id"]?.text?.isEmpty == false || conversion.actionSource == "physical_store"
        let deadlineMs = Self.deadlineMs(of: event, conversion)
        guard nowMs <= deadlineMs else { return .failure(.init(reason: .tooOld)) }
        if let reason = claimed.doubt(isRepeatable: isRepeatable, nowMs: nowMs) { return .failure(.init(reason: reason)) }
        return .success(
            ConversionPiece(
                claimed: claimed, eventID: conversion.eventID, json: event.bytes(), deadlineMs: deadlineMs,
                kin: .init(parameters: parameters, isLeadStage: event["user_data"]?["lead_id"] != nil),
                isRepeatable: isRepeatable))
    }

    /// The event without our own member, and with an `event_id` unless its source wants none made.
    ///
    /// An event that came without one gets one that is made of what is stored, the same at every attempt: only so can it be sent again after
    /// an answer was lost. A website event has a browser twin, if any, without a matching id, so that Meta can't tell the two apart by id; it
    /// could not have done so before either, and its other key (`fbp`, `external_id`) works as it did.
    func forwardable(_ stored: JSON, at position: Int, dataset: String) -> JSON {
        let event = ConversionDecoder.forwardable(stored)
        guard case .object(var object) = event, (object["event_id"] ?? .null).isNull || object["event_id"]?.text == "" else {
            return event
        }
        guard policy.eventIDs.choice(for: object["action_source"]?.text) == .derive else { return event }
        let origin = "\(dataset)\n\(seq)\n\(position)\n\(receivedAtMs)\n" + event.encoded(sortedKeys: true)
        object["event_id"] = .string("ts-\(SHA256.hex(Array(origin.utf8)).prefix(32))")
        return .object(object)
    }

    /// Meta takes events of up to 7 days, of up to 62 from a physical shop, and attributions for 48 hours after what they are about.
    private static func deadlineMs(of event: JSON, _ conversion: StoredConversion) -> Int64 {
        let isStore = conversion.actionSource == "physical_store"
        let age = isStore ? Limits.storeConversionAgeMaxSeconds : Limits.conversionAgeMaxSeconds
        let deadlineMs = (conversion.eventTimeSeconds + age) * 1_000
        guard conversion.eventName == ConversionDecoder.attribution else { return deadlineMs }
        let originalSeconds = event["original_event_data"]?["event_time"]?.integer ?? conversion.eventTimeSeconds
        return min(deadlineMs, (originalSeconds + Limits.attributionAgeMaxSeconds) * 1_000)
    }
}

extension ClaimedMessage {
    /// When Meta may have got it first; nil: it can't have it, or a person said to try again from the beginning.
    var firstAttemptMs: Int64? { claim.tries > 1 ? message.firstAttemptMs : nil }

    /// Why it must not go again, because Meta may have it and might count it twice.
    fileprivate func doubt(isRepeatable: Bool, nowMs: Int64) -> Reason? {
        let last = message.reason.flatMap { $0.split(separator: ":").first.map(String.init) } ?? "unknown"
        if !isRepeatable, last == Reason.underWay.code { return .maybeReceived("stopped") }
        guard let firstAttemptMs, nowMs - firstAttemptMs > Limits.conversionRetryMs else { return nil }
        return .triedTooLong(last)
    }
}

extension Reason {
    /// A reason where only errors can stand.
    struct Failure: Error {
        let reason: Reason
    }

    static let testEvent = Reason(
        "test_event", "It came with a test_event_code, and Meta counts such events as real ones.",
        remedy: "Take the code out of what sends it, or say under the source what becomes of such events (test_events).")
    static let underWay = Reason("under_way", "It is being sent, and has no id by which Meta would drop a second one.")

    fileprivate static let tooOld = Reason(
        "too_old", "Meta takes events for 7 days, of physical shops for 62, attributions for 2; this one has waited longer.",
        remedy: "Nothing to do: look at what held it back.")

    static func maybeReceived(_ why: String) -> Reason {
        Reason(
            "maybe_received", "Meta may have it (\(why)), and it has no id by which Meta would drop a second one.",
            remedy: "Look for it in Events Manager; retry it by hand if it is not there.")
    }

    static func triedTooLong(_ last: String) -> Reason {
        Reason(
            "tried_too_long", "Meta did not take it within 48 hours of the first attempt; the last time: \(last).",
            remedy: "Retry it by hand if Meta can't have it yet.")
    }
}
