import Core

extension Transaction {
    /// Accounts of workspaces that have touched entities due now; `accountID` is empty where an event did not name it.
    package func dueAccounts(nowMs: Int64, limit: Int) throws(StoreError) -> [(workspace: String, accountID: String)] {
        let rows = try run(
            """
            SELECT workspace_id, account_id FROM touched_entities WHERE state = 'open' AND due_at <= \(nowMs)
            GROUP BY workspace_id, account_id ORDER BY MIN(due_at) LIMIT \(Int64(limit))
            """)
        var accounts: [(workspace: String, accountID: String)] = []
        for row in rows { accounts.append((try row.text("workspace_id"), try row.text("account_id"))) }
        return accounts
    }

    /// Gives a touched entity the account that Meta says it belongs to.
    package func assignAccount(_ accountID: String, touchedID: Int64) throws(StoreError) {
        try run("UPDATE touched_entities SET account_id = \(accountID) WHERE id = \(touchedID)")
    }
}
