/// One field of one entity that changed.
package struct Change: Sendable, Equatable {
    /// The entity.
    package let id: String
    /// `campaign`, `adset`, `ad`, `comment`, `form` or `lead`.
    package let level: String
    /// `status`, `daily_budget`, …
    package let field: String
    /// Nil: it was unset.
    package let old: String?
    /// Nil: it is unset now.
    package let new: String?

    var value: Value {
        [
            "id": .string(id), "level": .string(level), "field": .string(field), "old": .optional(old), "new": .optional(new),
        ]
    }
}

/// One request to the Graph API, as the log has it. No token, proof or secret is in it.
package struct LogEntry: Sendable {
    /// Runs over all lines of the log.
    package let n: Int
    /// By the emulator's own clock.
    package let atMs: Int64
    /// By the machine's clock, in microseconds.
    package let wallUs: Int64
    package let method: String
    /// Without the version.
    package let path: String
    package let version: String
    /// `insights`, `edge`, `node`, `write`, `delete`, `events` or `unknown`.
    package let op: String
    /// The number of the account it was about.
    package let account: String?
    package let query: [String: String]
    package let form: [String: String]
    /// Where the token was: `header`, `query`, `form` or `none`.
    package let auth: String
    /// `ok`, `missing`, `unknown` or the token's state.
    package let token: String
    package let tokenName: String?
    /// `ok`, `missing`, `wrong` or `none`.
    package let proof: String
    /// Nil: no answer was sent.
    package let status: Int?
    package let code: Int?
    package let subcode: Int?
    /// `fbtrace_id` and `x-fb-trace-id`.
    package let trace: String
    /// Rows of the top-level `data`; 1 for a node.
    package let rows: Int?
    /// The distinct entities that those rows are about.
    package let ids: [String]
    package let changed: [Change]
    package let validateOnly: Bool
    /// The scripted fault that was laid over the answer.
    package let fault: String?
    /// The work was done (or not), and the connection was closed without an answer.
    package let lost: Bool
    /// What was asked of a Page or a data set: `lead`, `hide`, `events`, …; nil for anything else.
    package let call: String?
    /// The Page and the data set that it was about.
    package let page: String?
    package let dataset: String?
    /// Events in the request, and how many of them were new.
    package let events: Int?
    package let accepted: Int?

    var value: Value {
        [
            "kind": "graph", "n": .integer(n), "at_ms": .integer(atMs), "wall_us": .integer(wallUs), "method": .string(method),
            "path": .string(path), "version": .string(version), "op": .string(op), "account": .optional(account),
            "query": Self.object(query), "form": Self.object(form), "auth": .string(auth), "token": .string(token),
            "token_name": .optional(tokenName), "proof": .string(proof), "status": .optional(status), "code": .optional(code),
            "subcode": .optional(subcode), "trace": .string(trace), "rows": .optional(rows),
            "ids": .array(ids.map(Value.string)), "changed": .array(changed.map(\.value)), "validate_only": .bool(validateOnly),
            "fault": .optional(fault), "lost": .bool(lost), "call": .optional(call), "page": .optional(page),
            "dataset": .optional(dataset), "events": .optional(events), "accepted": .optional(accepted),
        ]
    }

    private static func object(_ params: [String: String]) -> Value {
        .object(params.sorted { $0.key < $1.key }.map { .init(key: $0.key, value: .string($0.value)) })
    }
}
