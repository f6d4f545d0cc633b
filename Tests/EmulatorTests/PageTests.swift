import Foundation
import GraphEmulator
import Testing

@Suite("Pages and their tokens")
struct PageTests {
    @Test("a token that may act for a Page is given the Page's own; another is not")
    func pageToken() async throws {
        try await Shop.with { (play: Play) async throws in
            let fields = ["fields": "id,name,access_token"]
            let mine = try await play.get("/v26.0/700", fields, Shop.system)
            #expect(mine.text == #"{"id":"700","name":"Shop","access_token":"PAGE-TOKEN-700"}"#)
            let theirs = try await play.get("/700", fields, Shop.stranger)
            #expect(theirs.text == #"{"id":"700","name":"Shop"}"#)
            #expect(try await play.get("/800", fields, Shop.stranger).json["access_token"] as? String == "PAGE-TOKEN-800")
            #expect(try await play.get("/700", ["fields": "nonsense"], Shop.system).code == 100)
            #expect(!play.emulator.logLines().joined().contains("PAGE-TOKEN"))
            #expect(play.emulator.log().map(\.call) == ["page", "page", "page", "page"])
            #expect(play.emulator.log().map(\.page) == ["700", "700", "800", "700"])
        }
    }

    @Test("lists the Pages that a token may act for, page by page")
    func accounts() async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(try await play.get("/me/accounts", [:], Shop.system).ids == ["700", "800"])
            #expect(try await play.get("/me/accounts", [:], Shop.stranger).ids == ["800"])
            let first = try await play.get("/me/accounts", ["limit": "1", "fields": "id"], Shop.system)
            let after = try #require(first.cursors["after"])
            #expect(try await play.get("/me/accounts", ["limit": "1", "after": after], Shop.system).ids == ["800"])
            #expect(try await play.get("/me", [:], Shop.page).text == #"{"name":"Shop","id":"700"}"#)
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        let path: String
        var form: [String: String] = [:]
        let token: Play.Token
        let status: Int
        let code: Int
        var subcode: Int?
    }

    private static func refused(_ method: String, _ path: String, _ form: [String: String] = [:]) -> [Case] {
        let isLead = path.hasPrefix("/44") || path.hasPrefix("/555")
        let isRead = method == "GET"
        let user =
            isLead ? (403, 200, nil) : isRead ? (400, 10, nil) : (400, 190, 2_069_032) as (Int, Int, Int?)
        let page = isLead ? (403, 200) : isRead ? (400, 10) : (403, 200)
        return [
            Case(
                testDescription: "\(method) \(path) by a user", method: method, path: path, form: form, token: Shop.stranger,
                status: user.0, code: user.1, subcode: user.2),
            Case(
                testDescription: "\(method) \(path) by another Page", method: method, path: path, form: form, token: Shop.other,
                status: page.0, code: page.1),
        ]
    }

    static let refusals =
        ["/441", "/555", "/555/leads", "/700_1", "/1_1", "/1_1/comments", "/700_1/comments", "/1801", "/1801/replies"]
        .flatMap { refused("GET", $0) }
        + refused("POST", "/1_1", ["is_hidden": "true"]) + refused("POST", "/1_1/comments", ["message": "m"])
        + refused("DELETE", "/1_1") + refused("POST", "/1801", ["hide": "true"]) + refused("POST", "/555/test_leads")
        + refused("POST", "/700/messages", ["recipient": #"{"comment_id":"1_1"}"#, "message": #"{"text":"m"}"#])

    @Test("what hangs in a Page is for those who may act for it", arguments: refusals)
    func refusal(_ c: Case) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await play.call(
                c.method, c.path, form: c.form.isEmpty ? nil : c.form, token: c.token)
            #expect(answer.status == c.status)
            #expect(answer.code == c.code)
            #expect(answer.subcode == c.subcode)
            #expect(play.emulator.log().last?.changed == [])
            #expect(play.emulator.comment("1_1")?.isHidden == false)
        }
    }

    @Test("a Page's token is a token as any other: proof, state, read only, no account")
    func states() async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(try await play.send("GET", "/1_1?access_token=PAGE-TOKEN-700").code == 100)
            let proof = "db26bb4e1cfb67153a6985ee2e018881be86904dda1d07d23440ea8db52fd399"
            let timed = "/1_1?access_token=PAGE-TOKEN-700&appsecret_time=1795176000&appsecret_proof=\(proof)"
            #expect(try await play.send("GET", timed).code == 100)
            #expect(try await play.get("/act_1", [:], Shop.page).code == 200)
            try play.emulator.setToken(name: "page 700", state: "page_role_lost")
            #expect(try await play.get("/1_1", [:], Shop.page).subcode == 492)
            #expect(try await play.post("/1_1", ["is_hidden": "true"], Shop.readOnly).status == 403)
            #expect(try await play.get("/1_1", [:], Shop.readOnly).status == 200)
        }
        try await Shop.with("proof_clock: emulator\n") { (play: Play) async throws in
            let proof = "db26bb4e1cfb67153a6985ee2e018881be86904dda1d07d23440ea8db52fd399"
            let timed = "/1_1?access_token=PAGE-TOKEN-700&appsecret_time=1795176000&appsecret_proof=\(proof)"
            play.emulator.advanceClock(ms: 300_000)
            #expect(try await play.send("GET", timed).status == 200)
            play.emulator.advanceClock(ms: 1_000)
            #expect(try await play.send("GET", timed).message == "Invalid appsecret_proof provided in the API argument")
        }
    }

    @Test(
        "a scenario that can't be is refused with its place",
        arguments: [
            ("pages: [{id: 700}]", "pages[0]: needs an app that is in 'apps'"),
            ("forms: [{id: 5, page: 7}]", "forms[0]: names a page that isn't in 'pages'"),
            (
                "apps: [{id: 1, secret: s}]\npages: [{id: 7, access: [x]}]",
                "pages[0].access[0]: names a token that isn't in 'tokens'"
            ),
            ("apps: [{id: 1, secret: s}]\npages: [{id: 7}, {id: 7}]", "pages[1]: has an id that is there already: 7"),
            (
                "apps: [{id: 1, secret: s}]\npages: [{id: 7}]\ncomments: [{id: 1_1, post: 7_1, parent: 1_9}]",
                "comments[0]: answers a comment that isn't on its post"
            ),
        ])
    func faulty(_ yaml: String, _ reason: String) {
        let error = #expect(throws: ScenarioError.self) { try Scenario(yaml: yaml) }
        #expect(error?.description == reason)
    }
}
