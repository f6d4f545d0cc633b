import Core
import Foundation
import Signing
import Storage

/// What the two processes left behind, as the demo reads it: the gateway's database and the emulator's log.
struct DemoReadings: Sendable {
    /// One line of a table: texts and numbers by column.
    struct Line: Sendable {
        let values: [String: String]

        subscript(_ column: String) -> String { values[column] ?? "" }
        func number(_ column: String) -> Int { Int(self[column]) ?? 0 }
    }

    let kinds: [Line]
    let deliveries: Line
    let touched: [Line]
    let reads: [Line]
    let facts: [Line]
    let executions: [Line]
    let actions: [Line]
    let names: [String: String]
    let leads: [Line]
    /// States of comments, each target's in their order.
    let states: [State]
    let conversions: [Line]
    let own: [Line]
    /// Rules on our own figures: what each came to last, by `workspace/rule/id`.
    let ownTruths: [String: String]
    /// What the emulator was asked, in the order of asking.
    let calls: [JSON]
    /// What the destination of leads got.
    let crm: [JSON]
    let replays: [DemoReplay.Result]

    /// One state of a comment, with the digest of its sealed text.
    struct State: Sendable {
        let workspace: String
        let target: String
        let kind: String
        let verb: String
        let isOwn: Bool
        let ads: [String]
        let text: String?

        var document: JSON {
            [
                "workspace": .string(workspace), "target": .string(target), "kind": .string(kind), "verb": .string(verb),
                "is_own": .bool(isOwn), "ads": .array(ads.map(JSON.string)),
                "text_sha256": text.map { .string(SHA256.hex(Array($0.utf8))) } ?? .null,
            ]
        }
    }

    static func read(store: Store, calls: [JSON], crm: [JSON], replays: [DemoReplay.Result]) async throws -> DemoReadings {
        try await store.read { transaction in
            func lines(_ statement: Statement, _ texts: [String], _ numbers: [String] = []) throws -> [Line] {
                try transaction.run(statement).map { row in
                    var values: [String: String] = [:]
                    for column in texts { values[column] = try row.textOrNil(column) ?? "" }
                    for column in numbers { values[column] = try row.int64OrNil(column).map(String.init) ?? "" }
                    return Line(values: values)
                }
            }
            let executions = try lines(
                "SELECT workspace_id, rule, level, entity_id, truth, decisions, operands FROM rule_executions ORDER BY id",
                ["workspace_id", "rule", "level", "entity_id", "truth", "decisions", "operands"])
            let isOwn: (Line) -> Bool = { $0["operands"].contains(#""metric":"own."#) }
            let entities = try lines("SELECT level, entity_id, name FROM entities", ["level", "entity_id", "name"])
            return DemoReadings(
                kinds: try lines(
                    """
                    SELECT kind,
                        CASE WHEN routes = 0 THEN 'unrouted' WHEN workspace_id = 'unassigned' THEN 'unassigned' ELSE 'owned' END AS way,
                        COUNT(*) AS events FROM events GROUP BY kind, way ORDER BY kind, way
                    """, ["kind", "way"], ["events"]),
                deliveries: try lines(
                    """
                    SELECT COUNT(*) AS stored, COALESCE(SUM(duplicates), 0) AS duplicates,
                        (SELECT COUNT(*) FROM events) AS events, (SELECT COUNT(*) FROM events WHERE routes = 0) AS unrouted,
                        (SELECT COUNT(*) FROM events WHERE kind = 'undecodable') AS undecodable FROM deliveries
                    """, [], ["stored", "duplicates", "events", "unrouted", "undecodable"])[0],
                touched: try lines(
                    """
                    SELECT workspace_id, level, entity_id, event_count FROM touched_entities ORDER BY workspace_id, level, entity_id
                    """,
                    ["workspace_id", "level", "entity_id"], ["event_count"]),
                reads: try lines(
                    "SELECT id, workspace_id, level, query, rows FROM insight_reads ORDER BY id",
                    ["workspace_id", "level", "query"], ["id", "rows"]),
                facts: try lines(
                    """
                    SELECT workspace_id, level, entity_id, date_start, date_stop, is_empty, spend_minor, actions, read_id
                    FROM metric_facts ORDER BY workspace_id, level, entity_id, date_start
                    """, ["workspace_id", "level", "entity_id", "date_start", "date_stop", "actions"],
                    ["is_empty", "spend_minor", "read_id"]),
                executions: executions.filter { !isOwn($0) },
                actions: try lines(
                    """
                    SELECT workspace_id, rule, level, entity_id, action, field, old_value, new_value, state, reason
                    FROM action_history ORDER BY id
                    """,
                    [
                        "workspace_id", "rule", "level", "entity_id", "action", "field", "old_value", "new_value", "state",
                        "reason",
                    ]
                ),
                names: Dictionary(entities.map { ("\($0["level"])/\($0["entity_id"])", $0["name"]) }) { first, _ in first },
                leads: try lines(
                    "SELECT workspace_id, lead_id, ad_id, is_test FROM leads ORDER BY id", ["workspace_id", "lead_id", "ad_id"],
                    ["is_test"]),
                states: try states(in: transaction),
                conversions: try lines(
                    "SELECT workspace_id, event_name, state, reason, ad_id, attributed_by FROM conversion_events ORDER BY 1",
                    ["workspace_id", "event_name", "state", "reason", "ad_id", "attributed_by"]),
                own: try lines(
                    "SELECT workspace_id, metric, entity_id FROM own_events", ["workspace_id", "metric", "entity_id"]),
                ownTruths: Dictionary(
                    executions.filter(isOwn).map { ("\($0["workspace_id"])/\($0["rule"])/\($0["entity_id"])", $0["truth"]) }
                ) { $1 },
                calls: calls, crm: crm, replays: replays)
        }
    }

    private static func states(in transaction: Transaction) throws -> [State] {
        let targets = try transaction.run(
            "SELECT workspace_id, target_id, MIN(id) AS first FROM social_engagements GROUP BY 1, 2 ORDER BY 3")
        return try targets.flatMap { row in
            let (workspace, target) = (try row.textOrNil("workspace_id") ?? "", try row.textOrNil("target_id") ?? "")
            return try transaction.engagements(of: target, workspace: workspace).map { stored in
                State(
                    workspace: workspace, target: target, kind: stored.engagement.kind.rawValue, verb: stored.engagement.verb,
                    isOwn: stored.engagement.isOwn, ads: stored.engagement.adIDs, text: stored.engagement.text)
            }
        }
    }

    /// What still has to be done soon: everything but follow-ups, whose time has not come.
    static func waiting(in store: Store, nowMs: Int64) async throws -> [String: Int] {
        try await store.read { transaction in
            let row = try transaction.run(
                """
                SELECT (SELECT COUNT(*) FROM deliveries WHERE decoded = 0) AS deliveries,
                    (SELECT COUNT(*) FROM jobs WHERE state = 'open') AS jobs,
                    (SELECT COUNT(*) FROM jobs WHERE state IN ('held', 'dead')) AS stuck_jobs,
                    (SELECT COUNT(*) FROM outbox WHERE state = 'open') AS outbox,
                    (SELECT COUNT(*) FROM outbox WHERE state IN ('held', 'dead')) AS stuck_outbox,
                    (SELECT COUNT(*) FROM touched_entities
                        WHERE state = 'open' AND due_at <= \(nowMs + 2 * Limits.leaseMs)) AS touched,
                    (SELECT COUNT(*) FROM touched_entities WHERE state IN ('held', 'dead')) AS stuck_touched
                """)[0]
            var out: [String: Int] = [:]
            for column in ["deliveries", "jobs", "outbox", "touched", "stuck_jobs", "stuck_outbox", "stuck_touched"] {
                let count = try row.int(column)
                if count > 0 { out[column] = count }
            }
            return out
        }
    }

    /// Calls for insights, each with the ids it asked for.
    var insightCalls: [(call: JSON, ids: [String])] {
        calls.filter { $0["op"]?.text == "insights" }.map { ($0, Self.ids(in: $0)) }
    }

    /// Values that the emulator took, in their order.
    var writes: [JSON] { changes.filter { $0["level"]?.text != "comment" } }

    private var changes: [JSON] {
        calls.filter { $0["op"]?.text == "write" && $0["validate_only"]?.truth != true }.flatMap { $0["changed"]?.items ?? [] }
    }

    /// Comments that the emulator hid for us, and those that it put our answer under; each as often as it did.
    var hidden: [String] { comments("is_hidden") }
    var answered: [String] { comments("reply") }

    private func comments(_ field: String) -> [String] {
        changes.filter { $0["level"]?.text == "comment" && $0["field"]?.text == field }.compactMap { $0["id"]?.id }
    }

    /// Leads that the destination took, each as often as it did.
    var takenLeads: [String] {
        crm.filter { $0["status"]?.integer == 200 }.compactMap(Self.leadID)
    }

    private static func leadID(of line: JSON) -> String? {
        guard let bytes = line["request_base64"]?.text.flatMap({ Data(base64Encoded: $0) }),
            let end = bytes.firstRange(of: Data("\r\n\r\n".utf8))
        else { return nil }
        return (try? JSON.parse(bytes[end.upperBound...]))?["lead_id"]?.id
    }

    /// Entities that any call named, in a filter or as its path.
    var idsAsked: Set<String> {
        var ids: Set<String> = []
        for call in calls where call["kind"]?.text == "graph" {
            ids.formUnion(Self.ids(in: call))
            if call["op"]?.text == "node", call["call"]?.text == nil, let path = call["path"]?.text {
                ids.formUnion(path.split(separator: "/").map(String.init).filter { !$0.hasPrefix("act_") })
            }
        }
        return ids
    }

    private static func ids(in call: JSON) -> [String] {
        guard let text = call["query"]?["filtering"]?.text, let filters = try? JSON.parse(text.utf8) else { return [] }
        let byID = filters.items.filter { $0["field"]?.text?.hasSuffix(".id") == true }
        return byID.flatMap { $0["value"]?.items ?? [] }.compactMap(\.id)
    }
}
