extension Migration {
    /// The schema, step by step.
    package static let all: [Migration] = [
        Migration(version: 1, name: "the line", sqlite: theLine),
        Migration(version: 2, name: "people and shops", sqlite: peopleAndShops),
        Migration(version: 3, name: "several gateways", sqlite: severalGateways, postgresql: severalGatewaysOnPostgres),
        Migration(version: 4, name: "hands for conversions", sqlite: conversionHands),
        Migration(version: 5, name: "the ledger of conversions", sqlite: conversionLedger),
        Migration(version: 6, name: "the keys of sales", sqlite: saleKeys),
    ]

    /// What every queue has. `uncounted`: claims that count no attempt, because the work was held or told to wait.
    private static let queueColumns = """
        order_key TEXT, state TEXT NOT NULL, due_at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,
            uncounted INTEGER NOT NULL DEFAULT 0, owner TEXT, reason TEXT, gate TEXT
        """

    private static func queueIndexes(_ table: String) -> String {
        """
        CREATE INDEX \(table)_due ON \(table) (due_at, id) WHERE state = 'open';
        CREATE INDEX \(table)_order ON \(table) (order_key, id) WHERE state IN ('open', 'held');
        CREATE INDEX \(table)_held ON \(table) (gate) WHERE state = 'held';
        CREATE INDEX \(table)_dead ON \(table) (id) WHERE state = 'dead';
        """
    }

    // Tables are STRICT: a wrong type is refused here and not found later. `INTEGER PRIMARY KEY` is the rowid itself.
    private static let theLine = """
        CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied_at INTEGER NOT NULL) STRICT;
        CREATE TABLE data_keys (id TEXT PRIMARY KEY, wrapped BLOB NOT NULL, created_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE pulse (id INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;

        CREATE TABLE deliveries (
            seq INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, app TEXT NOT NULL, decoded INTEGER NOT NULL DEFAULT 0,
            events INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0, reason TEXT, blob BLOB NOT NULL) STRICT;
        CREATE INDEX deliveries_undecoded ON deliveries (decoded) WHERE decoded = 0;

        CREATE TABLE event_keys (
            workspace_id TEXT NOT NULL, dedupe_key TEXT NOT NULL, event_id INTEGER NOT NULL, seen_at INTEGER NOT NULL,
            PRIMARY KEY (workspace_id, dedupe_key)) STRICT, WITHOUT ROWID;

        CREATE TABLE events (
            id INTEGER PRIMARY KEY, delivery_seq INTEGER NOT NULL, position INTEGER NOT NULL, workspace_id TEXT NOT NULL, object TEXT NOT NULL,
            field TEXT NOT NULL, kind TEXT NOT NULL, object_id TEXT NOT NULL, account_id TEXT, occurred_at INTEGER NOT NULL,
            received_at INTEGER NOT NULL, entities TEXT NOT NULL, metric_moved INTEGER NOT NULL, order_key TEXT, routes INTEGER NOT NULL,
            fault TEXT) STRICT;
        CREATE INDEX events_workspace ON events (workspace_id, id);

        CREATE TABLE jobs (
            id INTEGER PRIMARY KEY, event_id INTEGER NOT NULL, workspace_id TEXT NOT NULL, route TEXT NOT NULL, \(queueColumns)) STRICT;
        \(queueIndexes("jobs"))

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, kind TEXT NOT NULL, unique_key TEXT NOT NULL UNIQUE, reference TEXT NOT NULL,
            event_id INTEGER, action_id INTEGER, \(queueColumns), created_at INTEGER NOT NULL, done_at INTEGER) STRICT;
        \(queueIndexes("outbox"))
        CREATE INDEX outbox_event ON outbox (event_id) WHERE event_id IS NOT NULL;

        CREATE TABLE touched_entities (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, account_id TEXT NOT NULL, level TEXT NOT NULL, entity_id TEXT NOT NULL,
            \(queueColumns), generation INTEGER NOT NULL, first_event_id INTEGER NOT NULL, last_event_id INTEGER NOT NULL,
            event_count INTEGER NOT NULL, first_touched_at INTEGER NOT NULL, last_touched_at INTEGER NOT NULL, last_read_at INTEGER,
            follow_up INTEGER NOT NULL DEFAULT 0, pending_due_at INTEGER, pending_first_event_id INTEGER, pending_count INTEGER,
            pending_touched_at INTEGER, UNIQUE (workspace_id, level, entity_id)) STRICT;
        \(queueIndexes("touched_entities"))
        CREATE INDEX touched_entities_account ON touched_entities (account_id, due_at) WHERE state = 'open';

        CREATE TABLE entities (
            workspace_id TEXT NOT NULL, level TEXT NOT NULL, entity_id TEXT NOT NULL, account_id TEXT NOT NULL, campaign_id TEXT, adset_id TEXT,
            name TEXT NOT NULL, status TEXT NOT NULL, effective_status TEXT NOT NULL, daily_budget INTEGER, lifetime_budget INTEGER,
            fetched_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, level, entity_id)) STRICT, WITHOUT ROWID;
        CREATE TABLE ad_accounts (
            workspace_id TEXT NOT NULL, account_id TEXT NOT NULL, currency TEXT NOT NULL, timezone TEXT NOT NULL, status INTEGER NOT NULL,
            min_daily_budget INTEGER, purchase_action TEXT, lead_action TEXT, known_actions TEXT NOT NULL, fetched_at INTEGER NOT NULL,
            PRIMARY KEY (workspace_id, account_id)) STRICT, WITHOUT ROWID;

        CREATE TABLE insight_reads (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, account_id TEXT NOT NULL, level TEXT NOT NULL, query TEXT NOT NULL,
            request_id TEXT NOT NULL, rows INTEGER NOT NULL, pages INTEGER NOT NULL, fetched_at INTEGER NOT NULL) STRICT;
        CREATE TABLE metric_facts (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, account_id TEXT NOT NULL, level TEXT NOT NULL, entity_id TEXT NOT NULL,
            date_start TEXT NOT NULL, date_stop TEXT NOT NULL, breakdown TEXT NOT NULL DEFAULT '', attribution TEXT NOT NULL,
            version INTEGER NOT NULL, is_empty INTEGER NOT NULL, impressions INTEGER NOT NULL, clicks INTEGER NOT NULL,
            link_clicks INTEGER NOT NULL, reach INTEGER, spend_minor INTEGER NOT NULL, currency TEXT NOT NULL, actions TEXT NOT NULL,
            read_id INTEGER NOT NULL,
            UNIQUE (workspace_id, account_id, level, entity_id, date_start, date_stop, breakdown, attribution, version)) STRICT;

        CREATE TABLE rules (
            workspace_id TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL, mode TEXT NOT NULL,
            seen_at INTEGER NOT NULL, PRIMARY KEY (workspace_id, name, version)) STRICT, WITHOUT ROWID;
        CREATE TABLE rule_executions (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, rule TEXT NOT NULL, version TEXT NOT NULL, level TEXT NOT NULL,
            entity_id TEXT NOT NULL, account_id TEXT NOT NULL, at INTEGER NOT NULL, truth TEXT NOT NULL, operands TEXT NOT NULL,
            evidence TEXT NOT NULL, decisions TEXT NOT NULL, first_event_id INTEGER, last_event_id INTEGER, reason TEXT) STRICT;
        CREATE TABLE action_history (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, rule TEXT NOT NULL, version TEXT NOT NULL, execution_id INTEGER NOT NULL,
            level TEXT NOT NULL, entity_id TEXT NOT NULL, account_id TEXT NOT NULL, action TEXT NOT NULL, field TEXT NOT NULL,
            old_value TEXT NOT NULL, new_value TEXT NOT NULL, idempotency_key TEXT NOT NULL UNIQUE, mode TEXT NOT NULL, state TEXT NOT NULL,
            reason TEXT, event_id INTEGER, outbox_id INTEGER, account_day TEXT NOT NULL, created_at INTEGER NOT NULL, finished_at INTEGER,
            read_back TEXT) STRICT;
        CREATE INDEX action_history_entity ON action_history (workspace_id, level, entity_id, id);
        CREATE INDEX action_history_day ON action_history (workspace_id, account_day, account_id);

        CREATE TABLE api_logs (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, account_id TEXT NOT NULL, at INTEGER NOT NULL, purpose TEXT NOT NULL,
            method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER, code INTEGER, subcode INTEGER, request_id TEXT, rows INTEGER,
            duration_ms INTEGER NOT NULL) STRICT;
        CREATE INDEX api_logs_account ON api_logs (account_id, at);
        CREATE INDEX api_logs_at ON api_logs (at);

        CREATE TABLE holds (scope TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER, by TEXT NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE gates (
            gate TEXT PRIMARY KEY, closed_at INTEGER NOT NULL, reason TEXT NOT NULL, probe_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """
}
