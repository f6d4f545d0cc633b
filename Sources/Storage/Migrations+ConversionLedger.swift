extension Migration {
    /// By what orders are found again, what was told twice, and the figures of the report.
    ///
    /// Of what came before, an order's own number is in sealed bytes: the event's id stands for it.
    static let conversionLedger = """
        ALTER TABLE conversion_events ADD COLUMN order_key TEXT;
        UPDATE conversion_events SET order_key = conversion_id WHERE order_key IS NULL AND conversion_id IS NOT NULL;
        CREATE INDEX conversion_events_order ON conversion_events (workspace_id, source, order_key) WHERE order_key IS NOT NULL;
        CREATE INDEX conversion_events_sent_as ON conversion_events (source, conversion_id) WHERE conversion_id IS NOT NULL;

        CREATE TABLE conversion_repeats (
            event_id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, source TEXT NOT NULL, dataset TEXT NOT NULL, event_name TEXT NOT NULL,
            conversion_id TEXT, order_key TEXT, first_event_id INTEGER, received_at INTEGER NOT NULL) STRICT;
        CREATE INDEX conversion_repeats_order ON conversion_repeats (workspace_id, source, order_key) WHERE order_key IS NOT NULL;
        CREATE INDEX conversion_repeats_first ON conversion_repeats (first_event_id) WHERE first_event_id IS NOT NULL;

        CREATE TABLE conversion_tallies (
            workspace_id TEXT NOT NULL, source TEXT NOT NULL, dataset TEXT NOT NULL, event_name TEXT NOT NULL, hour INTEGER NOT NULL,
            figure TEXT NOT NULL, n INTEGER NOT NULL,
            PRIMARY KEY (workspace_id, source, dataset, event_name, hour, figure)) STRICT, WITHOUT ROWID;
        CREATE INDEX conversion_tallies_hour ON conversion_tallies (hour);
        """
}
