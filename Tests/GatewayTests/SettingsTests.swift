import Core
import Foundation
import Storage
import Testing

@testable import Gateway

@Suite("A configuration")
struct SettingsTests {
    /// The whole of the documentation's example.
    static let full = """
        listen:   {address: "0.0.0.0:8443", certificate: certs/server.pem, private_key: certs/server.key, trusted_proxies: [],
                   client_certificates: {mode: off, roots: certs/meta-outbound-ca.pem, names: [client.webhooks.fbclientcerts.com]}}
        admin:    {address: "127.0.0.1:9443", token: "${ADMIN_TOKEN}"}
        storage:  {url: "sqlite:var/touchstone.db"}
        graph:    {base_url: "https://graph.facebook.com", version: v26.0, writes: off}
        keys:     {current: "${KEY}", previous: ["${OLD_KEY}"]}
        apps:
          - {name: main, id: "123", secrets: ["${SECRET}"], verify_token: "${VERIFY}", path: /webhooks/meta}
        workspaces:
          - {name: belmonte, app: main, token: "${TOKEN}", accounts: [act_123], act_on: [], pages: ["7243"], margin: 0.35,
             money: {raise_per_day: 200.00, raise_per_entity_per_day: 50%, budget_writes_per_entity_per_hour: 3}}
          - {name: other, app: main, token: "${TOKEN}", accounts: [act_9], pages: [{id: "8", token: "${HOOK_SECRET}"}], instagram: ["1784"]}
        sources:
          - {name: shop, workspace: belmonte, token: "${TOKEN}", secret: "${SECRET}", datasets: ["987654321"],
             consent: {from: custom_data.consent, without: strip}}
        forms:
          - {id: "555", fields: {full_name: name, "größe?": size}}
        moderation:
          - name: spam
            rules:
              - {when: {any_word: [casino, "free money"], on_ad: true}, do: [hide, {private_reply: "Please write to us."}]}
              - {when: {has_link: true, platform: instagram, is_reply: false}, do: [hide]}
        destinations:
          - {name: crm,     url: "https://crm.example/hooks", secret: "${HOOK_SECRET}", timeout: 10s, per_second: 10}
          - {name: old-app, url: "https://shop.example/webhook", as: received}
          - {name: team,    url: "${SLACK_URL}", as: slack}
        routes:
          - {name: leads,    match: {object: page, field: leadgen},                        chain: [{notify: crm}, touch]}
          - {name: comments, match: {object: page, field: feed},                           chain: [resolve_ad, credit, touch]}
          - {name: ig,       match: {object: instagram, field: [comments, live_comments]}, chain: [touch]}
          - {name: account,  match: {object: [ad_account, application]},                   chain: [touch]}
          - {name: pass,     match: {object: "*"},                                         chain: [{forward: old-app}]}
          - {name: sales,    match: {object: conversion, field: Purchase},                 chain: [resolve_ad, {moderate: spam}]}
        retention: {deliveries: 10d, leads: 365d}
        refresh:  {first: at_once, gather: 30s, floor: 15m, follow_up: [15m, 60m]}
        rules:    [config/rules/*.yaml]
        """

    static let rule = """
        rules:
          - name: scale-high-performers
            workspace: belmonte
            scope:  {level: campaign, accounts: [act_123], name: {contains: "Summer"}, status: active}
            when:
              all:
                - {metric: roas,   window: last_7d, is: "> 3"}
                - {metric: profit, window: last_7d, is: "> 100"}
                - not: {metric: spend, window: today, is: "> 0.8 x daily_budget"}
            guard:  {window: last_7d, impressions: 1000, spend: 20.00}
            then:
              - adjust_budget: {by: "+25%", max: 500.00}
              - notify: team
            limits: {actions_per_day: 10, cooldown: 24h}
            mode:   dry_run
        """

    @Test("the whole of the design's example is taken, every value where it belongs")
    func full() throws {
        let settings = try SettingsCases.settings(Self.full, files: ["config/rules/example.yaml": Self.rule])
        #expect(settings.listen.address == SocketAddress(host: "0.0.0.0", port: 8443))
        #expect(settings.listen.certificate.hasSuffix("/certs/server.pem"))
        #expect(settings.admin.address.isLoopback)
        #expect(settings.storage.location.shown.hasSuffix("/var/touchstone.db"))
        #expect(settings.graph == Settings.Graph(baseURL: "https://graph.facebook.com", version: "v26.0", writes: .off))
        #expect(settings.keys.current.reveal() == SettingsCases.environment["KEY"])
        #expect(settings.keys.previous.map { $0.reveal() } == [SettingsCases.environment["OLD_KEY"]])
        #expect(
            settings.apps == [
                Settings.App(
                    name: "main", id: "123", secrets: [Secret("app-secret-of-the-tests")],
                    verifyToken: Secret("verify-token-of-the-tests"))
            ])
        #expect(
            settings.workspaces.first.map { [$0] } == [
                Settings.Workspace(
                    name: "belmonte", app: "main", token: Secret("access-token-of-the-tests"), accounts: ["123"], pages: ["7243"],
                    margin: Scaled(text: "0.35"),
                    money: MoneyEnvelope(
                        raisePerDay: Scaled(200), raisePerEntityPerDayPercent: Scaled(50), budgetWritesPerEntityPerHour: 3))
            ])
        #expect(settings.destinations.map(\.name) == ["crm", "old-app", "team"])
        #expect(settings.destinations.map(\.form) == [.standard, .received, .slack])
        #expect(settings.destinations[0].secret == Secret("hook-secret-of-the-tests"))
        #expect(settings.destinations[0].timeoutMs == 10_000)
        #expect(settings.destinations[2].url.reveal() == SettingsCases.environment["SLACK_URL"])
        #expect(settings.routes.map(\.ordinal) == [0, 1, 2, 3, 4, 5])
        #expect(settings.routes[0].match == RouteMatch(objects: ["page"], fields: ["leadgen"]))
        #expect(settings.routes[2].match.fields == ["comments", "live_comments"])
        #expect(settings.routes[4].match == RouteMatch(objects: [], fields: []))
        #expect(settings.routes[4].chain == [ChainStep(handler: "forward", argument: "old-app")])
        #expect(settings.routes[5].chain == [ChainStep(handler: "resolve_ad"), ChainStep(handler: "moderate", argument: "spam")])
        #expect(settings.refresh == RefreshPolicy())
        #expect(settings.rules.map(\.rule.name) == ["scale-high-performers"])
    }

    @Test("a source's rules, its strictness and its ids are taken; without them all is as documented")
    func sourcePolicy() throws {
        let settings = try SettingsCases.settings(Self.full, files: ["config/rules/example.yaml": Self.rule])
        #expect(settings.sources.map(\.policy) == [.documented])
        let rules = "rules: {event_time_in_milliseconds: repair, user_key_unknown: repair, looks_like_md5: off}"
        func policy(_ more: String) throws -> SourcePolicy? {
            let text = Self.full.replacing("without: strip}}", with: "without: strip}, \(more)}")
            return try SettingsCases.settings(text, files: ["config/rules/example.yaml": Self.rule]).sources.first?.policy
        }
        let chosen = try policy("\(rules), strictness: partial, event_ids: {website: none}")
        #expect(chosen?.rules == SourceRules([.timeInMilliseconds: .repair, .userKeyUnknown: .repair, .looksLikeMD5: .off]))
        #expect(chosen?.strictness == .partial)
        #expect(chosen?.eventIDs == EventIDPolicy(missing: .derive, website: .leave))
        #expect(try policy("event_ids: none")?.eventIDs == EventIDPolicy(missing: .leave, website: .leave))
        #expect(try policy("event_ids: {missing: none, website: derive}")?.eventIDs == EventIDPolicy(missing: .leave))
    }

    @Test("what people send is taken, every value where it belongs")
    func people() throws {
        let settings = try SettingsCases.settings(Self.full, files: ["config/rules/example.yaml": Self.rule])
        #expect(settings.workspaces[1].pages == ["8"])
        #expect(settings.workspaces[1].pageTokens == ["8": Secret("hook-secret-of-the-tests")])
        #expect(settings.workspaces[1].instagram == ["1784"])
        #expect(
            settings.sources == [
                Settings.Source(
                    name: "shop", workspace: "belmonte", tokens: [Secret("access-token-of-the-tests")],
                    secrets: [Secret("app-secret-of-the-tests")], datasets: ["987654321"],
                    consent: ConsentPolicy(path: ["custom_data", "consent"], without: .strip))
            ])
        #expect(settings.forms == [LeadForm(id: "555", names: ["full_name": "name", "größe?": "size"])])
        var first = ModerationCondition()
        first.anyWord = ["casino", "free money"]
        first.onAd = true
        var second = ModerationCondition()
        second.hasLink = true
        second.isReply = false
        second.platforms = [.instagram]
        #expect(
            settings.moderation == [
                ModerationPolicy(
                    name: "spam",
                    rules: [
                        ModerationRule(condition: first, actions: [.hide, .privateReply("Please write to us.")]),
                        ModerationRule(condition: second, actions: [.hide]),
                    ])
            ])
        #expect(settings.retention.deliveriesMs == 10 * 86_400_000)
        #expect(settings.retention.leadsMs == 365 * 86_400_000)
        #expect(settings.retention.eventsMs == RetentionPolicy().eventsMs)
    }

    @Test("it is taken without a warning")
    func noWarning() throws {
        #expect(try SettingsCases.report(Self.full, files: ["config/rules/example.yaml": Self.rule]) == [])
    }

    @Test("without optional sections the values are those of the documentation")
    func defaults() throws {
        let text = SettingsCases.base.replacing("rules: [rules.yaml]\n", with: "")
        let settings = try SettingsCases.settings(text)
        #expect(settings.routes.isEmpty)
        #expect(settings.rules.isEmpty)
        #expect(settings.refresh == RefreshPolicy())
        #expect(settings.workspaces[0].actOn.isEmpty)
        #expect(settings.workspaces[0].money == Settings.Workspace.defaultMoney)
        #expect(settings.destinations[0].perSecond == 10)
        #expect(!settings.apps[0].allowSHA1)
    }

    @Test(
        "what is wrong with it is told, all at once, each at its place",
        arguments: SettingsCase.all.filter { !$0.name.hasPrefix("rule-") })
    func faults(golden: SettingsCase) throws {
        let told = try SettingsCases.report(golden.input)
        #expect(told == golden.expected, "told:\n\(told.joined(separator: "\n"))")
    }

    @Test("there are golden files of it")
    func enough() {
        #expect(SettingsCase.all.count >= 60)
        #expect(SettingsCase.all.allSatisfy { !$0.expected.isEmpty })
    }

    @Test("no fault, warning or description shows a value of the environment", arguments: SettingsCase.all)
    func canaries(golden: SettingsCase) throws {
        let report = try SettingsCases.report(
            golden.name.hasPrefix("rule-") ? SettingsCases.base : golden.input, files: ["rules.yaml": golden.input]
        ).joined()
        for canary in SettingsCases.canaries { #expect(!report.contains(canary)) }
    }

    @Test("its secrets are not in its description nor in a dump of it; control: they are in its values")
    func descriptions() throws {
        let settings = try SettingsCases.settings(Self.full, files: ["config/rules/example.yaml": Self.rule])
        var text = "\(settings) \(String(reflecting: settings))"
        dump(settings, to: &text)
        for canary in SettingsCases.canaries { #expect(!text.contains(canary)) }
        #expect(settings.apps[0].secrets[0].reveal().contains("of-the-tests"))
    }

    @Test("too many secrets, too many routes")
    func limits() throws {
        let secrets = String(repeating: "\"${SECRET}\", ", count: 9)
        let many = SettingsCases.base.replacing("secrets: [\"${SECRET}\"]", with: "secrets: [\(secrets)]")
        let report = try SettingsCases.report(many, files: ["rules.yaml": "rules: []"])
        #expect(
            report == ["touchstone.yaml:7:3: apps: found 9 secrets in all, expected at most 8: each is tried on every delivery."])
        let routes = (0...64).map { "  - {name: r\($0), match: {object: page}, chain: [touch]}\n" }.joined()
        let long = try SettingsCases.report(SettingsCases.base + "routes:\n" + routes, files: ["rules.yaml": "rules: []"])
        #expect(long == ["touchstone.yaml:16:3: routes: found 65 routes, expected at most 64."])
    }

    @Test("a missing file, a folder, an empty one, one that is no UTF-8")
    func unreadable() throws {
        let folder = try SettingsCases.folder(with: ["empty.yaml": "", "comment.yaml": "# nothing\n"])
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data([0x61, 0x3a, 0x20, 0xff, 0xfe]).write(to: folder.appending(path: "bytes.yaml"))
        for (file, message) in [
            ("none.yaml", "none.yaml: the file can't be read; is the path right? It is relative to the working directory."),
            ("empty.yaml", "empty.yaml: the file is empty."),
            ("comment.yaml", "comment.yaml: the file is empty."),
            ("bytes.yaml", "bytes.yaml: the file is not UTF-8."),
        ] {
            let error = #expect(throws: ConfigurationFaults.self) { try SettingsCases.reader(in: folder).read(file: file) }
            #expect(error?.description == message)
        }
    }

    @Test("a file of brackets does not overflow the stack")
    func nesting() throws {
        let report = try SettingsCases.report("apps: " + String(repeating: "[", count: 100_000))
        #expect(report == ["touchstone.yaml: the file nests deeper than 200 levels."])
    }

    @Test("the time zones of account days are known here; control: one that is not is told")
    func timeZones() {
        #expect(TimeZones.faults().isEmpty)
        #expect(TimeZones.faults(probes: ["Europe/Warsaw", "Mars/Olympus"]).count == 1)
    }
}
