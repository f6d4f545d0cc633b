/// One attempt to send a message, and what came back.
package struct SendAttempt: Sendable, Equatable {
    package let outboxID: Int64
    package let workspace: String
    package let atMs: Int64
    package let attempt: Int64
    /// Nil: no answer.
    package let status: Int?
    /// A stable code: `sent`, or why not.
    package let outcome: String
    package let durationMs: Int64
    /// The beginning of the answer's body, which may quote what was sent: sealed at rest. Nil: none, or erased.
    package let answer: [UInt8]?

    package init(
        outboxID: Int64, workspace: String, atMs: Int64, attempt: Int64, status: Int?, outcome: String, durationMs: Int64,
        answer: [UInt8]?
    ) {
        self.outboxID = outboxID
        self.workspace = workspace
        self.atMs = atMs
        self.attempt = attempt
        self.status = status
        self.outcome = outcome
        self.durationMs = durationMs
        self.answer = answer
    }
}

extension Transaction {
    private static let answerBytesKept = 1024

    /// Keeps the first KiB of the answer.
    package func insertAttempt(_ attempt: SendAttempt) throws(StoreError) {
        let id = try nextID(attempt.atMs)
        let answer = try attempt.answer.map { bytes throws(StoreError) in
            try seal(
                Array(bytes.prefix(Self.answerBytesKept)), table: "send_attempts", column: "answer", row: id,
                workspace: attempt.workspace)
        }
        try later(
            """
            INSERT INTO send_attempts (id, outbox_id, workspace_id, at, attempt, status, outcome, duration_ms, answer)
            VALUES (\(id), \(attempt.outboxID), \(attempt.workspace), \(attempt.atMs), \(attempt.attempt), \(attempt.status),
                \(attempt.outcome), \(attempt.durationMs), \(answer))
            """)
    }

    /// Oldest first.
    package func attempts(of outboxID: Int64) throws(StoreError) -> [SendAttempt] {
        try run("SELECT * FROM send_attempts WHERE outbox_id = \(outboxID) ORDER BY id").decoded { row throws(StoreError) in
            let workspace = try row.text("workspace_id")
            return SendAttempt(
                outboxID: outboxID, workspace: workspace, atMs: try row.int64("at"), attempt: try row.int64("attempt"),
                status: try row.int64OrNil("status").map { Int($0) }, outcome: try row.text("outcome"),
                durationMs: try row.int64("duration_ms"),
                answer: try opened(
                    row.bytesOrNil("answer"), table: "send_attempts", column: "answer", row: row.int64("id"), workspace: workspace
                ))
        }
    }
}
