/// Whether a rule's decisions are carried out.
package enum RuleMode: String, Sendable, CaseIterable {
    /// Decisions are recorded as "would".
    case dryRun = "dry_run"
    case active
}
