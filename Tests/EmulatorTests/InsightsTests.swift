import GraphEmulator
import Testing

@Suite("Insights")
struct InsightsTests {
    private static let metrics =
        "impressions,clicks,inline_link_clicks,spend,reach,frequency,ctr,cpc,cpm,"
        + "actions,action_values,cost_per_action_type,purchase_roas"

    @Test("numbers are texts; zeros of lists and undefined ratios are absent")
    func row() async throws {
        try await Play.with { play in
            let full = try await play.get("/1111/insights", ["fields": Self.metrics, "date_preset": "yesterday"])
            #expect(full.rows.count == 1)
            let wanted =
                #"{"data":[{"impressions":"1000","clicks":"50","inline_link_clicks":"40","spend":"78.13","reach":"900","#
                + #""frequency":"1.111111","ctr":"5.000000","cpc":"1.562600","cpm":"78.130000","#
                + #""actions":[{"action_type":"omni_purchase","value":"3"}],"#
                + #""action_values":[{"action_type":"omni_purchase","value":"328.13"}],"#
                + #""cost_per_action_type":[{"action_type":"omni_purchase","value":"26.043333"}],"#
                + #""purchase_roas":[{"action_type":"omni_purchase","value":"4.199795"}],"#
                + #""date_start":"2026-11-19","date_stop":"2026-11-19"}],"paging":{"cursors":{"before":"MA==","after":"MA=="}}}"#
            #expect(full.text == wanted)
            let range = #"{"since":"2026-11-18","until":"2026-11-18"}"#
            let poor = try await play.get("/1111/insights", ["fields": Self.metrics, "time_range": range])
            let row = try #require(poor.rows.first)
            #expect(
                Set(row.keys) == [
                    "impressions", "clicks", "spend", "reach", "frequency", "ctr", "cpm", "date_start", "date_stop",
                ])
            #expect(row["clicks"] as? String == "0")
        }
    }

    @Test("no delivery is no row")
    func noDelivery() async throws {
        try await Play.with { (play: Play) async throws in
            #expect(try await play.get("/1211/insights", ["date_preset": "maximum"]).text == #"{"data":[]}"#)
            #expect(try await play.get("/12/insights").rows.isEmpty)
        }
    }

    @Test(
        "each level sums what is below; deleted things count above but have no row of their own",
        arguments: [
            ("account", "account_id", ["1": "86.28"]), ("campaign", "campaign_id", ["11": "86.28"]),
            ("adset", "adset_id", ["111": "86.28"]), ("ad", "ad_id", ["1111": "85.13", "1112": "1.1"]),
        ] as [(String, String, [String: String])])
    func levels(_ level: String, _ key: String, _ spend: [String: String]) async throws {
        try await Play.with { play in
            let answer = try await play.get(
                "/act_1/insights", ["level": level, "fields": "\(key),spend", "date_preset": "last_7d"])
            let found = answer.rows.reduce(into: [String: String]()) { $0[$1[key] as? String ?? ""] = $1["spend"] as? String }
            #expect(found == spend)
        }
    }

    @Test("a deleted ad answers for itself, and in a list when its status is asked for")
    func deleted() async throws {
        try await Play.with { play in
            #expect(try await play.get("/1113/insights", ["fields": "spend"]).texts("spend") == ["0.05"])
            let filter = #"[{"field":"ad.effective_status","operator":"IN","value":["DELETED"]}]"#
            let answer = try await play.get("/act_1/insights", ["level": "ad", "fields": "ad_id", "filtering": filter])
            #expect(answer.texts("ad_id") == ["1113"])
        }
    }

    @Test(
        "filters by id, name, status and metric",
        arguments: [
            (#"[{"field":"ad.id","operator":"IN","value":["1112","1211","77"]}]"#, ["1112"]),
            (#"[{"field":"ad.id","operator":"NOT_IN","value":["1112"]}]"#, ["1111"]),
            (#"[{"field":"campaign.id","operator":"IN","value":["12"]}]"#, []),
            (#"[{"field":"ad.name","operator":"CONTAIN","value":"X"}]"#, ["1111"]),
            (#"[{"field":"ad.effective_status","operator":"IN","value":["PAUSED"]}]"#, ["1112"]),
            (#"[{"field":"ad.impressions","operator":"GREATER_THAN","value":10}]"#, ["1111"]),
            (#"[{"field":"spend","operator":"LESS_THAN","value":"1.2"}]"#, ["1112"]),
            (#"[{"field":"spend","operator":"IN_RANGE","value":[1.1,2]}]"#, ["1112"]),
        ] as [(String, [String])])
    func filters(_ filtering: String, _ ids: [String]) async throws {
        try await Play.with { play in
            let answer = try await play.get(
                "/act_1/insights", ["level": "ad", "fields": "ad_id", "filtering": filtering, "date_preset": "last_7d"])
            #expect(answer.status == 200)
            #expect(answer.texts("ad_id") == ids)
        }
    }

    @Test("a filter below the level leaves only what passes in the sum")
    func filterBelow() async throws {
        try await Play.with { play in
            let filter = #"[{"field":"ad.id","operator":"IN","value":["1112"]}]"#
            let answer = try await play.get("/act_1/insights", ["level": "campaign", "fields": "spend", "filtering": filter])
            #expect(answer.texts("spend") == ["1.1"])
        }
    }

    @Test(
        "presets are days of the account's zone",
        arguments: [
            ("today", "2026-11-20", "2026-11-20"), ("yesterday", "2026-11-19", "2026-11-19"),
            ("last_3d", "2026-11-17", "2026-11-19"),
            ("last_7d", "2026-11-13", "2026-11-19"), ("last_28d", "2026-10-23", "2026-11-19"),
            ("this_month", "2026-11-01", "2026-11-20"),
            ("this_week_mon_today", "2026-11-16", "2026-11-20"), ("this_week_sun_today", "2026-11-15", "2026-11-20"),
            ("this_quarter", "2026-10-01", "2026-11-20"), ("this_year", "2026-01-01", "2026-11-20"),
            ("maximum", "2026-11-18", "2026-11-20"),
        ])
    func presets(_ preset: String, _ since: String, _ until: String) async throws {
        try await Play.with { play in
            let answer = try await play.get("/act_1/insights", ["date_preset": preset])
            #expect(answer.texts("date_start") == [since])
            #expect(answer.texts("date_stop") == [until])
        }
    }

    @Test(
        "the last month, quarter, year and weeks end before today",
        arguments: [
            ("last_month", "2026-10-01", "2026-10-31"), ("last_quarter", "2026-07-01", "2026-09-30"),
            ("last_year", "2025-01-01", "2025-12-31"), ("last_week_mon_sun", "2026-11-09", "2026-11-15"),
            ("last_week_sun_sat", "2026-11-08", "2026-11-14"), ("last_90d", "2026-08-22", "2026-11-19"),
        ])
    func pastPresets(_ preset: String, _ since: String, _ until: String) async throws {
        try await Play.with { play in
            try play.emulator.addInsights(
                yaml: "[{id: 1211, day: \(since), impressions: 1}, {id: 1211, day: \(until), impressions: 1}]")
            let answer = try await play.get("/1211/insights", ["date_preset": preset, "fields": "impressions"])
            #expect(answer.texts("impressions") == ["2"])
            #expect(answer.texts("date_start") == [since])
            #expect(answer.texts("date_stop") == [until])
        }
    }

    @Test("an account's day begins at its own midnight", arguments: [("/21", "2026-11-21"), ("/1111", "2026-11-20")])
    func zones(_ path: String, _ today: String) async throws {
        try await Play.with { play in
            play.emulator.advanceClock(ms: 4 * 3_600_000)
            try play.emulator.addInsights(yaml: "[{id: 21, day: 0, impressions: 3}]")
            let answer = try await play.get("\(path)/insights", ["date_preset": "today"], .all)
            #expect(answer.texts("date_start") == [today])
        }
    }

    @Test(
        "increments divide the range; days without delivery are missing",
        arguments: [
            ("1", ["2026-11-18", "2026-11-19", "2026-11-20"], ["2026-11-18", "2026-11-19", "2026-11-20"]),
            ("2", ["2026-11-17", "2026-11-19"], ["2026-11-18", "2026-11-20"]), ("all_days", ["2026-11-17"], ["2026-11-20"]),
            ("monthly", ["2026-11-17"], ["2026-11-20"]),
        ] as [(String, [String], [String])])
    func increments(_ increment: String, _ starts: [String], _ stops: [String]) async throws {
        try await Play.with { play in
            let range = #"{"since":"2026-11-17","until":"2026-11-20"}"#
            let answer = try await play.get("/1111/insights", ["time_range": range, "time_increment": increment])
            #expect(answer.texts("date_start") == starts)
            #expect(answer.texts("date_stop") == stops)
        }
    }

    @Test("several ranges may overlap and know no increment")
    func ranges() async throws {
        try await Play.with { play in
            let ranges = #"[{"since":"2026-11-18","until":"2026-11-19"},{"since":"2026-11-19","until":"2026-11-20"}]"#
            let answer = try await play.get(
                "/1111/insights", ["time_ranges": ranges, "time_increment": "1", "date_preset": "today", "fields": "spend"])
            #expect(answer.texts("spend") == ["85.13", "178.13"])
        }
    }

    @Test("reach is not the sum of days: (sum + largest) / 2, never less than a part")
    func reach() async throws {
        try await Play.with { play in
            let days = try await play.get(
                "/1111/insights", ["fields": "reach", "date_preset": "last_7d", "time_increment": "1"])
            let window = try await play.get("/1111/insights", ["fields": "reach,frequency", "date_preset": "last_7d"])
            #expect(days.texts("reach") == ["90", "900"])
            #expect(window.texts("reach") == ["945"])
            #expect(window.texts("frequency") == ["1.164021"])
        }
    }

    @Test("what comes without fields")
    func defaults() async throws {
        try await Play.with { play in
            let answer = try await play.get("/act_1/insights", ["level": "campaign"])
            let row = try #require(answer.rows.first)
            #expect(Set(row.keys) == ["account_id", "campaign_id", "impressions", "spend", "date_start", "date_stop"])
            #expect(answer.texts("date_start") == ["2026-10-21"])
        }
    }

    @Test(
        "what can't be asked is refused",
        arguments: [
            (["fields": "foo"], 100, "(#100) foo is not valid for fields param."),
            (["level": "page"], 100, "(#100) level must be one of the following values: ad, adset, campaign, account"),
            (["date_preset": "lifetime"], 100, "(#100) date_preset must be one of the following values: "),
            (["time_increment": "91"], 100, "(#100) time_increment must be"),
            (["time_range": #"{"since":"2026-11-31","until":"2026-12-01"}"#], 100, "(#100) param time_range must have"),
            (["time_range": #"{"since":"2026-11-19","until":"2026-11-18"}"#], 100, "(#100) param time_range[since] must not be"),
            (
                ["time_range": #"{"since":"2023-10-19","until":"2023-10-20"}"#], 3018,
                "(#3018) The start date of the time range cannot"
            ),
            (
                ["filtering": #"[{"field":"ad.id","operator":"LIKE","value":"1"}]"#], 100,
                "(#100) Filtering field 'ad.id' with operation"
            ),
            (["breakdowns": "age"], 100, "(#100) breakdowns[0] is 'age'"),
        ] as [([String: String], Int, String)])
    func refused(_ query: [String: String], _ code: Int, _ message: String) async throws {
        try await Play.with { play in
            let answer = try await play.get("/act_1/insights", query)
            #expect(answer.status == 400)
            #expect(answer.code == code)
            #expect(answer.message.hasPrefix(message))
        }
    }

    @Test("37 months back is still answered")
    func farBack() async throws {
        try await Play.with { (play: Play) async throws in
            let range = #"{"since":"2023-10-20","until":"2023-10-20"}"#
            #expect(try await play.get("/act_1/insights", ["time_range": range]).status == 200)
        }
    }

    @Test("rows are sorted and paged")
    func sorting() async throws {
        try await Play.with { play in
            let query = ["level": "ad", "fields": "ad_id", "sort": "spend_ascending", "limit": "1"]
            let first = try await play.get("/act_1/insights", query)
            #expect(first.texts("ad_id") == ["1112"])
            let after = try #require(first.cursors["after"])
            let second = try await play.get("/act_1/insights", query.merging(["after": after]) { _, new in new })
            #expect(second.texts("ad_id") == ["1111"])
            #expect(second.paging["next"] == nil)
        }
    }

    @Test("figures appear at the refresh marks of its clock, and add up")
    func refresh() async throws {
        let scenario = Play.scenario.replacing(
            "insights:\n",
            with: "insights_options: {refresh_minutes: 15}\ninsights:\n  - {id: 1112, day: 0, after: 61s, impressions: 4}\n")
        try await Play.with(scenario) { play in
            func impressions() async throws -> [String] {
                try await play.get("/1112/insights", ["date_preset": "today", "fields": "impressions"]).texts("impressions")
            }
            play.emulator.advanceClock(ms: 899_999)
            #expect(try await impressions().isEmpty)
            play.emulator.advanceClock(ms: 1)
            #expect(try await impressions() == ["4"])
            try play.emulator.addInsights(yaml: "[{id: 1112, day: 0, impressions: 3}]")
            play.emulator.advanceClock(ms: 1)
            #expect(try await impressions() == ["7"])
            play.emulator.advanceClock(ms: 1)
            try play.emulator.addInsights(yaml: "[{id: 1112, day: 0, impressions: 5, set: true}]")
            #expect(try await impressions() == ["7"])
            play.emulator.advanceClock(ms: 900_000)
            #expect(try await impressions() == ["5"])
        }
    }

    @Test("rows given at a level stand before the sum from below")
    func givenAbove() async throws {
        try await Play.with { play in
            try play.emulator.addInsights(yaml: "[{level: campaign, id: 11, day: -1, impressions: 5000, spend: 90}]")
            let answer = try await play.get(
                "/act_1/insights", ["level": "campaign", "fields": "spend", "date_preset": "last_7d"])
            #expect(answer.texts("spend") == ["97"])
            #expect(
                try await play.get("/1111/insights", ["fields": "spend", "date_preset": "yesterday"]).texts("spend") == ["78.13"])
        }
    }
}
