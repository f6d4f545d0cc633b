extension Scenario {
    /// Pages with their tokens, and data sets; what hangs in the Pages is only checked: its moments count
    /// from the clock's start, which comes later.
    mutating func readPages(_ root: ScenarioEntry) throws(ScenarioError) {
        for entry in try root.list("pages") { try readPage(entry) }
        for entry in try root.list("datasets") {
            try entry.keys(among: ["id", "tokens", "known_leads_only", "refuses"])
            let id = try entry.needed("id")
            guard !pages.has(id), tree[id] == nil else { throw entry.fault("has an id that is there already: \(id)") }
            let dataset = Dataset(
                id: id, tokens: try tokenWords(entry, "tokens"), knownLeadsOnly: try entry.flag("known_leads_only") ?? false,
                rules: try EventRule.list(entry["refuses"]))
            pages.datasets.set(dataset, id)
        }
        futureSeconds = try root["event_options"]?.integer("future_seconds") ?? futureSeconds
        keepsEventsBriefly = try root["event_options"]?.flag("brief") ?? keepsEventsBriefly
        var trial = pages
        _ = try trial.read(root, nowMs: 0, ads: tree)
    }

    private mutating func readPage(_ entry: ScenarioEntry) throws(ScenarioError) {
        try entry.keys(among: [
            "id", "name", "token", "token_name", "app", "access", "instagram", "state", "read_only", "ad_fields",
        ])
        let id = try entry.needed("id")
        guard !pages.has(id), tree[id] == nil else { throw entry.fault("has an id that is there already: \(id)") }
        let page = Page(
            id: id, name: try entry.text("name") ?? id, token: try entry.text("token") ?? "PAGE-TOKEN-\(id)",
            access: try tokenWords(entry, "access"), instagram: try entry.text("instagram"),
            showsAdFields: try entry.flag("ad_fields") ?? true)
        pages.pages.set(page, id)
        guard let app = try entry.text("app") ?? apps.first?.id, apps.contains(where: { $0.id == app }) else {
            throw entry.fault("needs an app that is in 'apps'")
        }
        let states = KnownToken.State.allCases.map(\.rawValue)
        tokens.append(
            KnownToken(
                token: page.token, name: try entry.text("token_name") ?? "page \(id)", app: app, accounts: [],
                state: try entry.choice("state", states).flatMap(KnownToken.State.init(rawValue:)) ?? .valid,
                readOnly: try entry.flag("read_only") ?? false, page: id))
    }

    /// A list of tokens by text or name; nil when it is left out.
    private func tokenWords(_ entry: ScenarioEntry, _ key: String) throws(ScenarioError) -> Set<String>? {
        guard let list = entry[key] else { return nil }
        var words: Set<String> = []
        for item in try list.items() {
            let word = try item.text()
            guard tokens.contains(where: { $0.token == word || $0.name == word }) else {
                throw item.fault("names a token that isn't in 'tokens'")
            }
            words.insert(word)
        }
        return words
    }
}
