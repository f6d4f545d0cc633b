import GraphEmulator
import Testing

@Suite("Nodes and edges")
struct NodeTests {
    @Test("a node is its id unless fields are asked for; budgets are texts", arguments: ["", "/v26.0", "/v25.0"])
    func node(_ version: String) async throws {
        try await Play.with { play in
            let bare = try await play.get("\(version)/11")
            #expect(bare.text == #"{"id":"11"}"#)
            #expect(bare.headers["facebook-api-version"]?.first == (version.isEmpty ? "v26.0" : String(version.dropFirst())))
            let answer = try await play.get(
                "\(version)/11", ["fields": "id,name,status,effective_status,daily_budget,lifetime_budget,objective,account_id"])
            let wanted =
                #"{"id":"11","name":"Summer A","status":"ACTIVE","effective_status":"ACTIVE","daily_budget":"20000","#
                + #""objective":"OUTCOME_SALES","account_id":"1"}"#
            #expect(answer.text == wanted)
        }
    }

    @Test("an account tells its currency, zone and what it spent")
    func account() async throws {
        try await Play.with { play in
            let answer = try await play.get(
                "/act_1",
                ["fields": "id,account_id,currency,timezone_name,timezone_offset_hours_utc,min_daily_budget,amount_spent"])
            let wanted =
                #"{"id":"act_1","account_id":"1","currency":"EUR","timezone_name":"Europe\/Warsaw","#
                + #""timezone_offset_hours_utc":1,"min_daily_budget":100,"amount_spent":"18628"}"#
            #expect(answer.text == wanted)
            let yen = try await play.get("/act_2", ["fields": "amount_spent"], .all)
            #expect(yen.json["amount_spent"] as? String == "1200")
        }
    }

    @Test(
        "the status above shows below",
        arguments: [
            ("11", "ACTIVE"), ("111", "ACTIVE"), ("1111", "ACTIVE"), ("1112", "PAUSED"), ("1113", "DELETED"), ("12", "PAUSED"),
            ("121", "CAMPAIGN_PAUSED"), ("1211", "CAMPAIGN_PAUSED"), ("13", "ARCHIVED"), ("131", "ARCHIVED"),
            ("1311", "ARCHIVED"),
        ])
    func effectiveStatus(_ id: String, _ status: String) async throws {
        try await Play.with { (play: Play) async throws in
            #expect(try await play.get("/\(id)", ["fields": "effective_status"]).json["effective_status"] as? String == status)
        }
    }

    @Test("a paused ad set shows in its ads, and a review only while all is active")
    func adsetPaused() async throws {
        try await Play.with { play in
            _ = try await play.post("/111", ["status": "PAUSED"])
            #expect(play.emulator.entity("1111")?.effectiveStatus == "ADSET_PAUSED")
            #expect(play.emulator.entity("1211")?.effectiveStatus == "CAMPAIGN_PAUSED")
            _ = try await play.post("/12", ["status": "ACTIVE"])
            #expect(play.emulator.entity("1212")?.effectiveStatus == "DISAPPROVED")
        }
    }

    @Test(
        "edges list what is below; archived and deleted only when asked",
        arguments: [
            ("/act_1/campaigns", [:], ["11", "12"]), ("/act_1/adsets", [:], ["111", "121"]),
            ("/act_1/ads", [:], ["1111", "1112", "1211", "1212"]), ("/11/ads", [:], ["1111", "1112"]),
            ("/12/adsets", [:], ["121"]),
            ("/111/ads", [:], ["1111", "1112"]),
            ("/act_1/ads", ["effective_status": #"["DELETED","ARCHIVED"]"#], ["1113", "1311"]),
            ("/act_1/campaigns", ["effective_status": #"["PAUSED"]"#], ["12"]),
            (
                "/act_1/ads", ["filtering": #"[{"field":"ad.id","operator":"IN","value":["1112",1211,"1113","9"]}]"#],
                ["1112", "1211"]
            ),
            ("/act_1/ads", ["filtering": #"[{"field":"campaign.id","operator":"EQUAL","value":"11"}]"#], ["1111", "1112"]),
            ("/act_1/campaigns", ["filtering": #"[{"field":"name","operator":"CONTAIN","value":"summer"}]"#], ["11"]),
            (
                "/act_1/ads", ["filtering": #"[{"field":"ad.effective_status","operator":"IN","value":["DELETED","PAUSED"]}]"#],
                ["1112", "1113"]
            ),
        ] as [(String, [String: String], [String])])
    func edges(_ path: String, _ query: [String: String], _ ids: [String]) async throws {
        try await Play.with { play in
            let answer = try await play.get(path, query)
            #expect(answer.ids == ids)
            #expect(play.emulator.log().last?.ids == ids)
            #expect(play.emulator.log().last?.rows == ids.count)
        }
    }

    @Test("an empty edge has no paging")
    func empty() async throws {
        try await Play.with { (play: Play) async throws in
            #expect(try await play.get("/act_2/ads", [:], .all).text == #"{"data":[]}"#)
        }
    }

    @Test("pages by cursor reach everything once; next names the token only when the query did")
    func paging() async throws {
        try await Play.with { play in
            var after: String?
            var seen: [String] = []
            repeat {
                var query = ["limit": "3", "fields": "id"]
                query["after"] = after
                let answer = try await play.get("/act_1/ads", query)
                seen += answer.ids
                let next = answer.paging["next"] as? String
                #expect(next?.contains("TOKEN") != true)
                #expect(next?.contains("proof") != true)
                after = next == nil ? nil : answer.cursors["after"]
            } while after != nil
            #expect(seen == ["1111", "1112", "1211", "1212"])
            let proof = Play.Token.good.proof
            let inQuery = try await play.send("GET", "/v26.0/act_1/ads?limit=1&access_token=TOKEN-GOOD&appsecret_proof=\(proof)")
            let next = try #require(inQuery.paging["next"] as? String)
            #expect(next.hasPrefix("\(play.emulator.url)/v26.0/act_1/ads?"))
            #expect(next.contains("access_token=TOKEN-GOOD"))
            #expect(try await play.get("/act_1/ads", ["before": "Mg==", "limit": "1"]).ids == ["1112"])
        }
    }

    @Test("25 come when no limit is given")
    func defaultLimit() async throws {
        let campaigns = (300..<360).map { "{id: \($0), name: c}" }.joined(separator: ", ")
        let scenario = Play.scenario.replacing(
            "campaigns: [{id: 21, name: Yen, daily_budget: 5000}]", with: "campaigns: [{id: 21, name: Yen}, \(campaigns)]")
        try await Play.with(scenario) { (play: Play) async throws in
            #expect(try await play.get("/act_2/campaigns", [:], .all).rows.count == 25)
            #expect(try await play.get("/act_2/campaigns", ["limit": "500"], .all).rows.count == 61)
        }
    }

    @Test("fields nest, with limits and parameters")
    func nesting() async throws {
        try await Play.with { play in
            let fields = "id,adsets.limit(1){id,ads.limit(1){id,campaign{name},insights.date_preset(yesterday){spend}}}"
            let answer = try await play.get("/11", ["fields": fields])
            let adset = ((answer.json["adsets"] as? [String: Any])?["data"] as? [[String: Any]])?.first
            let ads = adset?["ads"] as? [String: Any]
            let ad = (ads?["data"] as? [[String: Any]])?.first
            #expect(adset?["id"] as? String == "111")
            #expect(ad?["id"] as? String == "1111")
            #expect((ad?["campaign"] as? [String: String]) == ["name": "Summer A", "id": "11"])
            let insights = (ad?["insights"] as? [String: Any])?["data"] as? [[String: String]]
            #expect(insights == [["spend": "78.13", "date_start": "2026-11-19", "date_stop": "2026-11-19"]])
            let next = (ads?["paging"] as? [String: Any])?["next"] as? String
            #expect(next?.contains("/111/ads?") == true)
        }
    }

    @Test(
        "what can't be read is refused by name",
        arguments: [
            ("/11", ["fields": "foo"], 400, 100, "(#100) Tried accessing nonexisting field (foo) on node type (AdCampaignGroup)"),
            ("/11", ["fields": "id,{"], 400, 2500, #"Syntax error "Expected name instead of "{"." at character 3: id,{"#),
            ("/act_1/foo", [:], 400, 2500, "Unknown path components: /foo"),
            ("/act_1/insights/x", [:], 400, 2500, "Unknown path components: /act_1/insights/x"),
            ("/act_1/adrules_library", [:], 400, 2500, "Unknown path components: /adrules_library"),
            ("/oauth/access_token", [:], 400, 2500, "Unknown path components: /oauth/access_token"),
            ("/v99.0/act_1", [:], 400, 2500, "Unknown path components: /v99.0"),
            ("/", ["ids": "1,2"], 500, 100, "The ids query parameter is deprecated in v26.0+"),
            ("/act_1/ads", ["filtering": "{"], 400, 100, "(#100) param filtering must be an array."),
            (
                "/act_1/ads", ["filtering": #"[{"field":"ad.status","operator":"IN","value":["ACTIVE"]}]"#], 400, 100,
                "(#100) Filtering field 'ad.status' with operation 'in' is not supported"
            ),
            (
                "/act_1/campaigns", ["filtering": #"[{"field":"ad.id","operator":"IN","value":["1111"]}]"#], 400, 100,
                "(#100) Filtering field 'ad.id' with operation 'in' is not supported"
            ),
            (
                "/act_1/ads", ["filtering": #"[{"field":"ad.id","operator":"IN","value":"1111"}]"#], 400, 100,
                "(#100) param filtering[0][value] must be an array."
            ),
            ("/act_1/ads", ["limit": "0"], 400, 100, "(#100) param limit must be a positive integer."),
            ("/act_1/ads", ["after": "nonsense"], 400, 100, "(#100) Invalid cursors values"),
        ] as [(String, [String: String], Int, Int, String)])
    func refused(_ path: String, _ query: [String: String], _ status: Int, _ code: Int, _ message: String) async throws {
        try await Play.with { play in
            let answer = try await play.get(path, query)
            #expect(answer.status == status)
            #expect(answer.code == code)
            #expect(answer.message == message)
        }
    }
}
