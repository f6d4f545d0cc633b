extension Migration {
    /// Who does what one gateway at a time does, who is there, and where an event is found by what it names.
    static let severalGateways = [gateways, references, listings, oldReferences].joined(separator: "\n")

    static let severalGatewaysOnPostgres = [
        PostgresText.schema(gateways), turn, PostgresText.schema(partitionedTables), PostgresText.schema(listings), partitions,
        Reporting.script,
    ].joined(separator: "\n")

    private static let gateways = """
        CREATE TABLE duties (
            duty TEXT PRIMARY KEY, owner TEXT NOT NULL, number INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE gateways (
            boot_id TEXT PRIMARY KEY, host TEXT NOT NULL, pid INTEGER NOT NULL, program TEXT NOT NULL, since INTEGER NOT NULL,
            seen_at INTEGER NOT NULL, holds_seen INTEGER NOT NULL, holds_seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE holds_changes (id INTEGER PRIMARY KEY, number INTEGER NOT NULL) STRICT;
        INSERT INTO holds_changes (id, number) VALUES (1, 0);
        """

    /// `ref`: the id of an ad, ad set, campaign, account, lead or comment that the event names.
    private static let references = """
        CREATE TABLE event_refs (ref TEXT NOT NULL, event_id INTEGER NOT NULL, PRIMARY KEY (ref, event_id)) STRICT, WITHOUT ROWID;
        CREATE INDEX event_refs_event ON event_refs (event_id);
        """

    private static let oldReferences = """
        INSERT OR IGNORE INTO event_refs (ref, event_id)
            SELECT json_extract(j.value, '$[1]'), e.id FROM events e, json_each(e.entities) j;
        INSERT OR IGNORE INTO event_refs (ref, event_id) SELECT account_id, id FROM events WHERE account_id IS NOT NULL;
        INSERT OR IGNORE INTO event_refs (ref, event_id) SELECT substr(order_key, instr(order_key, ':') + 1), id FROM events
            WHERE order_key LIKE 'lead:%' OR order_key LIKE 'comment:%';
        """

    private static let listings = """
        CREATE INDEX events_unrouted ON events (id) WHERE routes = 0;
        CREATE INDEX events_fault ON events (fault, id) WHERE fault IS NOT NULL;
        CREATE INDEX jobs_held_id ON jobs (id) WHERE state = 'held';
        CREATE INDEX outbox_held_id ON outbox (id) WHERE state = 'held';
        CREATE INDEX jobs_reason ON jobs (reason, id) WHERE reason IS NOT NULL;
        CREATE INDEX outbox_reason ON outbox (reason, id) WHERE reason IS NOT NULL;
        CREATE INDEX deliveries_reason ON deliveries (reason, seq) WHERE reason IS NOT NULL;
        """

    /// One row: whoever has locked it writes. It tells the last id that anybody gave.
    private static let turn = """
        CREATE TABLE writer_turn (id BIGINT PRIMARY KEY, last_id BIGINT NOT NULL) WITH (fillfactor = 10);
        INSERT INTO writer_turn (id, last_id) VALUES (1, 0);
        """

    // The days of a delivery and of its events are in their ids: day since 1970 << 29 and << 41. No row was stored before this step.
    private static let partitionedTables = """
        DROP TABLE deliveries;
        DROP TABLE events;
        CREATE TABLE deliveries (
            seq INTEGER PRIMARY KEY, received_at INTEGER NOT NULL, app TEXT NOT NULL, decoded INTEGER NOT NULL DEFAULT 0,
            events INTEGER NOT NULL DEFAULT 0, duplicates INTEGER NOT NULL DEFAULT 0, reason TEXT, kind TEXT NOT NULL DEFAULT 'webhook',
            blob BLOB NOT NULL) PARTITION BY RANGE (seq);
        CREATE INDEX deliveries_undecoded ON deliveries (seq) WHERE decoded = 0;
        CREATE TABLE events (
            id INTEGER PRIMARY KEY, delivery_seq INTEGER NOT NULL, position INTEGER NOT NULL, workspace_id TEXT NOT NULL, object TEXT NOT NULL,
            field TEXT NOT NULL, kind TEXT NOT NULL, object_id TEXT NOT NULL, account_id TEXT, occurred_at INTEGER NOT NULL,
            received_at INTEGER NOT NULL, entities TEXT NOT NULL, metric_moved INTEGER NOT NULL, order_key TEXT, routes INTEGER NOT NULL,
            fault TEXT) PARTITION BY RANGE (id);
        CREATE INDEX events_workspace ON events (workspace_id, id);
        CREATE TABLE event_refs (ref TEXT NOT NULL, event_id INTEGER NOT NULL, PRIMARY KEY (ref, event_id)) PARTITION BY RANGE (event_id);
        CREATE INDEX event_refs_event ON event_refs (event_id);
        """

    // A partition is made apart and then attached: making it in place would lock out every insert. `deliveries_seq` only ever rises, and each day
    // from that day's first number.
    private static let partitions = """
        CREATE SEQUENCE deliveries_seq;
        CREATE FUNCTION touchstone_next_seqs(wanted BIGINT, lowest BIGINT) RETURNS SETOF BIGINT LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT last_value FROM deliveries_seq) < lowest THEN
                PERFORM pg_advisory_xact_lock(7310581);
                IF (SELECT last_value FROM deliveries_seq) < lowest THEN PERFORM setval('deliveries_seq', lowest); END IF;
            END IF;
            RETURN QUERY SELECT nextval('deliveries_seq') FROM generate_series(1, wanted);
        END $$;
        CREATE FUNCTION touchstone_make_day(day BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
        DECLARE
            suffix TEXT := to_char(to_timestamp(day * 86400) AT TIME ZONE 'UTC', 'YYYYMMDD');
            part RECORD;
            made BIGINT := 0;
        BEGIN
            FOR part IN SELECT * FROM (VALUES ('deliveries', 29), ('events', 41), ('event_refs', 41)) parts (parent, shift) LOOP
                CONTINUE WHEN to_regclass(part.parent || '_' || suffix) IS NOT NULL;
                PERFORM pg_advisory_xact_lock(7310582);
                -- not by to_regclass: what it knows may be older than the lock
                CONTINUE WHEN EXISTS (SELECT 1 FROM pg_class WHERE relname = part.parent || '_' || suffix
                    AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass(part.parent)));
                EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING ALL)', part.parent || '_' || suffix, part.parent);
                EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', part.parent,
                    part.parent || '_' || suffix, day << part.shift, (day + 1) << part.shift);
                made := made + 1;
            END LOOP;
            RETURN made;
        END $$;
        """
}
