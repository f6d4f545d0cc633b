package import Core

/// What Meta's error document says, read by code and subcode.
package struct Refusal: Sendable, Equatable {
    package let code: Int
    package let subcode: Int?
    package let httpStatus: Int
    /// `fbtrace_id`: what Meta's support asks for.
    package let traceID: String
    package let kind: RefusalKind
    package let reason: Reason
    /// Meta's own words for a person, bounded and without tokens; they may name an entity, so they are for a sealed place, not
    /// for a log.
    package let userTitle: String?
    package let userMessage: String?
    /// A throttle: how long; nil for all else.
    package let waitMs: Int64?
    /// A throttle: what is closed.
    package let throttled: ThrottleScope?
    /// What the call was about.
    let target: GraphRequest.Target
    /// The object named in the call does not exist, or is not shown to this token.
    let isUnseen: Bool
    /// Conversions: the place in the request that Meta names.
    let place: EventPlace?
}

/// What a refusal asks for.
package enum RefusalKind: String, Sendable, CaseIterable {
    /// Passing: try again.
    case retry
    /// Too many calls: not before a time.
    case throttle
    /// The token is dead: a person connects again.
    case reauth
    /// Something must be granted first.
    case permission
    /// Wrong however often it is tried.
    case fatal
    /// Too much asked for in one call.
    case split
    /// Blocked for policy: nothing by itself, a person looks.
    case policy
}

/// What a throttle closes.
package enum ThrottleScope: Sendable, Equatable {
    case app, appInsights
    case account, accountInsights, accountManagement
    /// This one entity or operation only.
    case call
}
