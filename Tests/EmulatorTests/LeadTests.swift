import Foundation
import GraphEmulator
import Testing

@Suite("Leads and forms")
struct LeadTests {
    @Test(
        "gives the fields that are asked for, and no others",
        arguments: [
            (
                "441", "id,created_time,platform,is_organic,form_id",
                [
                    "id": "441", "created_time": "2026-11-20T11:00:00+0000", "platform": "fb", "is_organic": "false",
                    "form_id": "555",
                ]
            ),
            (
                "441", "ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name",
                [
                    "ad_id": "1111", "ad_name": "Ad A", "adset_id": "111", "adset_name": "Set", "campaign_id": "11",
                    "campaign_name": "Summer", "id": "441",
                ]
            ),
            (
                "442", "ad_id,ad_name,adset_id,campaign_id,is_organic,platform",
                [
                    "is_organic": "true", "platform": "ig", "id": "442",
                ]
            ),
        ] as [(String, String, [String: String])])
    func fields(_ id: String, _ fields: String, _ wanted: [String: String]) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await play.get("/v26.0/\(id)", ["fields": fields], Shop.page)
            let given = answer.json.mapValues { value in value as? String ?? ((value as? Bool) == true ? "true" : "false") }
            #expect(given == wanted)
        }
    }

    @Test("answers and consents as Meta writes them")
    func answers() async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await play.get("/441", ["fields": "field_data,custom_disclaimer_responses"], Shop.system)
            #expect(
                answer.text == #"{"field_data":[{"name":"email","values":["a@b.c"]},"#
                    + #"{"name":"full_name","values":["Zo\u00eb \u00c6r\u00f8"]}],"#
                    + #""custom_disclaimer_responses":[{"checkbox_key":"optional_1","is_checked":"1"},"#
                    + #"{"checkbox_key":"optional_2","is_checked":""}],"id":"441"}"#)
            #expect(
                try await play.get("/442", [:], Shop.page).text
                    == #"{"created_time":"2026-11-20T11:59:00+0000","form_id":"555","#
                    + #""field_data":[{"name":"size","values":["S","M"]}],"id":"442"}"#)
            #expect(try await play.get("/441", ["fields": "email"], Shop.page).code == 100)
            #expect(play.emulator.log().first?.ids == ["441"])
            #expect(!play.emulator.logLines().joined().contains("a@b.c"))
        }
    }

    @Test("who has no right to the account sees no ad")
    func adFields() async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(try await play.get("/441", ["fields": "ad_id"], Shop.readOnly).text == #"{"id":"441"}"#)
        }
        let hidden = Shop.scenario.replacing("instagram: 17841400", with: "instagram: 17841400, ad_fields: false")
        try await Play.with(hidden) { (play: Play) async throws in
            #expect(try await play.get("/441", ["fields": "ad_id"], Shop.page).text == #"{"id":"441"}"#)
        }
    }

    @Test("not readable yet, deleted or unknown: 100/33", arguments: [("443", 2), ("444", 9), ("99", 9)])
    func unreadable(_ id: String, _ refusals: Int) async throws {
        try await Shop.with { (play: Play) async throws in
            var subcodes: [Int?] = []
            for _ in 1...3 {
                let answer = try await play.get("/\(id)", ["fields": "ad_id"], Shop.page)
                subcodes.append(answer.subcode)
                if answer.status == 400 { #expect(answer.code == 100) }
            }
            #expect(subcodes == (0..<3).map { $0 < refusals ? 33 : nil })
            let view = play.emulator.leads().first { $0.id == id }
            #expect(view?.reads == (id == "99" ? nil : 3))
        }
    }

    @Test("a form, and its leads from the newest, by pages and by time")
    func form() async throws {
        try await Shop.with { (play: Play) async throws in
            let form = try await play.get("/555", ["fields": "id,name"], Shop.page)
            #expect(form.text == #"{"id":"555","name":"Offer"}"#)
            #expect(try await play.get("/700/leadgen_forms", [:], Shop.page).ids == ["555"])
            let first = try await play.get("/555/leads", ["limit": "1", "fields": "id,ad_id"], Shop.page)
            #expect(first.ids == ["442"])
            let next = try #require(first.paging["next"] as? String)
            let query = try #require(URLComponents(string: next)?.query)
            let proof = "&appsecret_proof=\(Shop.page.proof)"
            let second = try await play.send(
                "GET", "/555/leads?\(query)\(proof)", ["Authorization": "Bearer PAGE-TOKEN-700"])
            #expect(second.ids == ["441"])
            #expect(second.texts("ad_id") == ["1111"])
            #expect(second.paging["next"] == nil)
            #expect(play.emulator.log().last?.ids == ["441"])
            #expect(play.emulator.log().last?.call == "leads")
        }
    }

    @Test(
        "filters by the time of creation",
        arguments: [
            ("GREATER_THAN", -3600, ["442"]), ("GREATER_THAN_OR_EQUAL", -3600, ["442", "441"]), ("LESS_THAN", -60, ["441"]),
            ("LESS_THAN_OR_EQUAL", -3600, ["441"]),
        ])
    func filtering(_ test: String, _ offset: Int64, _ ids: [String]) async throws {
        try await Shop.with { (play: Play) async throws in
            let filter = #"[{"field":"time_created","operator":"\#(test)","value":\#(Shop.now + offset)}]"#
            #expect(try await play.get("/555/leads", ["filtering": filter], Shop.page).ids == ids)
            let wrong = #"[{"field":"email","operator":"EQUAL","value":"a@b.c"}]"#
            let refused = try await play.get("/555/leads", ["filtering": wrong], Shop.page)
            #expect(refused.code == 100)
            #expect(!(refused.message + play.emulator.logLines().joined()).contains("a@b.c"))
            #expect(play.emulator.log().first?.query["filtering"] == filter)
        }
    }

    @Test("an ad's leads, of the Pages that the token may act for")
    func adLeads() async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(try await play.get("/1111/leads", [:], Shop.system).ids == ["445", "441"])
            #expect(try await play.get("/1111/leads", [:], Shop.page).ids == ["441"])
            #expect(try await play.get("/1111/leads", [:], Shop.readOnly).subcode == 33)
        }
    }

    @Test("one test lead per form, with placeholders; it can be deleted, a real one can't")
    func testLeads() async throws {
        try await Shop.with { (play: Play) async throws in
            let made = try await play.post(
                "/555/test_leads",
                [
                    "field_data": #"[{"name":"budget?","values":["12"]}]"#,
                    "custom_disclaimer_responses": #"[{"checkbox_key":"optional_1","is_checked":true}]"#,
                ], Shop.page)
            let id = try #require(made.json["id"] as? String)
            let lead = try await play.get("/\(id)", ["fields": "field_data,ad_id,is_organic"], Shop.page)
            #expect(
                lead.text == #"{"field_data":[{"name":"budget?","values":["12"]},{"name":"full_name","#
                    + #""values":["<test lead: dummy data for full_name>"]},{"name":"email","values":["test@meta.com"]}],"#
                    + #""is_organic":true,"id":"\#(id)"}"#)
            let again = try await play.post("/555/test_leads", [:], Shop.page)
            #expect(again.code == 100)
            #expect(again.error["error_user_title"] as? String == "Test Lead Already Exists")
            #expect(try await play.get("/555/test_leads", [:], Shop.page).ids == [id])
            #expect(try await play.call("DELETE", "/\(id)", token: Shop.page).text == #"{"success":true}"#)
            #expect(try await play.get("/\(id)", [:], Shop.page).subcode == 33)
            #expect(try await play.post("/555/test_leads", [:], Shop.page).status == 200)
            #expect(try await play.call("DELETE", "/441", token: Shop.page).code == 200)
            #expect(play.emulator.log().first?.form.values.allSatisfy { $0 == "[withheld]" } == true)
            #expect(play.emulator.log().first?.changed.map(\.new) == [id])
        }
    }

    @Test("leads and forms can be added and changed while it runs")
    func adding() async throws {
        try await Shop.with { (play: Play) async throws in
            play.emulator.advanceClock(ms: 1_000)
            let added = try await play.control(
                "POST", "leads", #"[{"form": 555, "ad": 1111, "fields": {"email": "n@e.w"}}, {"id": 450, "form": 555}]"#)
            let ids = try #require(added.json["ids"] as? [String])
            #expect(ids.count == 2)
            #expect(ids[1] == "450")
            let lead = try await play.get("/\(ids[0])", ["fields": "created_time,adset_id"], Shop.page)
            #expect(lead.json["created_time"] as? String == "2026-11-20T12:00:01+0000")
            #expect(lead.json["adset_id"] as? String == "111")
            #expect(try await play.control("POST", "leads", #"{"id": 450, "form": 555}"#).status == 400)
            #expect(
                try play.emulator.add(yaml: "{forms: [{id: 557, page: 700}], leads: [{id: 451, form: 557}]}") == ["557", "451"])
            #expect(try await play.control("POST", "edit", #"{"id": 450, "deleted": true}"#).status == 200)
            #expect(try await play.get("/450", [:], Shop.page).subcode == 33)
            let leads = try await play.control("GET", "state").json["leads"] as? [[String: Any]]
            #expect(leads?.count == 8)
            #expect(!play.emulator.logLines().joined().contains("n@e.w"))
        }
    }
}
