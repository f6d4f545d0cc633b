/// Leads, conversions and events: that they were, and what became of them. Who they were about stays sealed.
extension Reporting {
    static let people = [leads, conversions, events]

    private static let itsMessages = "FROM outbox o WHERE o.event_id = l.id AND o.kind = 'lead'"

    private static let leads = """
        CREATE OR REPLACE VIEW reporting.leads AS
        SELECT l.id, l.workspace_id, l.lead_id, l.form_id, l.page_id, l.ad_id, l.adset_id, l.campaign_id, l.account_id, l.platform,
            l.is_organic <> 0 AS is_organic, l.is_test <> 0 AS is_test,
            CASE WHEN l.erased_at IS NOT NULL THEN 'erased'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'dead') THEN 'dead'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'held') THEN 'held'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'open') THEN 'open'
                WHEN EXISTS (SELECT 1 \(itsMessages) AND o.state = 'done') THEN 'forwarded'
                ELSE 'stored' END AS status,
            (SELECT o.reason \(itsMessages) AND o.reason IS NOT NULL AND o.state <> 'done'
                ORDER BY CASE o.state WHEN 'dead' THEN 0 WHEN 'held' THEN 1 ELSE 2 END, o.id LIMIT 1) AS error_message,
            \(time("l.created_at")) AS created_at, \(time("l.fetched_at")) AS fetched_at,
            (SELECT \(time("MAX(o.done_at)")) \(itsMessages) AND o.state = 'done') AS forwarded_at, \(time("l.erased_at")) AS erased_at
        FROM leads l;
        COMMENT ON VIEW reporting.leads IS
            'One row per lead and workspace, without anything that the person wrote. status: stored (nothing to be sent), open (on its way),
        held (waits for a gate or a hold), forwarded, dead (given up: see error_message), erased. created_at: when the form was sent.'
        """

    private static let conversions = """
        CREATE OR REPLACE VIEW reporting.conversions AS
        SELECT c.event_id AS id, c.workspace_id, c.source, c.dataset AS dataset_id, c.event_name, c.action_source, c.currency,
            \(major("c.value_minor", "c.currency")) AS value, c.is_test <> 0 AS is_test, c.consent, c.state AS status,
            CASE WHEN c.state <> 'forwarded' THEN c.reason END AS error_message, c.trace_id AS fbtrace_id, c.ad_id, c.adset_id, c.campaign_id,
            c.attributed_by, to_timestamp(c.event_time) AS event_time, \(time("c.received_at")) AS received_at,
            \(time("c.forwarded_at")) AS forwarded_at
        FROM conversion_events c;
        COMMENT ON VIEW reporting.conversions IS
            'One row per conversion that a source sent, without anything of the person. status: waiting, forwarded, left_out (for a reason of
        ours, such as no consent), refused (by Meta), quarantined (for a fault of its own), replaced (by another event, after it was mended).';
        COMMENT ON COLUMN reporting.conversions.value IS 'Major units of currency; null: none was given, or no number.'
        """

    // A user's own id is somebody's; an order key may hold one.
    private static let events = """
        CREATE OR REPLACE VIEW reporting.events AS
        SELECT e.id, e.delivery_seq, e.workspace_id, e.object, e.field, e.kind, CASE WHEN e.object IN ('page', 'instagram', 'ad_account',
                'application', 'conversion') THEN e.object_id END AS object_id, e.account_id, e.entities::jsonb AS entities, e.fault,
            CASE WHEN e.routes = 0 THEN 'unrouted'
                ELSE (SELECT CASE WHEN COUNT(*) = 0 THEN 'done' WHEN BOOL_OR(j.state = 'dead') THEN 'dead'
                    WHEN BOOL_OR(j.state = 'held') THEN 'held' WHEN BOOL_OR(j.state = 'open') THEN 'open' ELSE 'done' END
                    FROM jobs j WHERE j.id BETWEEN e.id * 64 AND e.id * 64 + 63) END AS status,
            \(time("e.occurred_at")) AS occurred_at, \(time("e.received_at")) AS received_at
        FROM events e;
        COMMENT ON VIEW reporting.events IS
            'One row per event. status: unrouted (no route wanted it), open, held, done, dead. The table is divided by id into days: narrow id
        down too where there are many.'
        """
}
