import Core
import Signing

/// One YAML file of rules, read into Core's rules: strict, with every fault at its place, as the configuration itself.
///
/// Values are not taken from the environment: a rule's text is stored and shown.
struct RuleFile {
    let workspaces: [Settings.Workspace]
    let destinations: [Settings.Destination]

    static let keys = ["name", "workspace", "scope", "when", "guard", "then", "limits", "mode"]
    static let required = ["name", "workspace", "scope", "when", "then"]

    /// The rules of a file that could be read, with where each name stands; the faults go to the log of `root`.
    func read(_ root: Cursor) -> [(rule: LoadedRule, place: Cursor)] {
        guard let list = root.members(["rules"], required: ["rules"])?["rules"], let items = list.items(of: "rules") else {
            return []
        }
        return items.compactMap { item in
            rule(item).map { (LoadedRule(rule: $0.rule, text: $0.text, place: "\(item.log.file):\(item.line)"), item) }
        }
    }

    private func rule(_ cursor: Cursor) -> (rule: Rule, text: String)? {
        guard let section = cursor.members(Self.keys, required: Self.required) else { return nil }
        let name = section["name"]?.name()
        let workspace = section["workspace"].flatMap(self.workspace)
        let scope = section["scope"].flatMap { self.scope($0, in: workspace) }
        let when = section["when"].flatMap { self.condition($0, depth: 0) }
        let guards = section["guard"].map(self.guards)
        let actions = section["then"].flatMap(self.actions)
        let limits = section["limits"].map(self.limits) ?? RuleLimits()
        let mode = section["mode"].map(self.mode) ?? .dryRun
        guard let name, let scope, let when, let actions, let mode else { return nil }
        if case .some(nil) = guards { return nil }
        let draft = Rule(
            workspace: workspace?.name ?? "", name: name, version: "", scope: scope, when: when, guards: guards ?? nil,
            actions: actions,
            limits: limits, mode: mode)
        refuse(draft, in: workspace, at: cursor)
        let text = draft.canonicalText
        return (draft.with(version: SHA256.hex(Array(text.utf8))), text)
    }

    /// What Core says against the rule as a whole, each at the line it is about.
    private func refuse(_ rule: Rule, in workspace: Settings.Workspace?, at cursor: Cursor) {
        for fault in rule.faults {
            cursor.descendant(fault.path).fault(fault.sentence)
        }
        guard let workspace, workspace.margin == nil else { return }
        for (path, comparison) in rule.when.comparisons where comparison.metrics.contains(.profit) {
            cursor.descendant(path).fault(
                "profit needs a margin, and the workspace \"\(workspace.name)\" has none: set workspaces[].margin.")
        }
    }

    private func workspace(_ cursor: Cursor) -> Settings.Workspace? {
        guard let name = cursor.name() else { return nil }
        guard let workspace = workspaces.first(where: { $0.name == name }) else {
            cursor.refuseUnknown(name, among: workspaces.map(\.name), "workspace")
            return nil
        }
        return workspace
    }

    private func scope(_ cursor: Cursor, in workspace: Settings.Workspace?) -> Scope? {
        guard let section = cursor.members(["level", "accounts", "name", "status"], required: ["level"]) else { return nil }
        let level = section["level"]?.word(EntityLevel.self)
        let accounts = section["accounts"].map { self.accounts($0, in: workspace) } ?? []
        let name = section["name"].map(self.nameMatch)
        let status = section["status"].map { $0.word(StatusMatch.self) } ?? .active
        guard let level, let status else { return nil }
        if case .some(nil) = name { return nil }
        return Scope(level: level, accounts: accounts, name: name ?? nil, status: status)
    }

    private func accounts(_ cursor: Cursor, in workspace: Settings.Workspace?) -> [String] {
        guard let items = cursor.items(of: "ad accounts") else { return [] }
        if items.isEmpty { cursor.fault("found an empty list; leave it out for all accounts of the workspace.") }
        return items.compactMap { item in
            guard let account = item.account() else { return nil }
            if let workspace, !workspace.accounts.contains(account) {
                item.refuse(expected: "an account of the workspace \"\(workspace.name)\"")
            }
            return account
        }
    }

    private func nameMatch(_ cursor: Cursor) -> NameMatch? {
        guard cursor.members(NameMatch.keys) != nil else { return nil }
        guard let (key, value) = cursor.onlyMember() else {
            cursor.refuse(expected: "exactly one of \(NearMiss.list(NameMatch.keys))")
            return nil
        }
        guard NameMatch.keys.contains(key), let text = value.text("a part of the name") else { return nil }
        return value.parsed { () throws(RuleTextError) in try NameMatch(key: key, text: text) }
    }

    private func guards(_ cursor: Cursor) -> Guard? {
        guard let section = cursor.members(["window", "impressions", "spend"], required: ["window"]) else { return nil }
        let window = section["window"].flatMap(self.window)
        let impressions = section["impressions"].map {
            $0.integer(0...1_000_000_000_000, "a number of impressions").map(Int64.init)
        }
        let spend = section["spend"].map { $0.money() }
        guard let window else { return nil }
        if case .some(nil) = impressions { return nil }
        if case .some(nil) = spend { return nil }
        return Guard(window: window, minImpressions: impressions ?? nil, minSpend: spend ?? nil)
    }

    private func limits(_ cursor: Cursor) -> RuleLimits {
        guard let section = cursor.members(["actions_per_day", "cooldown"]) else { return RuleLimits() }
        return RuleLimits(
            actionsPerDay: section["actions_per_day"]?.integer(1...1_000_000, "a number of actions"),
            cooldownMs: section["cooldown"]?.durationMs(0...90 * 86_400_000))
    }

    private func mode(_ cursor: Cursor) -> RuleMode? {
        if cursor.rawText == "approval" {
            cursor.fault("this version has no approvals yet: expected dry_run or active.")
            return nil
        }
        return cursor.word(RuleMode.self)
    }

    func window(_ cursor: Cursor) -> Window? {
        guard let text = cursor.text("a window such as last_7d") else { return nil }
        return cursor.parsed { () throws(RuleTextError) in try Window(text: text) }
    }
}

extension Cursor {
    /// What Core reads of a small text; the sentence that it throws becomes the fault.
    func parsed<T>(_ body: () throws(RuleTextError) -> T) -> T? {
        do {
            return try body()
        } catch {
            fault(error.sentence)
            return nil
        }
    }
}
