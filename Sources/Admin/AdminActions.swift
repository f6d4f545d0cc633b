package import Core
package import Storage

/// What an operator may have done through the admin port. The rooms that do it are wired in by the gateway.
package struct AdminActions: Sendable {
    /// Stops writes of a workspace, or of all with `*`; returns when none is under way any more. `untilMs`: ends by itself.
    package let hold: @Sendable (_ scope: String, _ untilMs: Int64?) async throws -> Void
    /// Lets writes go on; the number of released messages.
    package let release: @Sendable (_ scope: String) async throws -> Int
    /// Starts again what is dead of a lead; nil when nobody knows the lead.
    package let retryLead: @Sendable (_ id: String) async throws -> (jobs: Int, messages: Int)?
    /// Starts again what is dead of these events.
    package let retryEvents: @Sendable (_ ids: [Int64]) async throws -> (jobs: Int, messages: Int)
    /// Empties what a lead or people left.
    package let erase: @Sendable (_ erasure: Erasure) async throws -> EraseReport
    /// How the conversions of a source are judged; nil for one that is not configured.
    package let conversionPolicy: @Sendable (_ source: String) -> SourcePolicy?
    /// Workspaces that exist; others are refused.
    package let workspaces: Set<String>

    package init(
        workspaces: Set<String>, hold: @escaping @Sendable (String, Int64?) async throws -> Void,
        release: @escaping @Sendable (String) async throws -> Int,
        retryLead: @escaping @Sendable (String) async throws -> (jobs: Int, messages: Int)?,
        retryEvents: @escaping @Sendable ([Int64]) async throws -> (jobs: Int, messages: Int),
        erase: @escaping @Sendable (Erasure) async throws -> EraseReport,
        conversionPolicy: @escaping @Sendable (String) -> SourcePolicy? = { _ in .documented }
    ) {
        self.workspaces = workspaces
        self.hold = hold
        self.release = release
        self.retryLead = retryLead
        self.retryEvents = retryEvents
        self.erase = erase
        self.conversionPolicy = conversionPolicy
    }
}
