import Core
import Outbound
import Storage

/// Sends notices and forwarded deliveries to destinations. The body is built here, from what the message refers to.
struct NoticeSender: Sendable {
    let store: Store
    let client: OutboundClient
    let destinations: [String: Destination]
    let clock: any WallClock

    func send(_ message: StoredMessage) async throws -> SendOutcome {
        guard let reference = try? JSON.parse(Array(message.reference.utf8)), let name = reference["destination"]?.text else {
            return .failed(.cancel(Reason("reference_unreadable", "The message does not say where it goes.")))
        }
        guard let destination = destinations[name] else { return .failed(.cancel(Destination.gone(name))) }
        guard let payload = try await payload(of: message, reference) else {
            return .failed(.cancel(Reason("source_gone", "What the message is about is no longer stored, or can't be unsealed.")))
        }
        let result = await client.send(
            message.request(payload), to: destination, nowMs: clock.nowMs())
        try await store.note(result, of: message, nowMs: clock.nowMs())
        if let disposition = result.disposition(nowMs: clock.nowMs()) {
            return .failed(disposition, isAnswer: result.isAnswer)
        }
        return .sent(SendResult(gate: .destination(name)))
    }

    private func payload(of message: StoredMessage, _ reference: JSON) async throws -> OutboundRequest.Payload? {
        if let seq = reference["delivery"]?.integer {
            return try await store.read { try $0.delivery(seq) }?.request.map { .received($0) }
        }
        if let actionID = message.actionID {
            return try await store.read { transaction in
                guard let action = try transaction.action(actionID) else { return nil }
                let name = try transaction.entity(action.target, workspace: action.workspace)?.name
                return .event(json: action.notice(entityName: name), text: action.sentence(entityName: name))
            }
        }
        guard let eventID = message.eventID else { return nil }
        return try await store.read { try $0.event(eventID) }.map { detail in
            .event(json: detail.listing.event.notice, text: detail.listing.event.sentence)
        }
    }
}

extension StoredEvent {
    /// What a destination is told: ids and kinds.
    var notice: JSON {
        [
            "type": "event.received", "version": 1, "id": .string(String(id)), "workspace": .string(workspace),
            "kind": .string(kind),
            "object": .string(object), "object_id": .string(objectID), "account_id": .text(accountID),
            "occurred_at_ms": .integer(occurredAtMs),
            "entities": .array(entities.map { ["level": .string($0.level.rawValue), "id": .string($0.id)] }),
        ]
    }

    var sentence: String {
        let names = entities.map { "\($0.level.rawValue) \($0.id)" }.joined(separator: ", ")
        return names.isEmpty ? "\(kind) of \(objectID)" : "\(kind): \(names)"
    }
}

extension StoredAction {
    fileprivate func notice(entityName: String?) -> JSON {
        [
            "type": "rule.matched", "version": 1, "id": .string(String(id)), "workspace": .string(workspace),
            "rule": .string(rule),
            "level": .string(target.level.rawValue), "entity_id": .string(target.id), "entity_name": .text(entityName),
            "account_id": .string(accountID), "at_ms": .integer(createdAtMs),
        ]
    }

    fileprivate func sentence(entityName: String?) -> String {
        "Rule \(rule) matched \(target.level.rawValue) \(entityName.map { "\($0) " } ?? "")(\(target.id)). `touchstone why \(id)` says why."
    }
}
