import Core
import Storage

/// What one delivery becomes, decided before the transaction.
struct DecodingPlan: Sendable {
    struct Planned: Sendable {
        let event: Event
        let workspace: String
        let routes: [(ordinal: Int, name: String)]
        /// Canonical texts of whom it is about; only keyed digests of them are stored.
        let people: [String]
        let conversion: ConversionEvent?

        /// A conversion once more, for another dataset.
        var isCopy: Bool { conversion.map { ConversionPlace(position: $0.event.position).copy > 0 } ?? false }
    }

    let seq: Int64
    let receivedAtMs: Int64
    var events: [Planned] = []
    var callback: PlannedCallback?
    /// Why a part of it could not be read.
    var reason: String?

    static let unstorable = "unstorable: What an event says can't be stored; its bytes are kept."

    /// What is told here, new or not.
    var told: [ToldEvent] { told(events.indices) }

    func told(_ range: Range<Int>) -> [ToldEvent] {
        events[range].map {
            ToldEvent(
                id: Transaction.eventID(seq: seq, position: $0.event.position), workspace: $0.workspace,
                dedupeKey: $0.event.dedupeKey)
        }
    }

    /// The conversions that are new.
    func conversions(among new: Set<Int64>) -> [(eventID: Int64, workspace: String, facts: ConversionFacts)] {
        events.compactMap { planned in
            let id = Transaction.eventID(seq: seq, position: planned.event.position)
            guard new.contains(id), let facts = planned.conversion?.facts else { return nil }
            return (id, planned.workspace, facts)
        }
    }

    /// How many of its events are new, without their copies. `new`: the ids of all events that were not there before.
    func write(to transaction: Transaction, new: Set<Int64>, nowMs: Int64) throws -> Int {
        var fresh = 0
        for planned in events where try write(planned, to: transaction, new: new, nowMs: nowMs) && !planned.isCopy { fresh += 1 }
        try callback?.write(to: transaction, eventID: fresh > 0 ? Transaction.eventID(seq: seq, position: 0) : nil)
        return fresh
    }

    func finish(in transaction: Transaction, fresh: Int) throws {
        let told = events.count { !$0.isCopy }
        try transaction.finishDecoding(seq, events: fresh, duplicates: told - fresh, reason: reason)
    }

    /// False: it was there before.
    func write(_ planned: Planned, to transaction: Transaction, new: Set<Int64>, nowMs: Int64) throws -> Bool {
        let id = Transaction.eventID(seq: seq, position: planned.event.position)
        let isNew = new.contains(id)
        if isNew {
            try transaction.storeEvent(
                planned.event, seq: seq, workspace: planned.workspace, receivedAtMs: receivedAtMs, routes: planned.routes,
                nowMs: nowMs)
        }
        if isNew, let facts = planned.conversion?.facts {
            try transaction.insertConversion(
                facts, people: planned.people, workspace: planned.workspace, eventID: id, receivedAtMs: receivedAtMs)
        } else if !planned.people.isEmpty {
            // also of a duplicate: its bytes are stored, and erasure has to find them
            try transaction.rememberPeople(planned.people, workspace: planned.workspace, eventID: id)
        }
        if !isNew, let conversion = planned.conversion {
            try transaction.insertRepeat(conversion, workspace: planned.workspace, eventID: id, receivedAtMs: receivedAtMs)
        }
        return isNew
    }
}

extension DecodingPlan.Planned {
    /// What stands for an event that can't be stored: nothing of what it says, and no route.
    func faulty(receivedAtMs: Int64) -> DecodingPlan.Planned {
        DecodingPlan.Planned(
            event: Event(
                position: event.position, object: WebhookDecoder.unknown, field: "", kind: WebhookDecoder.undecodable,
                objectID: "",
                occurredAtMs: receivedAtMs, dedupeKey: nil, orderKey: nil, accountID: nil, entities: [],
                fault: DecodingPlan.unstorable),
            workspace: workspace, routes: [], people: [], conversion: nil)
    }
}
