import Core

/// The scenario of an emulator that knows what a configuration and a fixture name.
///
/// A user's own scenario says what the accounts are like; apps, tokens, Pages and datasets that it leaves out come from the configuration.
struct RehearsalScenario {
    let settings: Settings
    /// The user's; nil: one is made up, in which every entity that the request names exists.
    let own: String?

    private static let brought = ["apps", "tokens", "pages", "datasets"]

    func text(for events: [Event], values: [JSON], nowMs: Int64) -> String {
        var parts: [(key: String, value: JSON)] = [
            ("apps", apps), ("tokens", tokens), ("pages", pages), ("datasets", datasets),
        ]
        guard let own else {
            parts.append(("accounts", accounts(for: events)))
            let leads = self.leads(in: values, nowMs: nowMs)
            parts.append(("forms", leads.forms))
            parts.append(("leads", leads.leads))
            return Self.yaml(parts)
        }
        let keys = Set(
            own.split(separator: "\n").compactMap { line in line.first?.isLetter == true ? line.prefix { $0 != ":" } : nil }.map(
                String.init))
        return Self.yaml(parts.filter { !keys.contains($0.key) }) + own
    }

    /// JSON is YAML, too.
    private static func yaml(_ parts: [(key: String, value: JSON)]) -> String {
        parts.filter { $0.value != .array([]) }.map { "\($0.key): \($0.value.encoded())\n" }.joined()
    }

    private var apps: JSON {
        .array(settings.apps.map { ["id": .string($0.id), "secret": .string($0.secrets.first?.reveal() ?? "")] })
    }

    private var tokens: JSON {
        .array(
            settings.workspaces.map { workspace in
                let app = settings.apps.first { $0.name == workspace.app }?.id ?? ""
                return [
                    "token": .string(workspace.token.reveal()), "name": .string(workspace.name), "app": .string(app),
                    "accounts": .array(workspace.accounts.map { .string($0) }),
                ]
            })
    }

    private var pages: JSON {
        .array(
            settings.workspaces.flatMap { workspace in
                workspace.pages.enumerated().map { index, page in
                    var members: [JSONObject.Member] = [
                        .init(key: "id", value: .string(page)), .init(key: "name", value: .string("Page \(page)")),
                        .init(
                            key: "token", value: .string(workspace.pageTokens[page]?.reveal() ?? "page-token-of-\(page)")),
                        .init(key: "access", value: .array([.string(workspace.token.reveal())])),
                    ]
                    if workspace.instagram.indices.contains(index) {
                        members.append(.init(key: "instagram", value: .string(workspace.instagram[index])))
                    }
                    return .object(JSONObject(members))
                }
            })
    }

    private var datasets: JSON {
        .array(Set(settings.sources.flatMap { $0.datasets + $0.copies }).sorted().map { ["id": .string($0)] })
    }

    // MARK: what a request names

    private func accounts(for events: [Event]) -> JSON {
        let entities = Set(events.flatMap(\.entities))
        let campaigns = entities.filter { $0.level == .campaign }.map(\.id).sorted()
        let adsets = entities.filter { $0.level == .adset }.map(\.id).sorted()
        let ads = entities.filter { $0.level == .ad }.map(\.id).sorted()
        let named = events.compactMap(\.accountID).first
        return .array(
            settings.workspaces.flatMap { workspace in
                workspace.accounts.map { account -> JSON in
                    let isHome = account == (workspace.accounts.first { $0 == named } ?? workspace.accounts.first)
                    let tree = isHome ? Self.tree(campaigns, adsets, ads) : []
                    return [
                        "id": .string(account), "name": .string("Account \(account)"), "currency": "EUR",
                        "timezone": "Europe/Warsaw", "min_daily_budget": 100, "campaigns": tree,
                    ]
                }
            })
    }

    private static func tree(_ campaigns: [String], _ adsets: [String], _ ads: [String]) -> JSON {
        let leaves: JSON = .array(ads.map { ["id": .string($0), "name": .string("Ad \($0)"), "status": "ACTIVE"] })
        var sets: [JSON] = adsets.map { ["id": .string($0), "name": .string("Ad set \($0)"), "status": "ACTIVE"] }
        sets.append(["id": "9000000000000002", "name": "Ad set", "status": "ACTIVE", "ads": leaves])
        var all: [JSON] = campaigns.map {
            ["id": .string($0), "name": .string("Campaign \($0)"), "status": "ACTIVE", "daily_budget": 10_000]
        }
        all.append(
            ["id": "9000000000000001", "name": "Campaign", "status": "ACTIVE", "daily_budget": 10_000, "adsets": .array(sets)])
        return .array(all)
    }

    /// The leads that the request announces, with invented answers.
    private func leads(in values: [JSON], nowMs: Int64) -> (forms: JSON, leads: JSON) {
        var forms: [String: String] = [:]
        var leads: [JSON] = []
        for value in values {
            guard let lead = value["leadgen_id"]?.id, let form = value["form_id"]?.id, let page = value["page_id"]?.id else {
                continue
            }
            guard settings.workspaces.contains(where: { $0.pages.contains(page) }) else { continue }
            forms[form] = page
            var members: [JSONObject.Member] = [
                .init(key: "id", value: .string(lead)), .init(key: "form", value: .string(form)),
                .init(key: "created", value: .integer(value["created_time"]?.integer ?? nowMs / 1_000)),
                .init(key: "fields", value: ["full_name": "Joe Example", "email": "joe@example.com"]),
            ]
            if let ad = value["ad_id"]?.id ?? value["adgroup_id"]?.id { members.append(.init(key: "ad", value: .string(ad))) }
            leads.append(.object(JSONObject(members)))
        }
        let listed = forms.sorted { $0.key < $1.key }.map { form, page -> JSON in
            ["id": .string(form), "page": .string(page), "name": .string("Form \(form)")]
        }
        return (.array(listed), .array(leads))
    }
}
