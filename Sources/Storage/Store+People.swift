/// What a person can be found in.
package enum PersonKind: String, Sendable, CaseIterable {
    case lead, engagement, conversion
    /// The raw bytes of one event, and nothing else.
    case delivery
}

extension Transaction {
    /// Notes whom the raw bytes of an event are about, where nothing else of it is stored: a message, a change of a user's own fields.
    ///
    /// `people` are canonical texts (`user:<id>`, `em:<sha256>`); only their keyed digests are stored.
    package func rememberPeople(_ people: [String], workspace: String, eventID: Int64) throws(StoreError) {
        try remember(people, .delivery, rowID: eventID, workspace: workspace, eventID: eventID)
    }

    func remember(
        _ people: [String], _ kind: PersonKind, rowID: Int64, workspace: String, eventID: Int64
    ) throws(StoreError) {
        for person in people {
            try insert(
                "INSERT INTO person_keys (key, workspace_id, kind, row_id, event_id)",
                row: "(\(try conceal(person)), \(workspace), \(kind.rawValue), \(rowID), \(eventID))",
                "ON CONFLICT (key, workspace_id, kind, row_id) DO NOTHING")
        }
    }

    /// Nobody finds these rows any more.
    func forgetPeople(_ kind: PersonKind, rowIDs: [Int64]) throws(StoreError) {
        try run("DELETE FROM person_keys WHERE kind = \(kind.rawValue) AND row_id IN (\(list: rowIDs))")
    }
}
