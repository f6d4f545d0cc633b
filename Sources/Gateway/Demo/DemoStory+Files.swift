import Core
import Signing

extension DemoStory {
    /// Scenario, configuration and rules. All of it is JSON, which is YAML too: any reader of either reads it.
    func write(to folder: DemoFolder, publicPort: Int, adminPort: Int, graphPort: Int) throws(DemoError) {
        try folder.write(
            configuration(folder, publicPort: publicPort, adminPort: adminPort, graphPort: graphPort), to: folder.configuration)
        for workspace in workspaces {
            try folder.write(["rules": .array(workspace.rules)], to: folder.rules + "/\(workspace.name).yaml")
        }
        let lines = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }
        try folder.write(lines.joined().utf8, to: folder.environment)
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
                        "accounts": [.string($0.accountID)],
                    ]
                }),
            "accounts": .array(workspaces.map(\.scenario)),
            "insights": .array(
                workspaces.flatMap { workspace in
                    workspace.rows.map { $0.scenario(today: workspace.today, money: workspace.money) }
                }),
        ]
    }

    private func configuration(_ folder: DemoFolder, publicPort: Int, adminPort: Int, graphPort: Int) -> JSON {
        [
            "listen": [
                "address": .string("127.0.0.1:\(publicPort)"), "certificate": .string(folder.certificate),
                "private_key": .string(folder.privateKey),
            ],
            "admin": ["address": .string("127.0.0.1:\(adminPort)"), "token": "${DEMO_ADMIN_TOKEN}"],
            "storage": ["url": .string("sqlite:\(folder.database)")],
            "graph": ["base_url": .string("http://127.0.0.1:\(graphPort)"), "version": "v26.0", "writes": "on"],
            "keys": ["current": "${DEMO_KEY}"],
            "apps": [
                [
                    "name": "main", "id": .string(keys.appID), "secrets": ["${DEMO_APP_SECRET}", "${DEMO_FIXTURE_SECRET}"],
                    "verify_token": "${DEMO_VERIFY_TOKEN}", "path": "/webhooks/meta",
                ]
            ],
            "workspaces": .array(workspaces.map(\.configuration)),
            "routes": [
                ["name": "leads", "match": ["object": "page", "field": "leadgen"], "chain": ["touch"]],
                [
                    "name": "comments", "match": ["object": "instagram", "field": ["comments", "live_comments"]],
                    "chain": ["touch"],
                ],
                ["name": "account", "match": ["object": ["ad_account", "application"]], "chain": ["touch"]],
            ],
            "refresh": ["first": "gather", "gather": "1s", "floor": "15m", "follow_up": ["15m", "60m"]],
            "rules": [.string(folder.rules + "/*.yaml")],
        ]
    }

    /// Whether one of the routes above takes an event.
    static func isRouted(object: String, field: String) -> Bool {
        switch object {
        case "page": field == "leadgen"
        case "instagram": field == "comments" || field == "live_comments"
        case "ad_account", "application": true
        case _: false
        }
    }

    /// The secrets that the configuration names. They are made for this run and open nothing but it.
    var environment: [String: String] {
        var out = [
            "DEMO_APP_SECRET": keys.appSecret, "DEMO_FIXTURE_SECRET": keys.fixtureSecret, "DEMO_VERIFY_TOKEN": keys.verifyToken,
            "DEMO_KEY": keys.masterKey, "DEMO_ADMIN_TOKEN": keys.adminToken,
        ]
        for workspace in workspaces { out[workspace.tokenVariable] = workspace.token }
        return out
    }
}
