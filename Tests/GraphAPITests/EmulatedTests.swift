import Core
import GraphEmulator
import Testing

@testable import GraphAPI

@Suite("The client against the emulated Graph API")
struct EmulatedTests {
    private static let yesterday = "2026-11-19"
    private static let today = "2026-11-20"

    private func insights(_ client: GraphClient, _ level: EntityLevel, _ ids: [String], daily: Bool = false)
        async throws(GraphError) -> [InsightsRead]
    {
        try await client.insights(account: "1", level: level, ids: ids, since: Self.yesterday, until: Self.today, daily: daily)
    }

    @Test("an account has its currency, time zone and least budget")
    func account() async throws {
        let meta = try await Meta()
        #expect(
            try await meta.client.account("1")
                == AccountInfo(
                    id: "1", name: "Belmonte", currency: "EUR", timezone: "Europe/Warsaw", status: 1, minDailyBudgetMinor: 100))
        await meta.end()
    }

    @Test("entities come whatever their status, with parents and budgets, and what is another's does not come")
    func entities() async throws {
        let meta = try await Meta()
        let campaigns = try await meta.client.entities(account: "1", level: .campaign, ids: ["11", "12", "13", "14", "15"])
        #expect(campaigns.map(\.ref.id).sorted() == ["11", "12", "13"])
        #expect(campaigns.first { $0.ref.id == "13" }?.status == "ARCHIVED")
        #expect(campaigns.first { $0.ref.id == "11" }?.dailyBudgetMinor == 20_000)
        #expect(campaigns.first { $0.ref.id == "12" }?.dailyBudgetMinor == nil)
        let adsets = try await meta.client.entities(account: "1", level: .adset, ids: ["121"])
        #expect(
            adsets == [
                EntityState(
                    ref: EntityRef(.adset, "121"), accountID: "1", campaignID: "12", adsetID: nil, name: "T", status: "ACTIVE",
                    effectiveStatus: "CAMPAIGN_PAUSED", dailyBudgetMinor: 3_000, lifetimeBudgetMinor: nil)
            ])
        let ads = try await meta.client.entities(account: "1", level: .ad, ids: ["1112"])
        #expect(ads.map(\.adsetID) == ["111"] && ads.map(\.campaignID) == ["11"])
        #expect(try await meta.client.entities(account: "1", level: .ad, ids: []).isEmpty)
        #expect(meta.emulator.log().count == 3)
        await meta.end()
    }

    @Test("one entity is read by its id alone", arguments: [(EntityLevel.campaign, "11"), (.adset, "111"), (.ad, "1111")])
    func entity(level: EntityLevel, id: String) async throws {
        let meta = try await Meta()
        let entity = try await meta.client.entity(EntityRef(level, id), account: nil)
        #expect(entity.ref == EntityRef(level, id) && entity.accountID == "1" && entity.status == "ACTIVE")
        await meta.end()
    }

    @Test("insights of named entities: one call, their rows only, as Meta wrote them")
    func insightRows() async throws {
        let meta = try await Meta()
        let reads = try await insights(meta.client, .ad, ["1111", "1112"], daily: true)
        #expect(reads.count == 1 && reads[0].pages == 1 && reads[0].ids == ["1111", "1112"])
        #expect(reads[0].rows.map { $0["date_start"]?.text }.sorted { ($0 ?? "") < ($1 ?? "") } == [Self.yesterday, Self.today])
        let row = try #require(reads[0].rows.first { $0["date_start"]?.text == Self.yesterday })
        #expect(
            row["spend"]?.text == "78.13" && row["adset_id"]?.id == "111" && row["campaign_id"]?.id == "11"
                && row["account_id"]?.id == "1")
        #expect(row["actions"]?[0]?["value"]?.text == "3")
        let entry = try #require(meta.emulator.log().first)
        #expect(entry.trace == reads[0].requestID)
        #expect(
            reads[0].query.hasPrefix(
                "/v26.0/act_1/insights?level=ad&fields=account_id%2Ccampaign_id%2Cadset_id%2Cad_id%2Cimpressions"))
        await meta.end()
    }

    @Test("an archived entity's figures are read like any other's, so that their absence means no delivery")
    func archivedRows() async throws {
        let meta = try await Meta()
        #expect(try await insights(meta.client, .campaign, ["13"])[0].rows.map { $0["impressions"]?.text } == ["7"])
        #expect(try await insights(meta.client, .campaign, ["12"])[0].rows.isEmpty)
        #expect(try await insights(meta.client, .account, [])[0].rows.count == 1)
        await meta.end()
    }

    @Test("more rows than a page holds are all read, by cursor")
    func pages() async throws {
        let ads = (1...90).map { "{id: \"\(9_000 + $0)\", name: n, status: ACTIVE}" }.joined(separator: ", ")
        let rows = (1...90).flatMap { ad in (1...7).map { "- {level: ad, id: \"\(9_000 + ad)\", day: -\($0), impressions: 1}" } }
        let yaml = """
            apps: [{id: "123", secret: "\(World.secret)"}]
            tokens: [{token: "\(World.token)", name: t, app: "123", accounts: "*"}]
            accounts: [{id: "1", name: A, currency: EUR, timezone: UTC, campaigns: [{id: "11", name: C, status: ACTIVE, adsets: [{id: "111", name: S, status: ACTIVE, ads: [\(ads)]}]}]}]
            clock: "2026-11-20T12:00:00Z"
            insights:
              \(rows.joined(separator: "\n  "))
            """
        let emulator = try await GraphEmulator.start(scenario: Scenario(yaml: yaml))
        let world = try World(emulator.url)
        let ids = (1...90).map { String(9_000 + $0) }
        let reads = try await world.client.insights(
            account: "1", level: .ad, ids: ids, since: "2026-11-13", until: "2026-11-19", daily: true)
        #expect(reads.count == 1 && reads[0].pages == 2 && reads[0].rows.count == 630)
        #expect(emulator.log().map { $0.query["after"] != nil } == [false, true])
        #expect(world.calls.map(\.rows) == [500, 130])

        let most = try await world.client.entities(account: "1", level: .ad, ids: ids + (1...30).map { String(9_500 + $0) })
        #expect(most.count == 90)
        #expect(emulator.log().count == 4)
        await world.transport.shutdown()
        await emulator.stop()
    }

    @Test("every call has its token in the header and a right proof")
    func access() async throws {
        let meta = try await Meta()
        _ = try await meta.client.account("1")
        _ = try await meta.client.entity(EntityRef(.ad, "1111"), account: nil)
        _ = try await insights(meta.client, .ad, ["1111"])
        try await meta.client.setStatus(EntityRef(.ad, "1111"), account: "1", status: "PAUSED", validateOnly: true)
        let log = meta.emulator.log()
        #expect(log.count == 4)
        #expect(log.allSatisfy { $0.auth == "header" && $0.token == "ok" && $0.proof == "ok" && $0.version == "v26.0" })
        await meta.end()
    }

    @Test("writes change what they name, once; validate_only changes nothing")
    func writes() async throws {
        let meta = try await Meta()
        try await meta.client.setStatus(EntityRef(.ad, "1111"), account: "1", status: "PAUSED", validateOnly: true)
        try await meta.client.setBudget(
            EntityRef(.campaign, "11"), account: "1", field: .daily, minor: 25_000, validateOnly: true)
        #expect(meta.emulator.entity("1111")?.status == "ACTIVE" && meta.emulator.entity("11")?.dailyBudget == "20000")
        try await meta.client.setStatus(EntityRef(.ad, "1111"), account: "1", status: "PAUSED", validateOnly: false)
        try await meta.client.setBudget(
            EntityRef(.campaign, "11"), account: "1", field: .daily, minor: 25_000, validateOnly: false)
        #expect(meta.emulator.entity("1111")?.status == "PAUSED" && meta.emulator.entity("11")?.dailyBudget == "25000")
        #expect(meta.emulator.log().flatMap(\.changed).map(\.new) == ["PAUSED", "25000"])
        await meta.end()
    }

    @Test("a refused write says why")
    func refusedWrites() async throws {
        let meta = try await Meta()
        let both = await failure { () async throws(GraphError) in
            try await meta.client.setBudget(
                EntityRef(.adset, "111"), account: "1", field: .daily, minor: 500, validateOnly: false)
        }
        #expect(both?.code == "budget_at_both_levels" && both?.disposition().word == "cancel")
        let archived = await failure { () async throws(GraphError) in
            try await meta.client.setStatus(EntityRef(.campaign, "13"), account: "1", status: "ACTIVE", validateOnly: false)
        }
        #expect(archived?.disposition().word == "cancel")
        let missing = await failure { () async throws(GraphError) in
            try await meta.client.setStatus(EntityRef(.campaign, "99"), account: "1", status: "PAUSED", validateOnly: false)
        }
        #expect(missing?.code == "not_visible" && missing?.disposition().word == "cancel")
        #expect(meta.emulator.log().flatMap(\.changed).isEmpty)
        await meta.end()
    }

    private static let tokenStates = [
        ("expired", "token_expired"), ("revoked", "token_revoked"), ("password_changed", "password_changed"),
        ("app_removed", "app_removed"),
        ("checkpoint", "user_checkpoint"), ("unconfirmed", "user_unconfirmed"), ("page_role_lost", "page_role_lost"),
    ]

    @Test("a token that Meta refuses holds the workspace, and works again when it is good", arguments: tokenStates)
    func token(state: String, code: String) async throws {
        let meta = try await Meta()
        try meta.emulator.setToken(name: "belmonte", state: state)
        let error = await failure { () async throws(GraphError) in try await meta.client.probe() }
        #expect(error?.code == code && error?.disposition().word == "hold token:belmonte" && error?.needsPerson == true)
        try meta.emulator.setToken(name: "belmonte", state: "valid")
        #expect(try await meta.client.account("1").currency == "EUR")
        await meta.end()
    }

    @Test("a wrong app secret holds the workspace and names the secret")
    func wrongSecret() async throws {
        let meta = try await Meta(secret: "wrong")
        let error = await failure { () async throws(GraphError) in try await meta.client.probe() }
        #expect(error?.code == "app_secret_wrong" && error?.disposition().word == "hold token:belmonte")
        await meta.end()
    }

    @Test("another's account is held, not tried for ever")
    func otherAccount() async throws {
        let meta = try await Meta()
        let error = await failure { () async throws(GraphError) in try await meta.client.account("2") }
        #expect(error?.disposition(account: "2").word == "hold account:2")
        let entities = await failure { () async throws(GraphError) in
            try await meta.client.entities(account: "2", level: .campaign, ids: ["14"])
        }
        #expect(entities?.disposition(account: "2").word == "hold account:2")
        await meta.end()
    }

    private static let faults: [(String, String, String)] = [
        ("{status: 500, code: 2, message: x}", "meta_unavailable", "retry"),
        ("{status: 200, code: 2, message: x}", "meta_unavailable", "retry"),
        (
            "{status: 500, code: 100, message: 'The ids query parameter is deprecated in v26.0+'}", "ids_parameter_removed",
            "cancel"
        ),
        ("{status: 400, code: 2, subcode: 1504041, message: x}", "insights_breakdowns", "cancel"),
        ("{status: 400, code: 100, subcode: 1487534, message: x}", "insights_too_large", "split"),
        (
            "{status: 500, code: 1, message: \"Please reduce the amount of data you're asking for, then retry your request\"}",
            "too_much_data", "split"
        ),
        ("{status: 403, code: 4, message: x}", "app_limit", "snooze 300000"),
        ("{status: 400, code: 17, subcode: 2446079, message: x, is_transient: true}", "account_score_limit", "snooze 60000"),
        (
            "{status: 400, code: 80000, message: x, headers: {X-Business-Use-Case-Usage: '{\"1\":[{\"type\":\"ads_insights\",\"call_count\":101,\"estimated_time_to_regain_access\":7}]}'}}",
            "insights_limit", "snooze 420000"
        ),
        ("{status: 400, code: 368, message: x}", "blocked_for_policy", "cancel"),
        ("{status: 400, code: 3018, message: x}", "range_too_old", "cancel"),
        ("{html: true}", "graph_unreadable_html", "retry"),
        ("{html: true, status: 200}", "graph_unreadable_html", "retry"),
        ("{half: length}", "graph_broken", "retry"),
        ("{half: cut}", "graph_unreadable_truncated", "retry"),
        ("{lost: true}", "graph_broken", "retry"),
    ]

    @Test("each fault of a read has its way on, and the next call goes through", arguments: faults)
    func readFaults(fault: String, code: String, word: String) async throws {
        let meta = try await Meta(faults: "{match: {path: /insights}, do: \(fault)}")
        let error = await failure { () async throws(GraphError) in try await self.insights(meta.client, .ad, ["1111"]) }
        #expect(error?.code == code && error?.disposition().word == word)
        #expect(try await insights(meta.client, .ad, ["1111"])[0].rows.count == 1)
        #expect(meta.world.calls.map(\.outcome) == [code, "done"])
        await meta.end()
    }

    @Test(
        "a write whose answer is lost is said to be lost, whether it was done or not",
        arguments: [
            ("{lost: true}", true), ("{lost: before}", false), ("{half: length}", true), ("{half: cut}", true),
            ("{html: true}", false),
        ])
    func lostWrites(fault: String, isDone: Bool) async throws {
        let meta = try await Meta(faults: "{match: {method: POST}, do: \(fault)}")
        let ref = EntityRef(.campaign, "11")
        let error = await failure { () async throws(GraphError) in
            try await meta.client.setStatus(ref, account: "1", status: "PAUSED", validateOnly: false)
        }
        guard case .answerLost? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.disposition().word == "retry")
        #expect(try await meta.client.entity(ref, account: "1").status == (isDone ? "PAUSED" : "ACTIVE"))
        #expect(meta.emulator.log().flatMap(\.changed).count == (isDone ? 1 : 0))
        await meta.end()
    }

    @Test("an error document says of a write that it was not done")
    func refusedWrite() async throws {
        let meta = try await Meta(faults: "{match: {method: POST}, do: {status: 400, code: 613, subcode: 1487632, message: x}}")
        let error = await failure { () async throws(GraphError) in
            try await meta.client.setBudget(
                EntityRef(.adset, "121"), account: "1", field: .daily, minor: 3_100, validateOnly: false)
        }
        #expect(error?.code == "budget_changes" && error?.disposition().word == "snooze 3600000")
        #expect(meta.emulator.entity("121")?.dailyBudget == "3000")
        await meta.end()
    }

    @Test("each call leaves a record with what the log of the other side has")
    func records() async throws {
        let meta = try await Meta(faults: "{match: {path: /insights}, do: {status: 400, code: 17, subcode: 2446079, message: x}}")
        _ = await failure { () async throws(GraphError) in try await self.insights(meta.client, .ad, ["1111"]) }
        _ = try await insights(meta.client, .ad, ["1111"], daily: true)
        let calls = meta.world.calls
        let log = meta.emulator.log()
        #expect(calls.map(\.traceID) == log.map(\.trace))
        #expect(
            calls.map(\.status) == [400, 200] && calls.map(\.code) == [17, nil] && calls.map(\.subcode) == [2_446_079, nil])
        #expect(
            calls.map(\.rows) == [0, 2]
                && calls.allSatisfy { $0.path == "/v26.0/act_1/insights" && $0.account == "1" && $0.app == "main" })
        #expect(
            calls.allSatisfy {
                $0.purpose == .insights && $0.method == "GET" && $0.atMs == World.nowMs && $0.workspace == "belmonte"
            })
        #expect(calls[1].usage.contains { $0.scope == .object("1") && $0.kind == .insights && $0.tier == .standard })
        await meta.end()
    }

    @Test("under Meta's own limits a client that asks its quota first is never refused; one that does not is")
    func quota() async throws {
        let meta = try await Meta("tier: development\nenforce_limits: true")
        var quota = Quota()
        var refused = 0
        var waited = 0
        for _ in 0..<80 {
            guard case .go = quota.verdict(.read, app: "main", account: "1", nowMs: World.nowMs) else {
                waited += 1
                continue
            }
            if await failure({ () async throws(GraphError) in try await meta.client.account("1") }) != nil { refused += 1 }
            if let call = meta.world.calls.last { quota.note(call) }
        }
        #expect(refused == 0 && waited > 0)
        #expect(quota.verdict(.write, app: "main", account: "1", nowMs: World.nowMs) == .go)
        for _ in 0..<80 where refused == 0 {
            if await failure({ () async throws(GraphError) in try await meta.client.account("1") }) != nil { refused += 1 }
        }
        #expect(refused == 1)
        await meta.end()
    }

    @Test("TLS: the emulator's certificate is taken under its name with its own root, and not without it")
    func tls() async throws {
        let folder: String = try #require(Certificates.folder)
        let emulator = try await GraphEmulator.start(
            scenario: Scenario(yaml: Meta.yaml),
            tls: .init(certificate: folder + "/server.pem", privateKey: folder + "/server.key"))
        for (url, roots, isGood) in [
            ("https://localhost:\(emulator.port)", folder + "/ca.pem", true),
            ("https://127.0.0.1:\(emulator.port)", folder + "/ca.pem", true),
            ("https://localhost:\(emulator.port)", nil, false),
        ] {
            let settings = try GraphSettings(baseURL: url, rootsFile: roots)
            let transport = GraphTransport(settings: settings, nowMs: { 0 }, observe: { _ in })
            let client = GraphClient(
                transport: transport, workspace: "w", app: "a",
                credentials: GraphCredentials(token: World.token, appSecret: World.secret))
            let error = await failure { () async throws(GraphError) in try await client.account("1") }
            #expect(error == (isGood ? nil : .notSent(.tls)))
            await transport.shutdown()
        }
        await emulator.stop()
    }
}
