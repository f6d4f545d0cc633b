import GraphEmulator
import Testing

@Suite("Writes")
struct WriteTests {
    @Test("a status and a budget are written, read back and in the log")
    func write() async throws {
        try await Play.with { play in
            #expect(try await play.post("/v26.0/11", ["status": "PAUSED", "daily_budget": "25000"]).text == #"{"success":true}"#)
            let read = try await play.get("/11", ["fields": "status,effective_status,daily_budget"])
            #expect(read.json["status"] as? String == "PAUSED")
            #expect(read.json["daily_budget"] as? String == "25000")
            let changed = try #require(play.emulator.log().first).changed
            #expect(changed.map(\.field) == ["status", "daily_budget"])
            #expect(changed.map(\.old) == ["ACTIVE", "20000"])
            #expect(changed.map(\.new) == ["PAUSED", "25000"])
        }
    }

    @Test("a JSON body does the same")
    func jsonBody() async throws {
        try await Play.with { play in
            let target = "/11?appsecret_proof=\(Play.Token.good.proof)"
            let body = (#"{"daily_budget": 21000, "execution_options": []}"#, "application/json")
            #expect(try await play.send("POST", target, ["Authorization": "Bearer TOKEN-GOOD"], body).status == 200)
            #expect(play.emulator.entity("11")?.dailyBudget == "21000")
            let bad = try await play.send("POST", target, ["Authorization": "Bearer TOKEN-GOOD"], ("{", "application/json"))
            #expect(bad.code == 100)
            #expect(play.emulator.log().count == 2)
        }
    }

    @Test("validate_only changes nothing, and refuses what would be refused")
    func validateOnly() async throws {
        try await Play.with { (play: Play) async throws in
            let only = #"["validate_only"]"#
            #expect(try await play.post("/11", ["status": "PAUSED", "execution_options": only]).status == 200)
            #expect(play.emulator.entity("11")?.status == "ACTIVE")
            #expect(try await play.post("/111", ["daily_budget": "500", "execution_options": only]).subcode == 1_885_621)
            #expect(play.emulator.log().map(\.validateOnly) == [true, true])
            #expect(play.emulator.log().allSatisfy { $0.changed.isEmpty })
        }
    }

    @Test(
        "what the rules forbid",
        arguments: [
            ("111", ["daily_budget": "500"], 100, 1_885_621), ("121", ["daily_budget": "99"], 100, 1_487_901),
            ("11", ["daily_budget": "99"], 100, 1_885_272), ("11", ["daily_budget": "10999"], 100, 1_885_650),
            ("11", ["daily_budget": "12.5"], 100, nil), ("11", ["daily_budget": "-5"], 100, nil),
            ("11", ["daily_budget": "30000", "lifetime_budget": "30000"], 100, nil),
            ("11", ["lifetime_budget": "30000"], 100, nil),
            ("1113", ["status": "ACTIVE"], 100, 1_487_056), ("13", ["status": "ACTIVE"], 100, 1_885_088),
            ("1311", ["status": "PAUSED"], 100, 1_885_088), ("1212", ["status": "ACTIVE"], 100, 2_490_427),
            ("11", ["status": "ON"], 100, nil), ("11", ["colour": "red"], 100, nil), ("1111", ["daily_budget": "500"], 100, nil),
            ("11", [:], 100, nil), ("11", ["name": ""], 100, nil), ("act_1", ["name": "x"], 100, nil),
        ] as [(String, [String: String], Int, Int?)])
    func refused(_ id: String, _ form: [String: String], _ code: Int, _ subcode: Int?) async throws {
        try await Play.with { play in
            let before = play.emulator.state()
            let answer = try await play.post("/\(id)", form)
            #expect(answer.status == 400)
            #expect(answer.code == code)
            #expect(answer.subcode == subcode)
            #expect(play.emulator.state() == before)
        }
    }

    @Test(
        "what the rules allow",
        arguments: [
            ("11", ["daily_budget": "11000"], "daily_budget", "11000"), ("11", ["daily_budget": ""], "daily_budget", "20000"),
            ("1113", ["name": "new"], "name", "new"), ("13", ["status": "DELETED"], "status", "DELETED"),
            ("13", ["name": "new"], "name", "new"), ("1112", ["status": "ACTIVE"], "status", "ACTIVE"),
            ("1111", ["status": "ARCHIVED"], "status", "ARCHIVED"), ("121", ["bid_amount": "150"], "bid_amount", "150"),
        ] as [(String, [String: String], String, String)])
    func allowed(_ id: String, _ form: [String: String], _ field: String, _ value: String) async throws {
        try await Play.with { play in
            #expect(try await play.post("/\(id)", form).status == 200)
            let read = try await play.get("/\(id)", ["fields": field])
            #expect("\(read.json[field] ?? "")" == value)
        }
    }

    @Test("a read-only token reads and doesn't write")
    func readOnly() async throws {
        try await Play.with { play in
            #expect(try await play.get("/11", [:], .readOnly).status == 200)
            let answer = try await play.post("/11", ["status": "PAUSED"], .readOnly)
            #expect(answer.status == 403)
            #expect(answer.code == 200)
        }
    }

    @Test("the fifth budget change of an ad set within an hour waits, on the emulator's clock")
    func fourAnHour() async throws {
        try await Play.with { play in
            for minor in 4000..<4004 {
                #expect(try await play.post("/121", ["daily_budget": "\(minor)"]).status == 200)
                #expect(try await play.post("/121", ["daily_budget": "\(minor)"]).status == 200)
                play.emulator.advanceClock(ms: 60_000)
            }
            let fifth = try await play.post("/121", ["daily_budget": "4100"])
            #expect(fifth.code == 613)
            #expect(fifth.subcode == 1_487_632)
            #expect(try await play.post("/121", ["status": "PAUSED"]).status == 200)
            play.emulator.advanceClock(ms: 3_600_000 - 4 * 60_000)
            #expect(try await play.post("/121", ["daily_budget": "4100"]).status == 200)
        }
    }

    @Test("a campaign that gets a budget clears its ad sets', and gives it back by adset_budgets")
    func budgetLevels() async throws {
        try await Play.with { (play: Play) async throws in
            #expect(
                try await play.post("/12", ["daily_budget": "5000", "bid_strategy": "LOWEST_COST_WITHOUT_CAP"]).status == 200)
            #expect(play.emulator.entity("121")?.dailyBudget == nil)
            #expect(try await play.get("/121", ["fields": "daily_budget"]).json["daily_budget"] == nil)
            #expect(try await play.post("/12", ["adset_budgets": #"[{"adset_id":"111","daily_budget":1000}]"#]).code == 100)
            #expect(try await play.post("/12", ["adset_budgets": #"[{"adset_id":"121","daily_budget":1000}]"#]).status == 200)
            #expect(play.emulator.entity("12")?.dailyBudget == nil)
            #expect(play.emulator.entity("121")?.dailyBudget == "1000")
        }
    }

    @Test("money is in Meta's minor units: yen have none")
    func yen() async throws {
        try await Play.with { play in
            try play.emulator.addInsights(yaml: "[{id: 21, day: 0, spend: 2000, impressions: 1}]")
            #expect(try await play.post("/21", ["daily_budget": "2199"], .all).subcode == 1_885_650)
            #expect(try await play.post("/21", ["daily_budget": "2200"], .all).status == 200)
        }
    }

    @Test("a campaign's updated_time stands still when only its budget changes")
    func updatedTime() async throws {
        try await Play.with { play in
            func updated() async throws -> String? {
                try await play.get("/11", ["fields": "updated_time"]).json["updated_time"] as? String
            }
            #expect(try await updated() == "2026-01-05T09:00:00+0100")
            _ = try await play.post("/11", ["daily_budget": "21000"])
            #expect(try await updated() == "2026-01-05T09:00:00+0100")
            _ = try await play.post("/11", ["name": "new"])
            #expect(try await updated() == "2026-11-20T13:00:00+0100")
        }
    }

    @Test("delete, and delete again")
    func delete() async throws {
        try await Play.with { (play: Play) async throws in
            #expect(try await play.call("DELETE", "/1112").text == #"{"success":true}"#)
            #expect(try await play.call("DELETE", "/1112").status == 200)
            #expect(play.emulator.log().map(\.changed.count) == [1, 0])
            #expect(try await play.get("/111/ads").ids == ["1111"])
        }
    }

    @Test("a person's edit obeys no rule and is told apart in the log")
    func edit() async throws {
        try await Play.with { play in
            play.emulator.edit("11", ["daily_budget": "50"])
            #expect(play.emulator.entity("11")?.dailyBudget == "50")
            #expect(play.emulator.log().isEmpty)
            #expect(play.emulator.logLines().count == 1)
        }
    }

    @Test("what is not built is an unknown path", arguments: ["/act_1/insights", "/act_1/campaigns", "/11/copies", "/"])
    func notBuilt(_ path: String) async throws {
        try await Play.with { play in
            let answer = try await play.post(path, ["name": "x"])
            #expect(answer.status == 400)
            #expect(answer.code == 2500)
        }
    }
}
