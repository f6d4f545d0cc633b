import Foundation

extension Scenario {
    private static let keys: Set<String> = [
        "clock", "frozen", "version", "tier", "enforce_limits", "require_proof", "proof_clock", "apps", "tokens", "accounts",
        "insights_options", "insights", "faults", "event_options", "pages", "forms", "leads", "posts", "media", "comments",
        "datasets",
    ]

    mutating func read(_ root: ScenarioEntry) throws(ScenarioError) {
        try root.keys(among: Self.keys)
        try readClock(root)
        version = try root.text("version") ?? version
        isStandardTier = try root.choice("tier", ["standard", "development"]) != "development"
        enforcesLimits = try root.flag("enforce_limits") ?? false
        requiresProof = try root.flag("require_proof") ?? true
        proofUsesOwnClock = try root.choice("proof_clock", ["machine", "emulator"]) == "emulator"
        for entry in try root.list("apps") {
            try entry.keys(among: ["id", "secret"])
            apps.append(KnownApp(id: try entry.needed("id"), secret: try entry.needed("secret")))
        }
        for entry in try root.list("tokens") { tokens.append(try token(entry)) }
        for entry in try root.list("accounts") { try readAccount(entry) }
        try readInsights(root)
        try readPages(root)
        for entry in try root.list("faults") {
            faults.append(try ScriptedFault(entry, number: faults.count + 1))
        }
    }

    private mutating func readClock(_ root: ScenarioEntry) throws(ScenarioError) {
        frozen = try root.flag("frozen") ?? false
        guard let clock = root["clock"] else { return }
        if clock.isMapping {
            try clock.keys(among: ["at", "frozen"])
            frozen = try clock.flag("frozen") ?? frozen
            startMs = try clock["at"]?.moment()
        } else {
            startMs = try clock.moment()
        }
    }

    private func token(_ entry: ScenarioEntry) throws(ScenarioError) -> KnownToken {
        try entry.keys(among: ["token", "name", "app", "accounts", "pages", "state", "read_only"])
        let app = try entry.needed("app")
        guard apps.contains(where: { $0.id == app }) else { throw entry.fault("names an app that isn't in 'apps'") }
        let token = try entry.needed("token")
        let states = KnownToken.State.allCases.map(\.rawValue)
        return KnownToken(
            token: token,
            name: try entry.text("name") ?? "token \(tokens.count + 1)",
            app: app,
            accounts: try entry["accounts"]?.accountNumbers(),
            state: try entry.choice("state", states).flatMap(KnownToken.State.init(rawValue:)) ?? .valid,
            readOnly: try entry.flag("read_only") ?? false,
            pages: try entry["pages"]?.accountNumbers())
    }

    private mutating func readInsights(_ root: ScenarioEntry) throws(ScenarioError) {
        refreshMinutes = try root["insights_options"]?.integer("refresh_minutes") ?? 0
        guard let insights = root["insights"] else { return }
        var list = insights
        if insights.isMapping {
            try insights.keys(among: ["refresh_minutes", "rows"])
            refreshMinutes = try insights.integer("refresh_minutes") ?? refreshMinutes
            guard let rows = insights["rows"] else { return }
            list = rows
        }
        for entry in try list.items() { rows.append(try RowText(entry, tree: tree)) }
    }
}

extension ScenarioEntry {
    func choice(_ key: String, _ choices: [String]) throws(ScenarioError) -> String? {
        guard let entry = self[key] else { return nil }
        let text = try entry.text()
        guard choices.contains(text) else { throw entry.fault("must be one of \(choices.joined(separator: ", "))") }
        return text
    }

    func moment() throws(ScenarioError) -> Int64 {
        guard let ms = Moment.ms(try text()) else { throw fault("must be a moment such as 2026-11-20T12:00:00Z") }
        return ms
    }

    /// A list of account numbers, or `"*"` (nil).
    func accountNumbers() throws(ScenarioError) -> Set<String>? {
        if !isList, try text() == "*" { return nil }
        var numbers: Set<String> = []
        for item in try items() {
            let text = try item.text()
            numbers.insert(text.hasPrefix("act_") ? String(text.dropFirst(4)) : text)
        }
        return numbers
    }
}
