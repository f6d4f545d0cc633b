/// Rules, what they saw, and what they did.
extension Reporting {
    static let rules = [automationRules, ruleExecutions, ruleEvaluations, actionHistory]

    private static let automationRules = """
        CREATE OR REPLACE VIEW reporting.automation_rules AS
        SELECT r.workspace_id || '/' || r.name AS id, r.workspace_id, r.name, r.version, r.text::jsonb -> 'scope' ->> 'level' AS entity_type,
            CASE WHEN r.seen_at < (SELECT MAX(seen_at) FROM rules) THEN 'removed' ELSE r.mode END AS status, r.text::jsonb AS rule,
            \(time("r.seen_at")) AS last_loaded_at,
            (SELECT \(time("MAX(e.at)")) FROM rule_executions e WHERE e.workspace_id = r.workspace_id AND e.rule = r.name)
                AS last_execution_at,
            CASE WHEN r.seen_at = (SELECT MAX(seen_at) FROM rules) THEN
                (SELECT \(time("MIN(t.due_at)")) FROM touched_entities t WHERE t.workspace_id = r.workspace_id AND t.state = 'open'
                    AND t.level = r.text::jsonb -> 'scope' ->> 'level') END AS next_execution_at
        FROM (SELECT DISTINCT ON (workspace_id, name) * FROM rules ORDER BY workspace_id, name, seen_at DESC, version) r;
        COMMENT ON VIEW reporting.automation_rules IS
            'One row per rule, in the version that was loaded last. status: active, dry_run (decisions are only recorded), removed (no longer
        in the configuration).';
        COMMENT ON COLUMN reporting.automation_rules.next_execution_at IS
            'The next planned look at an entity of the rule''s level; an event brings it forward. Null: nothing is planned.'
        """

    // An evaluation that fails leaves no row: it is rolled back and done again.
    private static let ruleExecutions = """
        CREATE OR REPLACE VIEW reporting.rule_executions AS
        SELECT MIN(e.id) AS id, e.workspace_id || '/' || e.rule AS rule_id, e.workspace_id, e.rule AS rule_name, e.version AS rule_version,
            e.account_id, \(time("e.at")) AS started_at, 'completed' AS status, COUNT(*) AS entities_checked,
            COUNT(*) FILTER (WHERE e.truth = 'true') AS entities_matched, COUNT(*) FILTER (WHERE e.truth = 'unknown') AS entities_unknown,
            SUM((SELECT COUNT(*) FROM jsonb_array_elements(e.decisions::jsonb) d WHERE d ->> 'outcome' = 'queued'))::bigint AS actions_taken,
            SUM((SELECT COUNT(*) FROM jsonb_array_elements(e.decisions::jsonb) d WHERE d ->> 'outcome' = 'would'))::bigint AS actions_would
        FROM rule_executions e GROUP BY e.workspace_id, e.rule, e.version, e.account_id, e.at;
        COMMENT ON VIEW reporting.rule_executions IS
            'One row per rule, account and time at which it was evaluated; entity by entity: rule_evaluations. actions_would: decided, but not
        to be carried out (dry run, writes off, account not allowed).'
        """

    private static let ruleEvaluations = """
        CREATE OR REPLACE VIEW reporting.rule_evaluations AS
        SELECT e.id, e.workspace_id || '/' || e.rule AS rule_id, e.workspace_id, e.rule AS rule_name, e.version AS rule_version, e.account_id,
            e.level AS entity_type, e.entity_id, \(entityName("e")) AS entity_name, \(time("e.at")) AS evaluated_at, e.truth,
            e.reason AS guard, e.operands::jsonb AS operands, e.decisions::jsonb AS decisions, e.evidence::jsonb AS metric_fact_ids,
            e.first_event_id, e.last_event_id
        FROM rule_executions e;
        COMMENT ON VIEW reporting.rule_evaluations IS
            'One row per rule and entity: what the rule saw (operands, in the units of the rule file) and what it came to (decisions). truth:
        true, false, unknown; guard: why a true condition did not act.'
        """

    private static let actionHistory = """
        CREATE OR REPLACE VIEW reporting.action_history AS
        SELECT a.id, a.workspace_id || '/' || a.rule AS rule_id, a.workspace_id, a.rule AS rule_name, a.version AS rule_version,
            a.execution_id AS evaluation_id, a.account_id, a.level AS entity_type, a.entity_id, \(entityName("a")) AS entity_name,
            a.action AS action_type, a.field, m.currency, \(value("a.old_value")) AS old_value, \(value("a.new_value")) AS new_value,
            a.state AS status, CASE WHEN a.state IN ('failed', 'conflict', 'cancelled') THEN a.reason END AS error_message, a.reason,
            a.state = 'done' AND a.field <> 'notify' AND a.read_back = a.new_value AND NOT EXISTS (
                SELECT 1 FROM action_history l WHERE l.workspace_id = a.workspace_id AND l.level = a.level AND l.entity_id = a.entity_id
                    AND l.id > a.id AND l.field = a.field AND l.state IN ('queued', 'done')) AS can_rollback,
            a.mode, a.event_id, a.account_day::date AS account_day, \(time("a.created_at")) AS created_at,
            \(time("a.finished_at")) AS finished_at
        FROM action_history a LEFT JOIN ad_accounts m ON m.workspace_id = a.workspace_id AND m.account_id = a.account_id;
        COMMENT ON VIEW reporting.action_history IS
            'One row per action of a rule. status: queued, done, failed (refused for good), conflict (somebody else changed the value: nothing
        was written), cancelled (no longer allowed when it was to be sent), would (recorded only).';
        COMMENT ON COLUMN reporting.action_history.old_value IS 'Budgets in major units of currency, else a status.';
        COMMENT ON COLUMN reporting.action_history.new_value IS 'Budgets in major units of currency, else a status or a destination.';
        COMMENT ON COLUMN reporting.action_history.account_day IS 'The day in the ad account''s time zone.'
        """

    /// A budget in major units; any other value as it is.
    private static func value(_ column: String) -> String {
        """
        CASE WHEN a.field IN ('daily_budget', 'lifetime_budget') AND \(column) ~ '^-?[0-9]+$' THEN
                \(major(column, "m.currency"))::text ELSE \(column) END
        """
    }
}
