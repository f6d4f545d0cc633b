import Core

/// One advertiser of the demo: an account, what is in it, and the rules over it.
struct DemoWorkspace: Sendable {
    let name: String
    let accountID: String
    let money: DemoMoney
    let timeZone: String
    let today: AccountDay
    var pages: [DemoPage] = []
    var campaigns: [DemoEntity] = []
    var rows: [DemoRow] = []
    /// As a rule file writes them (design 5.10).
    var rules: [JSON] = []

    var token: String { "demo-token-of-\(name)" }

    /// The environment variable that holds the token.
    var tokenVariable: String { "DEMO_TOKEN_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 }) }

    var entities: [DemoEntity] { campaigns.flatMap(\.family) }

    /// The rows that count for an entity: its own, else those of everything below it.
    func rows(of entity: DemoEntity) -> [DemoRow] {
        let own = rows.filter { $0.ref == entity.ref }
        return own.isEmpty ? entity.children.flatMap(rows(of:)) : own
    }

    /// The account as the emulator's scenario writes it.
    var scenario: JSON {
        [
            "id": .string(accountID), "name": .string("Demo \(name)"), "currency": .string(money.code),
            "timezone": .string(timeZone), "min_daily_budget": .integer(money.offset), "account_status": 1,
            "campaigns": .array(campaigns.map(\.scenario)),
        ]
    }

    /// The workspace as the configuration writes it.
    var configuration: JSON {
        [
            "name": .string(name), "app": "main", "token": .string("${\(tokenVariable)}"),
            "accounts": .array([.string("act_\(accountID)")]), "act_on": .array([.string("act_\(accountID)")]),
            "pages": .array(pages.map(\.configuration)), "instagram": .array(pages.compactMap(\.instagram).map(JSON.string)),
            "margin": 1,
            "money": [
                "raise_per_day": .integer(money.offset == 1 ? 1_000_000 : 10_000), "raise_per_entity_per_day": "100%",
                "budget_writes_per_entity_per_hour": 3,
            ],
        ]
    }
}
