package import Core
package import Signing
package import Storage

/// An action's whole story: action ← decision ← facts ← event ← delivery.
package struct Explanation: Sendable {
    package let action: StoredAction
    package let execution: RuleExecution?
    package let ruleText: String?
    package let facts: [(fact: StoredFact, read: InsightRead?)]
    package let event: StoredEvent?
    package let delivery: StoredDelivery?
    /// The signature, checked again now over the stored bytes with today's secrets: the app's name, or why not.
    package let signature: String

    /// Nil when there is no such action.
    package init?(of id: Int64, in transaction: Transaction, apps: [AppSecrets]) throws {
        guard let action = try transaction.action(id) else { return nil }
        self.action = action
        execution = try transaction.execution(action.executionID)
        ruleText = try transaction.ruleText(workspace: action.workspace, name: action.rule, version: action.version)
        facts = try transaction.facts(execution?.evidence ?? []).map { ($0, try transaction.insightRead($0.readID)) }
        event = try action.eventID.flatMap { try transaction.event($0)?.listing.event }
        delivery = try event.flatMap { try transaction.delivery($0.deliverySeq) }
        signature = Self.verdict(on: delivery, apps: apps)
    }

    private static func verdict(on delivery: StoredDelivery?, apps: [AppSecrets]) -> String {
        guard let delivery else { return "the delivery is no longer stored" }
        guard let request = delivery.request else { return "the delivery can't be unsealed with the keys of the configuration" }
        switch verifyAgain(request, apps: apps) {
        case .success(let verified): return "valid, app \(verified.app)"
        case .failure(let error): return "NOT valid with today's secrets (\(error.rawValue))"
        }
    }

    /// For people, from the action down to the delivery.
    package var lines: [String] {
        var lines = [
            "action \(action.id)  \(action.action.rawValue) \(action.target.level.rawValue) \(action.target.id): "
                + "\(action.field.rawValue) \(action.oldValue) → \(action.newValue), \(action.state.rawValue)"
                + (action.readBack.map { ", read back \($0)" } ?? "")
        ]
        if let reason = action.reason { lines.append("  \(reason)") }
        lines.append("← decision of rule \(action.rule), version \(action.version.prefix(12)), mode \(action.mode)")
        for operand in operands { lines.append("    " + Self.sentence(operand)) }
        lines.append("← \(facts.count) fact(s)")
        for (fact, read) in facts { lines.append("    " + Self.sentence(fact, read)) }
        if let event {
            lines.append("← event \(event.id)  \(event.kind), change \(event.place) of delivery \(event.deliverySeq)")
        } else {
            lines.append("← event: no longer stored")
        }
        if let delivery {
            lines.append("← delivery \(delivery.seq)  app \(delivery.app), \(delivery.request?.body.count ?? 0) bytes")
        }
        lines.append("    signature: \(signature)")
        return lines
    }

    private var operands: [JSON] {
        guard let text = execution?.operands, let list = try? JSON.parse(Array(text.utf8)) else { return [] }
        return list.items
    }

    private static func sentence(_ operand: JSON) -> String {
        let window = operand["window"]?.text.map { " over \($0)" } ?? ""
        let right = operand["right"]?.items.compactMap(\.text).joined(separator: ", ") ?? ""
        return "\(operand["path"]?.text ?? ""): \(operand["metric"]?.text ?? "")\(window) = \(operand["left"]?.text ?? ""); "
            + "\(operand["test"]?.text ?? "")\(right.isEmpty ? "" : " (\(right))"): \(operand["truth"]?.text ?? "")"
            + (operand["note"]?.text.map { " (\($0))" } ?? "")
    }

    private static func sentence(_ stored: StoredFact, _ read: InsightRead?) -> String {
        let fact = stored.fact
        let days = fact.dateStart == fact.dateStop ? fact.dateStart.text : "\(fact.dateStart.text)…\(fact.dateStop.text)"
        let origin = "fact \(fact.id) v\(stored.version), read \(stored.readID), request \(read?.requestID ?? "?")"
        guard !fact.isEmpty else { return "\(days): no row at Meta (\(origin))" }
        let spend = Currency(code: stored.currency)?.major(minor: fact.spendMinor) ?? "\(fact.spendMinor) minor"
        return "\(days): spend \(spend) \(stored.currency), \(fact.impressions) impressions, \(fact.clicks) clicks, "
            + "\(fact.actions.count) action type(s) (\(origin))"
    }

    /// For tools.
    package var document: JSON {
        [
            "action": [
                "id": .id(action.id), "state": .string(action.state.rawValue), "field": .string(action.field.rawValue),
                "old_value": .string(action.oldValue), "new_value": .string(action.newValue), "read_back": .text(action.readBack),
                "level": .string(action.target.level.rawValue), "entity_id": .string(action.target.id),
                "reason": .text(action.reason),
            ],
            "decision": [
                "rule": .string(action.rule), "version": .string(action.version), "rule_text": .text(ruleText),
                "operands": .array(operands),
                "truth": .text(execution?.truth), "execution_id": .id(action.executionID),
            ],
            "facts": .array(
                facts.map { stored, read in
                    [
                        "id": .id(stored.fact.id), "version": .integer(stored.version),
                        "date_start": .string(stored.fact.dateStart.text),
                        "date_stop": .string(stored.fact.dateStop.text), "is_empty": .bool(stored.fact.isEmpty),
                        "spend_minor": .integer(stored.fact.spendMinor), "currency": .string(stored.currency),
                        "impressions": .integer(stored.fact.impressions), "clicks": .integer(stored.fact.clicks),
                        "read_id": .id(stored.readID), "request_id": .text(read?.requestID), "query": .text(read?.query),
                    ]
                }),
            "event": event.map { .id($0.id) } ?? .null,
            "delivery": delivery.map { .id($0.seq) } ?? .null,
            "signature": .string(signature),
        ]
    }
}

extension JSON {
    /// An id, as the commands and the admin port print it: text, because those of PostgreSQL are beyond 2^53, where readers round.
    package static func id(_ number: Int64) -> JSON { .string("\(number)") }
}
