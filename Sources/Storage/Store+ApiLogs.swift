/// One call of the Graph API, without token, proof or query.
package struct ApiLog: Sendable, Equatable {
    package let workspace: String
    /// Empty for calls that concern no account.
    package let accountID: String
    package let atMs: Int64
    package let purpose: String
    package let method: String
    package let path: String
    /// 0: no answer.
    package let status: Int
    package let code: Int?
    package let subcode: Int?
    package let requestID: String
    package let rows: Int
    package let durationMs: Int64

    package init(
        workspace: String, accountID: String, atMs: Int64, purpose: String, method: String, path: String, status: Int, code: Int?,
        subcode: Int?, requestID: String, rows: Int, durationMs: Int64
    ) {
        self.workspace = workspace
        self.accountID = accountID
        self.atMs = atMs
        self.purpose = purpose
        self.method = method
        self.path = path
        self.status = status
        self.code = code
        self.subcode = subcode
        self.requestID = requestID
        self.rows = rows
        self.durationMs = durationMs
    }
}

extension Transaction {
    package func insertApiLog(_ log: ApiLog) throws(StoreError) {
        try later(
            """
            INSERT INTO api_logs (id, workspace_id, account_id, at, purpose, method, path, status, code, subcode, request_id, rows, duration_ms)
            VALUES (\(try nextID(log.atMs)), \(log.workspace), \(log.accountID), \(log.atMs), \(log.purpose), \(log.method), \(log.path),
                \(Int64(log.status)), \(log.code.map(Int64.init)), \(log.subcode.map(Int64.init)), \(log.requestID), \(Int64(log.rows)),
                \(log.durationMs))
            """)
    }

    /// When an account was read since `sinceMs`: what the call budget starts with.
    package func readTimes(sinceMs: Int64) throws(StoreError) -> [(accountID: String, atMs: Int64)] {
        var times: [(accountID: String, atMs: Int64)] = []
        for row in try run(
            "SELECT account_id, at FROM api_logs WHERE at > \(sinceMs) AND purpose IN ('account', 'entities', 'insights') AND account_id <> \("") ORDER BY at"
        ) {
            times.append((try row.text("account_id"), try row.int64("at")))
        }
        return times
    }
}
