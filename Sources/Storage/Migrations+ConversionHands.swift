extension Migration {
    /// Why a conversion is in quarantine, what has taken its place, and which dedupe keys are conversions'.
    ///
    /// `fault_path`: within the event. `replaced_by`: the event that has taken its place.
    static let conversionHands = """
        ALTER TABLE conversion_events ADD COLUMN fault_code TEXT;
        ALTER TABLE conversion_events ADD COLUMN fault_path TEXT;
        ALTER TABLE conversion_events ADD COLUMN fault_sentence TEXT;
        ALTER TABLE conversion_events ADD COLUMN quarantined_at INTEGER;
        ALTER TABLE conversion_events ADD COLUMN replaced_by INTEGER;
        CREATE INDEX conversion_events_quarantine ON conversion_events (event_id) WHERE state IN ('quarantined', 'refused');
        CREATE INDEX event_keys_conversions ON event_keys (seen_at) WHERE substr(dedupe_key, 1, 5) = 'conv:';
        """
}
