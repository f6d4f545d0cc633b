package import Core

extension Transaction {
    /// What is known of a lead by Meta's id, and by what Meta may know whoever wrote it; nil: it never came here.
    package func leadOrigin(workspace: String, leadID: String) throws(StoreError) -> LeadOrigin? {
        try run(
            """
            SELECT id, created_at, is_test, erased_at, answers FROM leads WHERE workspace_id = \(workspace) AND lead_id = \(leadID)
            """
        ).first
            .map { row throws(StoreError) in
                let answers = try opened(
                    row.bytesOrNil("answers"), table: "leads", column: "answers", row: row.int64("id"), workspace: workspace)
                return LeadOrigin(
                    createdAtMs: try row.int64("created_at"), isTest: try row.bool("is_test"),
                    isErased: try row.int64OrNil("erased_at") != nil,
                    contacts: LeadContacts(answers.map(StoredLead.fields) ?? []))
            }
    }
}
