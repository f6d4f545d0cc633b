package import Core
package import GraphAPI
package import Outbound

/// Whether decisions become writes at Meta (design 5.2, `graph.writes`).
package enum WritesMode: String, Sendable {
    /// Recorded as "would".
    case off
    /// Sent with Meta's `validate_only`.
    case dryRun = "dry_run"
    /// Written, to accounts in `act_on`.
    case on
}

/// A rule with the text that its version is the digest of.
package struct VersionedRule: Sendable, Equatable {
    package let rule: Rule
    package let text: String

    package init(rule: Rule, text: String) {
        self.rule = rule
        self.text = text
    }
}

/// Everything that the engine is told by the configuration.
package struct EngineSettings: Sendable {
    package let workspaces: [Workspace]
    package let routes: [Route]
    package let rules: [VersionedRule]
    package let refresh: RefreshPolicy
    package let writes: WritesMode
    package let graph: GraphSettings
    package let destinations: [Destination]
    /// The call budget: what so many full reads of an account would cost in an hour.
    package let pollsPerHour: Int
    /// Who may send conversions, by name: the workspace that owns them.
    package let sources: [String: String]
    /// How the conversions of each go on to Meta, by name; the standard for those that are not in it.
    package let forwarding: [String: ForwardingPolicy]
    /// How leads are reported to Meta in the name of each CRM, by name.
    package let leadReports: [String: LeadReportPolicy]
    package let forms: [LeadForm]
    package let moderation: [ModerationPolicy]
    /// Destinations that want test leads too.
    package let testLeadDestinations: Set<String>
    package let retention: RetentionPolicy

    package init(
        workspaces: [Workspace], routes: [Route], rules: [VersionedRule], refresh: RefreshPolicy, writes: WritesMode,
        graph: GraphSettings,
        destinations: [Destination], pollsPerHour: Int = 4, sources: [String: String] = [:],
        forwarding: [String: ForwardingPolicy] = [:], leadReports: [String: LeadReportPolicy] = [:], forms: [LeadForm] = [],
        moderation: [ModerationPolicy] = [], testLeadDestinations: Set<String> = [],
        retention: RetentionPolicy = RetentionPolicy()
    ) {
        self.workspaces = workspaces
        self.routes = routes
        self.rules = rules
        self.refresh = refresh
        self.writes = writes
        self.graph = graph
        self.destinations = destinations
        self.pollsPerHour = pollsPerHour
        self.sources = sources
        self.forwarding = forwarding
        self.leadReports = leadReports
        self.forms = forms
        self.moderation = moderation
        self.testLeadDestinations = testLeadDestinations
        self.retention = retention
    }
}
