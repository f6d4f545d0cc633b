import Core
import Storage
import TestSupport

let now: Int64 = 1_790_000_000_000

/// An event of an ad, with the identity and order that a test needs.
func event(_ position: Int = 0, key: String? = nil, order: String? = nil, entities: [EntityRef] = [EntityRef(.ad, "111")])
    -> Event
{
    Event(
        position: position, object: "ad_account", field: "field_changed", kind: "ad_account.field_changed", objectID: "1",
        occurredAtMs: now, dedupeKey: key, orderKey: order, accountID: "1", entities: entities)
}

let oneRoute: [(ordinal: Int, name: String)] = [(0, "account")]

func message(_ key: String, order: String? = nil) -> OutboxMessage {
    OutboxMessage(
        kind: .notify, workspace: "w", orderKey: order, uniqueKey: key, reference: "{}", eventID: nil, actionID: nil)
}

extension Store {
    /// Fills one queue with rows of these order keys; their ids in order.
    func fill(_ queue: Queue, _ orderKeys: [String?]) async throws -> [Int64] {
        try await write { transaction in
            switch queue {
            case .jobs:
                for (number, key) in orderKeys.enumerated() {
                    _ = try transaction.insertEvent(
                        event(order: key), seq: Int64(number + 1), workspace: "w", receivedAtMs: now, routes: oneRoute, nowMs: now
                    )
                }
            case .outbox:
                for (number, key) in orderKeys.enumerated() {
                    _ = try transaction.enqueue(message("m\(number)", order: key), nowMs: now)
                }
            case .touched:
                for number in orderKeys.indices {
                    try transaction.touch(
                        workspace: "w", accountID: "1", ref: EntityRef(.ad, "\(number)"), eventID: 1, nowMs: now,
                        dueAtMs: { _ in now })
                }
            }
            let ids: Statement =
                switch queue {
                case .jobs: "SELECT id FROM jobs ORDER BY id"
                case .outbox: "SELECT id FROM outbox ORDER BY id"
                case .touched: "SELECT id FROM touched_entities ORDER BY id"
                }
            return try transaction.run(ids).map { try $0.int64("id") }
        }
    }

    func claimed(_ queue: Queue, at nowMs: Int64 = now, owner: String = "boot-1", limit: Int = 64) async throws -> [Claim] {
        try await write { try $0.claim(queue, nowMs: nowMs, leaseMs: 60_000, limit: limit, owner: owner) }
    }
}
