extension Migration {
    /// Leads, engagement, conversions, own figures, and what erases them.
    static let peopleAndShops = [deliveriesAndAds, leadsAndEngagement, conversionsAndFigures, sending, people].joined(
        separator: "\n")

    // `pulse.filler`: so that a probe needs room.
    private static let deliveriesAndAds = """
        ALTER TABLE pulse ADD COLUMN filler BLOB;
        ALTER TABLE deliveries ADD COLUMN kind TEXT NOT NULL DEFAULT 'webhook';

        ALTER TABLE entities ADD COLUMN creative_id TEXT;
        ALTER TABLE entities ADD COLUMN story_id TEXT;
        ALTER TABLE entities ADD COLUMN media_id TEXT;
        ALTER TABLE entities ADD COLUMN source_media_id TEXT;
        CREATE INDEX entities_story ON entities (workspace_id, story_id) WHERE story_id IS NOT NULL;
        CREATE INDEX entities_media ON entities (workspace_id, media_id) WHERE media_id IS NOT NULL;
        CREATE INDEX entities_source_media ON entities (workspace_id, source_media_id) WHERE source_media_id IS NOT NULL;
        CREATE INDEX entities_campaign ON entities (workspace_id, campaign_id, level) WHERE campaign_id IS NOT NULL;
        CREATE INDEX entities_adset ON entities (workspace_id, adset_id, level) WHERE adset_id IS NOT NULL;
        CREATE TABLE story_reads (
            workspace_id TEXT NOT NULL, account_id TEXT NOT NULL, read_at INTEGER NOT NULL, ads INTEGER NOT NULL,
            PRIMARY KEY (workspace_id, account_id)) STRICT, WITHOUT ROWID;

        ALTER TABLE metric_facts ADD COLUMN superseded_at INTEGER;
        UPDATE metric_facts SET superseded_at = id / 4096 WHERE EXISTS (
            SELECT 1 FROM metric_facts n WHERE n.workspace_id = metric_facts.workspace_id AND n.account_id = metric_facts.account_id
                AND n.level = metric_facts.level AND n.entity_id = metric_facts.entity_id AND n.date_start = metric_facts.date_start
                AND n.date_stop = metric_facts.date_stop AND n.breakdown = metric_facts.breakdown
                AND n.attribution = metric_facts.attribution AND n.version > metric_facts.version);
        CREATE INDEX metric_facts_superseded ON metric_facts (superseded_at) WHERE superseded_at IS NOT NULL;
        CREATE INDEX event_keys_seen ON event_keys (seen_at);
        """

    private static let leadsAndEngagement = """
        CREATE TABLE leads (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, lead_id TEXT NOT NULL, form_id TEXT, page_id TEXT, ad_id TEXT, adset_id TEXT,
            campaign_id TEXT, account_id TEXT, platform TEXT, is_organic INTEGER, is_test INTEGER NOT NULL, created_at INTEGER NOT NULL,
            fetched_at INTEGER NOT NULL, answers BLOB, erased_at INTEGER, UNIQUE (workspace_id, lead_id)) STRICT;
        CREATE INDEX leads_fetched ON leads (fetched_at);

        CREATE TABLE social_engagements (
            id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, event_id INTEGER NOT NULL, platform TEXT NOT NULL, kind TEXT NOT NULL,
            target_id TEXT NOT NULL, post_id TEXT, parent_id TEXT, page_id TEXT NOT NULL, author_digest TEXT, verb TEXT NOT NULL,
            occurred_at INTEGER NOT NULL, entry_at INTEGER NOT NULL, ads TEXT NOT NULL, is_own INTEGER NOT NULL, sealed BLOB,
            erased_at INTEGER, UNIQUE (workspace_id, event_id)) STRICT;
        CREATE INDEX social_engagements_target ON social_engagements (workspace_id, target_id, id);
        """

    private static let conversionsAndFigures = """
        CREATE TABLE conversion_events (
            event_id INTEGER PRIMARY KEY, workspace_id TEXT NOT NULL, source TEXT NOT NULL, dataset TEXT NOT NULL, event_name TEXT NOT NULL,
            conversion_id TEXT, event_time INTEGER NOT NULL, action_source TEXT NOT NULL, currency TEXT, value_minor INTEGER,
            is_test INTEGER NOT NULL, consent TEXT NOT NULL, state TEXT NOT NULL, reason TEXT, forwarded_at INTEGER, trace_id TEXT,
            ad_id TEXT, adset_id TEXT, campaign_id TEXT, attributed_by TEXT, received_at INTEGER NOT NULL) STRICT;
        CREATE TABLE click_ids (
            workspace_id TEXT NOT NULL, click_digest TEXT NOT NULL, ad_id TEXT, adset_id TEXT, campaign_id TEXT, seen_at INTEGER NOT NULL,
            PRIMARY KEY (workspace_id, click_digest)) STRICT, WITHOUT ROWID;
        CREATE INDEX click_ids_seen ON click_ids (seen_at);

        CREATE TABLE own_events (
            workspace_id TEXT NOT NULL, metric TEXT NOT NULL, level TEXT NOT NULL, entity_id TEXT NOT NULL, at INTEGER NOT NULL,
            event_id INTEGER NOT NULL, value_minor INTEGER, currency TEXT,
            PRIMARY KEY (workspace_id, metric, level, entity_id, at, event_id)) STRICT, WITHOUT ROWID;
        CREATE INDEX own_events_at ON own_events (at);
        CREATE TABLE workspaces (workspace_id TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    // Conversions are claimed apart from all else, thousands at a time.
    private static let sending = """
        DROP INDEX outbox_due;
        CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'open' AND kind <> 'conversion';
        CREATE INDEX outbox_due_conversions ON outbox (due_at, id) WHERE state = 'open' AND kind = 'conversion';
        CREATE TABLE send_attempts (
            id INTEGER PRIMARY KEY, outbox_id INTEGER NOT NULL, workspace_id TEXT NOT NULL, at INTEGER NOT NULL, attempt INTEGER NOT NULL,
            status INTEGER, outcome TEXT NOT NULL, duration_ms INTEGER NOT NULL, answer BLOB) STRICT;
        CREATE INDEX send_attempts_outbox ON send_attempts (outbox_id);
        """

    // `key` comes first: a person may be looked for in all workspaces at once.
    private static let people = """
        CREATE TABLE callbacks (
            code TEXT PRIMARY KEY, app TEXT NOT NULL, kind TEXT NOT NULL, user_digest TEXT NOT NULL, event_id INTEGER, issued_at INTEGER,
            received_at INTEGER NOT NULL, state TEXT NOT NULL, done_at INTEGER, erased INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE TABLE person_keys (
            key TEXT NOT NULL, workspace_id TEXT NOT NULL, kind TEXT NOT NULL, row_id INTEGER NOT NULL, event_id INTEGER NOT NULL,
            PRIMARY KEY (key, workspace_id, kind, row_id)) STRICT, WITHOUT ROWID;
        CREATE INDEX person_keys_row ON person_keys (kind, row_id);
        """
}
