import Core
import Signing
import Storage

extension EventListing {
    var document: JSON {
        [
            "id": .string("\(event.id)"), "trace": .string(TraceID(eventID: event.id).text),
            "delivery_seq": .string("\(event.deliverySeq)"), "position": .integer(event.place), "copy": .integer(event.copy),
            "workspace": .string(event.workspace),
            "kind": .string(event.kind), "object": .string(event.object), "field": .string(event.field),
            "object_id": .string(event.objectID), "account_id": .text(event.accountID),
            "occurred_at_ms": .integer(event.occurredAtMs), "received_at_ms": .integer(event.receivedAtMs),
            "entities": .array(event.entities.map { ["level": .string($0.level.rawValue), "id": .string($0.id)] }),
            "order_key": .text(event.orderKey), "routes": .integer(event.routes), "state": .string(state.rawValue),
            "reason": .text(reason), "fault": .text(event.fault),
        ]
    }
}

extension EventFacets {
    var document: JSON {
        [
            "states": Self.document(states), "reasons": Self.document(reasons), "kinds": Self.document(kinds),
            "workspaces": Self.document(workspaces), "counted": .integer(counted), "is_whole": .bool(isWhole),
        ]
    }

    private static func document(_ counts: [FacetCount]) -> JSON {
        .array(counts.map { ["value": .string($0.value), "count": .integer($0.count)] })
    }
}

extension DeliveryListing {
    var document: JSON {
        [
            "seq": .string("\(seq)"), "trace": .string(TraceID(seq: seq).text), "received_at_ms": .integer(receivedAtMs),
            "app": .string(app), "kind": .string(kind.rawValue), "state": .string(decoded ? "decoded" : "waiting"),
            "events": .integer(events), "duplicates": .integer(duplicates), "reason": .text(reason),
            "sealed_bytes": .integer(sealedBytes),
        ]
    }
}

extension StoredAction {
    var document: JSON {
        [
            "id": .string("\(id)"), "workspace": .string(workspace), "rule": .string(rule), "version": .string(version),
            "level": .string(target.level.rawValue), "entity_id": .string(target.id), "account_id": .string(accountID),
            "action": .string(action.rawValue), "field": .string(field.rawValue), "old_value": .string(oldValue),
            "new_value": .string(newValue), "mode": .string(mode), "state": .string(state.rawValue), "reason": .text(reason),
            "event_id": .text(eventID.map { "\($0)" }), "message_id": .text(outboxID.map { "\($0)" }),
            "account_day": .string(accountDay), "created_at_ms": .integer(createdAtMs),
            "finished_at_ms": finishedAtMs.map { .integer($0) } ?? .null, "read_back": .text(readBack),
        ]
    }
}

extension Schema {
    static let events: [(name: String, schema: JSON)] = [
        (
            "Event",
            object([
                ("id", id), ("trace", text), ("delivery_seq", id), ("position", count), ("copy", count), ("workspace", text),
                ("kind", text),
                ("object", text), ("field", text), ("object_id", text), ("account_id", orNull(text)), ("occurred_at_ms", time),
                ("received_at_ms", time), ("entities", list(object([("level", text), ("id", text)]))),
                ("order_key", orNull(text)),
                ("routes", count), ("state", choice(EventState.allCases.map(\.rawValue))), ("reason", orNull(text)),
                ("fault", orNull(text)),
            ])
        ),
        (
            "Facets",
            object([
                ("states", counts), ("reasons", counts), ("kinds", counts), ("workspaces", counts), ("counted", count),
                ("is_whole", truth),
            ])
        ),
        (
            "Delivery",
            object([
                ("seq", id), ("trace", text), ("received_at_ms", time), ("app", text),
                ("kind", choice(EnvelopeKind.allCases.map(\.rawValue))), ("state", choice(["waiting", "decoded"])),
                ("events", count),
                ("duplicates", count), ("reason", orNull(text)), ("sealed_bytes", count),
            ])
        ),
        (
            "Action",
            object([
                ("id", id), ("workspace", text), ("rule", text), ("version", text), ("level", text), ("entity_id", text),
                ("account_id", text), ("action", text), ("field", text), ("old_value", text), ("new_value", text), ("mode", text),
                ("state", choice(ActionState.allCases.map(\.rawValue))), ("reason", orNull(text)), ("event_id", orNull(id)),
                ("message_id", orNull(id)), ("account_day", text), ("created_at_ms", time), ("finished_at_ms", orNull(time)),
                ("read_back", orNull(text)),
            ])
        ),
        (
            "EventDetail",
            object([
                ("event", named("Event")), ("delivery", orNull(named("Delivery"))),
                ("conversion", orNull(named("Conversion"))), ("jobs", list(named("Job"))),
                ("messages", list(named("MessageStory"))), ("actions", list(named("Action"))),
                ("timeline", list(named("Moment"))),
                ("bytes", orNull(named("Bytes"))),
            ])
        ),
        (
            "Moment",
            object([
                ("at_ms", time), ("what", choice(EventStory.Moment.What.allCases.map(\.rawValue))), ("subject", text),
                ("text", orNull(text)),
            ])
        ),
        ("DeliveryDetail", object([("delivery", named("Delivery")), ("bytes", orNull(named("Bytes")))])),
        (
            "Bytes",
            object([
                ("state", choice(["shown", "erased", "unreadable"])), ("method", orNull(text)), ("target", orNull(text)),
                ("headers", list(object([("name", text), ("value", text)]))), ("size", count), ("is_cut", truth),
                ("encoding", choice(["text", "hex"])), ("body", text), ("value", orNull(text)),
            ])
        ),
    ]

    private static let counts = list(object([("value", text), ("count", count)]))
}
