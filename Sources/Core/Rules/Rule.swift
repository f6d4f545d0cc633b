/// A rule as an operator wrote it, in exact numbers.
package struct Rule: Sendable, Equatable {
    package let workspace: String
    /// Unique per workspace.
    package let name: String
    /// SHA-256 (hex) of the canonical text; a changed rule is a new version.
    package let version: String
    package let scope: Scope
    package let when: Condition
    package let guards: Guard?
    package let actions: [RuleAction]
    package let limits: RuleLimits
    package let mode: RuleMode

    package init(
        workspace: String, name: String, version: String, scope: Scope, when: Condition, guards: Guard? = nil,
        actions: [RuleAction],
        limits: RuleLimits = RuleLimits(), mode: RuleMode = .dryRun
    ) {
        self.workspace = workspace
        self.name = name
        self.version = version
        self.scope = scope
        self.when = when
        self.guards = guards
        self.actions = actions
        self.limits = limits
        self.mode = mode
    }

    /// Every window that the condition or the guard looks at.
    package var windows: Set<Window> {
        Set(when.comparisons.compactMap(\.comparison.window)).union(guards.map { [$0.window] } ?? [])
    }

    /// The windows for which reach or frequency is asked: each needs a row of its own.
    package var reachWindows: Set<Window> {
        Set(when.comparisons.filter { $0.comparison.metrics.contains(where: \.needsReach) }.compactMap(\.comparison.window))
    }

    /// The windows over which our own events are to be counted.
    package var ownWindows: Set<Window> {
        Set(when.comparisons.filter { $0.comparison.metrics.contains(where: \.isOwn) }.compactMap(\.comparison.window))
    }

    /// A new event of ours alone may change what the rule comes to.
    package var usesOwn: Bool { !ownWindows.isEmpty }

    /// Every metric that the condition looks at, on either side. The caller checks here whether `profit` has its margin.
    package var metrics: Set<Metric> { Set(when.comparisons.flatMap(\.comparison.metrics)) }
}
