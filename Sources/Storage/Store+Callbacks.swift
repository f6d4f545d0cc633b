/// What Meta asked for with a signed request.
package enum CallbackKind: String, Sendable, CaseIterable {
    case deauthorize
    case dataDeletion = "data_deletion"
}

/// How far it is.
package enum CallbackState: String, Sendable, CaseIterable {
    case open, done
}

/// A person's word to an app of Meta's, passed on to us.
package struct Callback: Sendable, Equatable {
    /// What the person was given to ask with.
    package let code: String
    package let app: String
    package let kind: CallbackKind
    package let userDigest: String
    package let eventID: Int64?
    /// Nil where the request does not say.
    package let issuedAtMs: Int64?
    package let receivedAtMs: Int64
    package let state: CallbackState
    package let doneAtMs: Int64?
    /// How many rows were emptied.
    package let erased: Int

    init(_ row: Row) throws(StoreError) {
        code = try row.text("code")
        app = try row.text("app")
        kind = try row.choice("kind", CallbackKind.self)
        userDigest = try row.text("user_digest")
        eventID = try row.int64OrNil("event_id")
        issuedAtMs = try row.int64OrNil("issued_at")
        receivedAtMs = try row.int64("received_at")
        state = try row.choice("state", CallbackState.self)
        doneAtMs = try row.int64OrNil("done_at")
        erased = try row.int("erased")
    }
}

extension Transaction {
    /// False: a request with this code is there already. Of the user only the keyed digest of `user:<id>` is stored.
    package func insertCallback(
        code: String, app: String, kind: CallbackKind, userID: String, eventID: Int64?, issuedAtMs: Int64?, receivedAtMs: Int64
    ) throws(StoreError) -> Bool {
        try !run(
            """
            INSERT INTO callbacks (code, app, kind, user_digest, event_id, issued_at, received_at, state, erased)
            VALUES (\(code), \(app), \(kind.rawValue), \(try conceal("user:\(userID)")), \(eventID), \(issuedAtMs), \(receivedAtMs), 'open', 0)
            ON CONFLICT (code) DO NOTHING RETURNING code
            """
        ).isEmpty
    }

    package func callback(_ code: String) throws(StoreError) -> Callback? {
        try run("SELECT * FROM callbacks WHERE code = \(code)").first.map { row throws(StoreError) in try Callback(row) }
    }

    /// Oldest first.
    package func callbacks(state: CallbackState?, limit: Int) throws(StoreError) -> [Callback] {
        let condition: Statement = state.map { "WHERE state = \($0.rawValue)" } ?? ""
        return try run("SELECT * FROM callbacks \(condition) ORDER BY received_at, code LIMIT \(limit)")
            .decoded { row throws(StoreError) in try Callback(row) }
    }

    /// The request was carried out; a second time changes nothing.
    package func finishCallback(_ code: String, erased: Int, nowMs: Int64) throws(StoreError) {
        try run(
            "UPDATE callbacks SET state = 'done', done_at = \(nowMs), erased = \(erased) WHERE code = \(code) AND state = 'open'")
    }
}
