import Core
import Signing

extension DemoStory {
    /// Where the processes of a run listen.
    struct Ports: Sendable {
        let publicPort: Int
        let adminPort: Int
        let graphPort: Int
        let crmPort: Int
    }

    /// Scenario, configuration and rules. All of it is JSON, which is YAML too: any reader of either reads it.
    func write(to folder: DemoFolder, _ ports: Ports) throws(DemoError) {
        try folder.write(configuration(folder, ports), to: folder.configuration)
        for workspace in workspaces {
            try folder.write(["rules": .array(workspace.rules)], to: folder.rules + "/\(workspace.name).yaml")
        }
        let lines = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
        try folder.write(lines.joined().utf8, to: folder.environment)
        for replay in replays { try folder.write(replay) }
    }

    /// What the emulator plays.
    var scenario: JSON {
        [
            "require_proof": true,
            "apps": [["id": .string(keys.appID), "secret": .string(keys.appSecret)]],
            "tokens": .array(
                workspaces.map {
                    [
                        "token": .string($0.token), "name": .string($0.name), "app": .string(keys.appID),
                        "accounts": [.string($0.accountID)], "pages": .array($0.pages.map { .string($0.id) }),
                    ]
                }),
            "pages": .array(workspaces.flatMap { workspace in workspace.pages.map { $0.scenario(access: workspace.name) } }),
            "accounts": .array(workspaces.map(\.scenario)),
            "forms": .array(forms.map(\.scenario)), "leads": .array(leads.map(\.scenario)), "posts": .array(posts),
            "media": .array(media), "comments": .array(comments),
            "datasets": .array(sources.map { ["id": .string($0.dataset), "tokens": .array([.string($0.workspace)])] }),
            "insights": .array(
                workspaces.flatMap { workspace in
                    workspace.rows.map { $0.scenario(today: workspace.today, money: workspace.money) }
                }),
        ]
    }

    private func configuration(_ folder: DemoFolder, _ ports: Ports) -> JSON {
        [
            "listen": [
                "address": .string("127.0.0.1:\(ports.publicPort)"), "certificate": .string(folder.certificate),
                "private_key": .string(folder.privateKey),
            ],
            "admin": ["address": .string("127.0.0.1:\(ports.adminPort)"), "token": "${DEMO_ADMIN_TOKEN}"],
            "storage": ["url": .string("sqlite:\(folder.database)")],
            "graph": ["base_url": .string("http://127.0.0.1:\(ports.graphPort)"), "version": "v26.0", "writes": "on"],
            "keys": ["current": "${DEMO_KEY}"],
            "apps": [
                [
                    "name": "main", "id": .string(keys.appID), "secrets": ["${DEMO_APP_SECRET}", "${DEMO_FIXTURE_SECRET}"],
                    "verify_token": "${DEMO_VERIFY_TOKEN}", "path": "/webhooks/meta",
                ]
            ],
            "workspaces": .array(workspaces.map(\.configuration)),
            "forms": .array(forms.filter { !$0.names.isEmpty }.map(\.configuration)),
            "moderation": [policy],
            "sources": .array(sources.map(\.configuration)),
            "destinations": [
                [
                    "name": "crm", "url": .string("http://127.0.0.1:\(ports.crmPort)/leads"), "secret": "${DEMO_CRM_SECRET}",
                    "per_second": 100,
                ]
            ],
            "routes": Self.routes,
            "refresh": ["first": "gather", "gather": "1s", "floor": "15m", "follow_up": ["15m", "60m"]],
            "rules": [.string(folder.rules + "/*.yaml")],
        ]
    }

    private static let routes: JSON = [
        [
            "name": "leads", "match": ["object": "page", "field": "leadgen"],
            "chain": ["fetch_lead", "store_lead", "touch", ["forward_lead": "crm"]],
        ],
        [
            "name": "comments", "match": ["object": ["page", "instagram"], "field": ["feed", "comments", "live_comments"]],
            "chain": ["resolve_ad", "store_engagement", "touch", ["moderate_comment": "house"]],
        ],
        ["name": "conversions", "match": ["object": "conversion"], "chain": ["attribute", "touch", "forward_conversion"]],
        ["name": "account", "match": ["object": ["ad_account", "application"]], "chain": ["touch"]],
    ]

    /// Whether one of the routes above takes an event.
    static func isRouted(object: String, field: String) -> Bool {
        switch object {
        case "page": ["leadgen", "feed", "comments", "live_comments"].contains(field)
        case "instagram": ["feed", "comments", "live_comments"].contains(field)
        case "conversion", "ad_account", "application": true
        case _: false
        }
    }

    /// The secrets that the configuration names. They are made for this run and open nothing but it.
    var environment: [String: String] {
        var out = [
            "DEMO_APP_SECRET": keys.appSecret, "DEMO_FIXTURE_SECRET": keys.fixtureSecret, "DEMO_VERIFY_TOKEN": keys.verifyToken,
            "DEMO_KEY": keys.masterKey, "DEMO_ADMIN_TOKEN": keys.adminToken, "DEMO_CRM_SECRET": keys.crmSecret,
        ]
        for workspace in workspaces {
            out[workspace.tokenVariable] = workspace.token
            for page in workspace.pages where page.isTokenConfigured { out[page.tokenVariable] = page.token }
        }
        for source in sources {
            out[source.tokenVariable] = source.token
            out[source.secretVariable] = source.secret
        }
        return out
    }
}
