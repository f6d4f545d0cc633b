import Core
import GraphEmulator
import Storage

/// What makes an event the same as another, and what it must not overtake.
struct EventKeys: Sendable {
    let dedupe: String?
    let order: String?
}

/// What became of one request: read from the store and from the emulator's log, in the form of an expectation.
struct RehearsalEvidence: Sendable {
    let events: [JSON]
    let entities: [JSON]
    let effects: [JSON]

    private static let all = 10_000

    /// `keys`: those of the request's events, by their position; the store keeps dedupe keys apart from the events.
    init(_ transaction: Transaction, keys: [Int: EventKeys]) throws {
        let listed = try transaction.events(EventFilter(), limit: Self.all, after: -1)
        events = listed.map { $0.document(keys[$0.event.position]) }
        let touched = try transaction.touchedRows(state: nil, limit: Self.all).map(\.ref).sorted()
        entities = Set(listed.flatMap(\.event.entities)).union(touched).sorted().map(\.document)
        var effects = touched.map { ["touch": $0.document] as JSON }
        effects += try transaction.messages(state: nil, limit: Self.all).reversed().compactMap(\.document)
        effects += try transaction.leads(LeadFilter(), limit: Self.all).reversed().map(\.document)
        effects += try transaction.engagements(EngagementFilter(), limit: Self.all).reversed().map(\.document)
        effects += try transaction.conversions(ConversionFilter(), limit: Self.all).reversed().map(\.document)
        effects += try transaction.actions(workspace: nil, state: nil, limit: Self.all).reversed().map(\.document)
        self.effects = effects
    }

    /// The whole, beside the answer and the calls.
    func document(answer: JSON, calls: [LogEntry]) -> JSON {
        [
            "answer": answer, "events": .array(events), "entities": .array(entities), "effects": .array(effects),
            "graph_calls": .array(calls.map(\.document)),
        ]
    }
}

extension EntityRef {
    fileprivate var document: JSON { [.string(level.rawValue), .string(id)] }
}

extension EventListing {
    fileprivate func document(_ keys: EventKeys?) -> JSON {
        [
            "kind": .string(event.kind), "dedupe_key": .text(keys?.dedupe), "object": .string(event.object),
            "field": .string(event.field),
            "object_id": .string(event.objectID), "workspace": .string(event.workspace), "account_id": .text(event.accountID),
            "entities": .array(event.entities.map(\.document)), "occurred_at": .integer(event.occurredAtMs),
            "order_key": .text(keys?.order), "metric_moved": .bool(event.metricMoved), "fault": .bool(event.fault != nil),
            "state": .string(state.rawValue), "reason": .text(reason),
        ]
    }
}

extension StoredMessage {
    /// Nil for writes to Meta: those are shown as the actions that they belong to.
    fileprivate var document: JSON? {
        let reference = (try? JSON.parse(Array(self.reference.utf8))) ?? .null
        var members: [JSONObject.Member] = []
        switch OutboxKind(rawValue: kind) {
        case .notify, .forward: members.append(.init(key: kind, value: reference["destination"] ?? .null))
        case .lead:
            members.append(.init(key: "forward_lead", value: reference["destination"] ?? .null))
            members.append(.init(key: "lead", value: reference["lead"] ?? .null))
        case .conversion: members.append(.init(key: "forward_conversion", value: reference["dataset"] ?? .null))
        case .moderate:
            members.append(.init(key: "moderate", value: reference["action"] ?? .null))
            members.append(.init(key: "comment", value: reference["comment"] ?? .null))
        case .status, .budget, nil: return nil
        }
        members.append(.init(key: "state", value: .string(state.rawValue)))
        members.append(.init(key: "reason", value: .text(reason)))
        return .object(JSONObject(members))
    }
}

extension StoredLead {
    fileprivate var document: JSON {
        [
            "store_lead": .string(leadID), "form": .text(formID), "page": .text(pageID), "ad": .text(adID),
            "campaign": .text(campaignID), "test": .bool(isTest), "state": .string(state.rawValue),
        ]
    }
}

extension StoredEngagement {
    fileprivate var document: JSON {
        [
            "store_engagement": .string(engagement.targetID), "kind": .string(engagement.kind.rawValue),
            "verb": .string(engagement.verb), "own": .bool(engagement.isOwn),
            "ads": .array(engagement.adIDs.map { .string($0) }),
        ]
    }
}

extension StoredConversion {
    fileprivate var document: JSON {
        [
            "conversion": .string(eventName), "dataset": .string(dataset), "event_id": .text(conversionID),
            "state": .string(state.rawValue), "reason": .text(reason), "ad": .text(adID),
            "attributed_by": .text(attributedBy?.rawValue),
        ]
    }
}

extension StoredAction {
    fileprivate var document: JSON {
        [
            "action": .string(action.rawValue), "rule": .string(rule), "target": target.document,
            "field": .string(field.rawValue),
            "old": .string(oldValue), "new": .string(newValue), "state": .string(state.rawValue), "reason": .text(reason),
        ]
    }
}

extension LogEntry {
    fileprivate var document: JSON {
        [
            "method": .string(method), "path": .string(path), "op": .string(op),
            "status": status.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}
