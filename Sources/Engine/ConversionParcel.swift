import Core
import GraphAPI
import Signing
import Storage

/// One conversion, ready to go.
struct ConversionPiece: Sendable {
    let claimed: ClaimedMessage
    let eventID: Int64
    /// The event as Meta gets it.
    let json: [UInt8]
    /// After this Meta takes it no more, in ms since 1970.
    let deadlineMs: Int64
    let kin: Kin

    /// What events of one call have in common.
    struct Kin: Hashable, Sendable {
        let parameters: ConversionParameters
        /// A stage of a lead: one bad lead id refuses the whole call, so these travel among themselves.
        let isLeadStage: Bool
    }
}

/// What one call takes.
struct ConversionParcel: Sendable {
    let parameters: ConversionParameters
    var pieces: [ConversionPiece] = []
    private(set) var bytes = 0

    init(parameters: ConversionParameters) { self.parameters = parameters }

    /// Pieces of one kin, cut at Meta's number, ours of bytes, and few lead stages; the order of claiming is kept.
    static func cut(_ pieces: [ConversionPiece]) -> [ConversionParcel] {
        var order: [ConversionPiece.Kin] = []
        var open: [ConversionPiece.Kin: ConversionParcel] = [:]
        var full: [ConversionParcel] = []
        for piece in pieces {
            if open[piece.kin] == nil { order.append(piece.kin) }
            var parcel = open[piece.kin] ?? ConversionParcel(parameters: piece.kin.parameters)
            if !parcel.fits(piece) {
                full.append(parcel)
                parcel = ConversionParcel(parameters: piece.kin.parameters)
            }
            parcel.add(piece)
            open[piece.kin] = parcel
        }
        return full + order.compactMap { open[$0] }
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
    func body(_ pieces: ArraySlice<ConversionPiece>) -> [UInt8] {
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
    /// What a claimed message stands for; a reason when that can't be sent.
    ///
    /// `opened` keeps the deliveries that were unsealed for earlier messages.
    func piece(_ claimed: ClaimedMessage, nowMs: Int64, opened: inout [Int64: OpenedConversions?]) throws -> Result<
        ConversionPiece, Reason.Failure
    > {
        guard let eventID = claimed.message.eventID, let conversion = try conversion(eventID) else {
            return .failure(.init(reason: Reason("conversion_gone", "The conversion is no longer stored.")))
        }
        let unit = Self.eventID(seq: 1, position: 0)
        let (seq, position) = (eventID / unit, Int(eventID % unit))
        if opened[seq] == nil { opened[seq] = .some(try delivery(seq).flatMap(OpenedConversions.init)) }
        guard let delivery = opened[seq] ?? nil, delivery.events.indices.contains(position) else {
            return .failure(.init(reason: .deliveryGone))
        }
        let deadlineMs = conversion.deadlineMs
        guard nowMs <= deadlineMs else { return .failure(.init(reason: .tooOld)) }
        let event = delivery.forwardable(position, dataset: conversion.dataset)
        return .success(
            ConversionPiece(
                claimed: claimed, eventID: eventID, json: event.bytes(), deadlineMs: deadlineMs,
                kin: .init(parameters: delivery.parameters, isLeadStage: event["user_data"]?["lead_id"] != nil)))
    }
}

/// A delivery of conversions, unsealed and read.
struct OpenedConversions: Sendable {
    let events: [JSON]
    let parameters: ConversionParameters
    private let seq: Int64
    private let receivedAtMs: Int64

    init?(_ delivery: StoredDelivery) {
        guard delivery.kind == .conversions, let request = delivery.request, let document = try? JSON.parse(request.body) else {
            return nil
        }
        events = document["data"]?.items ?? []
        parameters = ConversionParameters { document[$0]?.text }
        (seq, receivedAtMs) = (delivery.seq, delivery.receivedAtMs)
    }

    /// The event without our own member, and with an `event_id` in any case.
    ///
    /// An event that came without one gets one that is made of what is stored, the same at every attempt: only so can it be sent again after
    /// an answer was lost. Website events get one too. Their browser twin, if there is one, has no matching id, so that Meta can't tell
    /// the two apart by id; it could not have done so before either, and its other key (`fbp`, `external_id`) works as it did.
    func forwardable(_ position: Int, dataset: String) -> JSON {
        let event = ConversionDecoder.forwardable(events[position])
        guard case .object(var object) = event, (object["event_id"] ?? .null).isNull || object["event_id"]?.text == "" else {
            return event
        }
        let origin = "\(dataset)\n\(seq)\n\(position)\n\(receivedAtMs)\n" + event.encoded(sortedKeys: true)
        object["event_id"] = .string("ts-\(SHA256.hex(Array(origin.utf8)).prefix(32))")
        return .object(object)
    }
}

extension StoredConversion {
    /// Meta takes events of up to 7 days, and of up to 62 from a physical shop.
    fileprivate var deadlineMs: Int64 {
        let age = actionSource == "physical_store" ? Limits.storeConversionAgeMaxSeconds : Limits.conversionAgeMaxSeconds
        return (eventTimeSeconds + age) * 1_000
    }
}

extension Reason {
    /// A reason where only errors can stand.
    struct Failure: Error {
        let reason: Reason
    }

    fileprivate static let tooOld = Reason(
        "too_old", "Meta takes events for 7 days, of physical shops for 62; this one has waited longer.",
        remedy: "Nothing to do: look at what held it back.")
}
