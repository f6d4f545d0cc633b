package import Core

extension Transaction {
    /// What is known of a lead by Meta's id, without what the person wrote; nil: it never came here.
    package func leadOrigin(workspace: String, leadID: String) throws(StoreError) -> LeadOrigin? {
        try run("SELECT created_at, is_test, erased_at FROM leads WHERE workspace_id = \(workspace) AND lead_id = \(leadID)")
            .first
            .map { row throws(StoreError) in
                LeadOrigin(
                    createdAtMs: try row.int64("created_at"), isTest: try row.bool("is_test"),
                    isErased: try row.int64OrNil("erased_at") != nil)
            }
    }
}
