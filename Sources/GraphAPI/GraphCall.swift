import Core

/// One call to the Graph API as it went, for `api_logs` and the quota. Holds neither token nor proof.
package struct GraphCall: Sendable, Equatable {
    package let purpose: GraphPurpose
    package let workspace: String
    package let app: String
    /// The ad account concerned, without `act_`; nil where none is known.
    package let account: String?
    package let method: String
    /// Path with the version, without query.
    package let path: String
    /// HTTP status; 0 when no answer came.
    package let status: Int
    package let code: Int?
    package let subcode: Int?
    /// Meta's name for the call (`fbtrace_id`, `x-fb-trace-id`); empty when it gave none.
    package let traceID: String
    package let usage: [Usage]
    /// Elements of `data`.
    package let rows: Int
    package let durationMs: Int64
    /// When the call began.
    package let atMs: Int64
    /// `done`, or the code of the error.
    package let outcome: String
}

/// What a call was for.
package enum GraphPurpose: String, Sendable, CaseIterable {
    case account, entities, entity, insights
    case setStatus = "set_status"
    case setBudget = "set_budget"
    case probe
    case lead, page, form, stories
    /// Reads of a comment and its replies.
    case comment
    /// Hides, unhides and answers a comment.
    case moderate
    /// Conversions to a dataset.
    case events

    /// Whose budget of calls it takes.
    package var kind: CallKind {
        switch self {
        case .insights: .insights
        case .account, .entities, .entity, .probe, .lead, .page, .form, .stories, .comment: .read
        case .setStatus, .setBudget, .moderate, .events: .write
        }
    }

    /// Reads of an ad account that its hourly budget of calls counts; the reads around a write belong to the write, and the pages of the
    /// ads' index are counted as the one call that they are.
    package var isBudgeted: Bool {
        switch self {
        case .account, .entities, .insights: true
        case .stories, .entity, .setStatus, .setBudget, .probe, .lead, .page, .form, .comment, .moderate, .events: false
        }
    }
}

/// Insights and management are metered apart; among management calls, writes keep a reserve.
package enum CallKind: String, Sendable, CaseIterable {
    case insights, read, write
}
