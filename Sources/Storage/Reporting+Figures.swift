/// Figures of ads, as Meta gave them.
extension Reporting {
    static let figures = [metricFacts]

    private static let metricFacts = """
        CREATE OR REPLACE VIEW reporting.metric_facts AS
        SELECT f.id, f.workspace_id, f.account_id, f.level AS entity_type, f.entity_id, \(entityName("f")) AS entity_name,
            f.date_start::date AS date_start, f.date_stop::date AS date_stop, f.attribution, f.breakdown, f.is_empty <> 0 AS is_empty,
            f.impressions, f.clicks, f.link_clicks, f.reach, \(major("f.spend_minor", "f.currency")) AS spend, f.currency,
            \(count("a.purchase_action")) AS purchases,
            \(major("f.actions::jsonb -> a.purchase_action ->> 'value'", "f.currency")) AS purchase_value,
            \(count("a.lead_action")) AS leads,
            (SELECT COALESCE(jsonb_object_agg(x.key, CASE WHEN x.value ->> 'value' IS NOT NULL THEN jsonb_set(x.value, '{value}',
                to_jsonb(\(major("(x.value ->> 'value')", "f.currency")))) ELSE x.value END), '{}') FROM jsonb_each(f.actions::jsonb) x) AS actions,
            f.version, (SELECT \(time("i.fetched_at")) FROM insight_reads i WHERE i.id = f.read_id) AS read_at
        FROM metric_facts f LEFT JOIN ad_accounts a ON a.workspace_id = f.workspace_id AND a.account_id = f.account_id
        WHERE f.superseded_at IS NULL;
        COMMENT ON VIEW reporting.metric_facts IS
            'One row per entity and range of days, in its latest version; daily rows have date_start = date_stop, ranges of several days are
        there only where a rule asked for reach or frequency: don''t add them to the days. Days are those of the ad account''s time zone.';
        COMMENT ON COLUMN reporting.metric_facts.spend IS 'Major units of currency.';
        COMMENT ON COLUMN reporting.metric_facts.purchases IS
            'By the action type that the account counts as a purchase. 0: none; null: the account has never shown such an action.';
        COMMENT ON COLUMN reporting.metric_facts.purchase_value IS 'Major units of currency.';
        COMMENT ON COLUMN reporting.metric_facts.reach IS 'People reached in exactly this range; adds up over nothing. Null: not asked for.';
        COMMENT ON COLUMN reporting.metric_facts.actions IS 'By action type: count, and value in major units of currency.';
        COMMENT ON COLUMN reporting.metric_facts.is_empty IS 'Meta was asked and had no row: nothing was delivered.'
        """

    /// How often the action happened; an action that the account knows and the row has not is 0.
    private static func count(_ action: String) -> String {
        """
        COALESCE((f.actions::jsonb -> \(action) ->> 'count')::numeric,
                CASE WHEN a.known_actions::jsonb @> to_jsonb(\(action)) THEN 0 END)
        """
    }
}
