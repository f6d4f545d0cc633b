import Core
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
    /// What the emulator was asked, in the order of asking.
    let calls: [JSON]

    static func read(store: Store, calls: [JSON]) async throws -> DemoReadings {
        try await store.read { transaction in
            func lines(_ statement: Statement, _ texts: [String], _ numbers: [String] = []) throws -> [Line] {
                try transaction.run(statement).map { row in
                    var values: [String: String] = [:]
                    for column in texts { values[column] = try row.textOrNil(column) ?? "" }
                    for column in numbers { values[column] = try row.int64OrNil(column).map(String.init) ?? "" }
                    return Line(values: values)
                }
            }
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
                executions: try lines(
                    "SELECT workspace_id, rule, level, entity_id, truth, decisions FROM rule_executions ORDER BY id",
                    ["workspace_id", "rule", "level", "entity_id", "truth", "decisions"]),
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
                calls: calls)
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
    var writes: [JSON] {
        calls.filter { $0["op"]?.text == "write" && $0["validate_only"]?.truth != true }.flatMap { $0["changed"]?.items ?? [] }
    }

    /// Entities that any call named, in a filter or as its path.
    var idsAsked: Set<String> {
        var ids: Set<String> = []
        for call in calls where call["kind"]?.text == "graph" {
            ids.formUnion(Self.ids(in: call))
            if call["op"]?.text == "node", let path = call["path"]?.text {
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
