import Core
import NIOHTTP1
import Storage
import Testing

@Suite("Admin port: who may")
struct TokenTests {
    @Test(
        "nobody comes in without a token of this gateway, whatever the header says",
        arguments: [
            nil, "", "Bearer", "Bearer ", "Bearer wrong", "Basic b3BlcmF0b3I6eA==", "Bearer \(AdminHouse.actToken)x",
            "Bearer \(AdminHouse.actToken) x",
            AdminHouse.actToken,
        ])
    func refused(_ header: String?) async throws {
        try await AdminHouse.with { house in
            for path in ["/v1/events", "/v1/events/1", "/v1/queues", "/metrics", "/v1/status"] {
                let answer = try await house.ask(path, token: nil, headers: header.map { [("authorization", $0)] } ?? [])
                #expect(answer.status == 401 && answer.code == "token_refused", "\(path)")
                #expect(answer.headers.first(name: "www-authenticate")?.hasPrefix("Bearer") == true)
            }
        }
    }

    @Test("the scheme's case does not matter")
    func scheme() async throws {
        try await AdminHouse.with { house in
            for scheme in ["bearer", "BEARER", "Bearer"] {
                let headers = [("authorization", "\(scheme) \(AdminHouse.readToken)")]
                let answer = try await house.ask("/v1/status", token: nil, headers: headers)
                #expect(answer.status == 200)
            }
        }
    }

    @Test(
        "a token that may read lists, and changes nothing",
        arguments: [
            ("/v1/hold", #"{"scope":"*"}"#), ("/v1/release", #"{"scope":"*"}"#), ("/v1/events/retry", #"{"ids":["1"]}"#),
            ("/v1/leads/444/retry", "{}"), ("/v1/erase", #"{"lead":"444"}"#), ("/v1/log-level", #"{"level":"debug"}"#),
        ])
    func mayRead(_ path: String, _ body: String) async throws {
        try await AdminHouse.with { house in
            let answer = try await house.ask(path, .POST, token: AdminHouse.readToken, body: body)
            #expect(answer.status == 403 && answer.code == "act_required")
            #expect(try await house.store.read { try $0.holds(nowMs: 0) }.isEmpty)
            #expect(try await house.ask("/v1/events", token: AdminHouse.readToken).status == 200)
            #expect(try await house.ask("/v1/log-level", token: AdminHouse.readToken).document["level"]?.text == "notice")
            #expect(try await house.ask("/v1/session", token: AdminHouse.readToken).document["may"]?.text == "read")
        }
    }

    @Test("a token that may act does, and the log names it")
    func mayAct() async throws {
        try await AdminHouse.with { house in
            let held = try await house.ask("/v1/hold", .POST, body: #"{"scope":"belmonte","until_ms":null}"#)
            #expect(held.status == 200 && held.document["held"] == true)
            #expect(try await house.store.read { try $0.holds(nowMs: 0) }.map(\.scope) == ["belmonte"])
            #expect(try await house.ask("/v1/release", .POST, body: #"{"scope":"belmonte"}"#).document["released"]?.integer == 0)
            #expect(try await house.ask("/v1/leads/444/retry", .POST).document["messages"]?.integer == 2)
            #expect(try await house.ask("/v1/leads/445/retry", .POST).code == "lead_unknown")
            #expect(try await house.ask("/v1/erase", .POST, body: #"{"lead":"444"}"#).status == 200)
            #expect(try await house.ask("/v1/log-level", .POST, body: #"{"level":"debug"}"#).document["level"]?.text == "debug")
            #expect(try await house.ask("/v1/log-level").document["level"]?.text == "debug")
            let held2 = house.log.all.first { $0.message == "Writes to Meta are on hold." }
            #expect(held2?.metadata["token"] == "operator")
        }
    }
}

@Suite("Admin port: sessions of browsers")
struct SessionTests {
    private static let own = ("x-touchstone", "page")

    private static func logIn(_ house: AdminHouse, _ token: String) async throws -> (cookie: String, header: String) {
        let answer = try await house.ask("/v1/session", .POST, token: nil, headers: [own], body: #"{"token":"\#(token)"}"#)
        #expect(answer.status == 200)
        let header = try #require(answer.headers.first(name: "set-cookie"))
        return (String(header.prefix { $0 != ";" }), header)
    }

    @Test("a token is exchanged for a cookie that scripts can't read and other sites can't send")
    func logIn() async throws {
        try await AdminHouse.with { house in
            let (cookie, header) = try await Self.logIn(house, AdminHouse.actToken)
            for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"] { #expect(header.contains(part)) }
            #expect(!header.contains(AdminHouse.actToken))
            let who = try await house.ask("/v1/session", token: nil, headers: [("cookie", "a=b; \(cookie); c=d")])
            #expect(who.document["name"]?.text == "operator" && who.document["may"]?.text == "act")
            #expect(who.document["ends_at_ms"]?.integer == AdminHouse.start + 43_200_000)
        }
    }

    @Test("what changes something takes the header that only this page sends")
    func otherSites() async throws {
        try await AdminHouse.with { house in
            let cookie = ("cookie", try await Self.logIn(house, AdminHouse.actToken).cookie)
            let without = try await house.ask("/v1/hold", .POST, token: nil, headers: [cookie], body: #"{"scope":"*"}"#)
            #expect(without.status == 403 && without.code == "header_missing")
            #expect(try await house.store.read { try $0.holds(nowMs: 0) }.isEmpty)
            #expect(
                try await house.ask("/v1/hold", .POST, token: nil, headers: [cookie, Self.own], body: #"{"scope":"*"}"#).status
                    == 200)
            let logOut = try await house.ask("/v1/session", .DELETE, token: nil, headers: [cookie])
            #expect(logOut.status == 403)
            let logIn = try await house.ask("/v1/session", .POST, token: nil, body: #"{"token":"\#(AdminHouse.actToken)"}"#)
            #expect(logIn.status == 400 && logIn.code == "header_missing" && logIn.headers.first(name: "set-cookie") == nil)
        }
    }

    @Test("a session of a reading token may only read")
    func reads() async throws {
        try await AdminHouse.with { house in
            let cookie = ("cookie", try await Self.logIn(house, AdminHouse.readToken).cookie)
            #expect(try await house.ask("/v1/events", token: nil, headers: [cookie]).status == 200)
            let act = try await house.ask("/v1/hold", .POST, token: nil, headers: [cookie, Self.own], body: #"{"scope":"*"}"#)
            #expect(act.code == "act_required")
        }
    }

    @Test("it ends by log-out, after twelve hours, and after one without a request")
    func ends() async throws {
        try await AdminHouse.with { house in
            let first = ("cookie", try await Self.logIn(house, AdminHouse.actToken).cookie)
            let gone = try await house.ask("/v1/session", .DELETE, token: nil, headers: [first, Self.own])
            #expect(gone.status == 200 && gone.headers.first(name: "set-cookie")?.contains("Max-Age=0") == true)
            #expect(try await house.ask("/v1/events", token: nil, headers: [first]).status == 401)

            let idle = ("cookie", try await Self.logIn(house, AdminHouse.actToken).cookie)
            house.advance(ms: 3_599_999)
            #expect(try await house.ask("/v1/events", token: nil, headers: [idle]).status == 200)
            house.advance(ms: 3_600_000)
            #expect(try await house.ask("/v1/events", token: nil, headers: [idle]).status == 401)

            let long = ("cookie", try await Self.logIn(house, AdminHouse.actToken).cookie)
            for _ in 1...12 {
                #expect(try await house.ask("/v1/events", token: nil, headers: [long]).status == 200)
                house.advance(ms: 3_599_999)
            }
            house.advance(ms: 12)
            #expect(try await house.ask("/v1/events", token: nil, headers: [long]).status == 401)
        }
    }

    @Test(
        "cookies that are none are refused",
        arguments: ["touchstone=", "touchstone=00", "other=1", "touchstone", ";;;=", "touchstone==x"])
    func wrong(_ cookie: String) async throws {
        try await AdminHouse.with { house in
            let answer = try await house.ask("/v1/events", token: nil, headers: [("cookie", cookie)])
            #expect(answer.status == 401)
        }
    }

    @Test("a token that is none opens no session, and the log tells of the try")
    func refused() async throws {
        try await AdminHouse.with { house in
            for body in [#"{"token":"nothing-of-this-kind"}"#, #"{"token":""}"#] {
                let answer = try await house.ask("/v1/session", .POST, token: nil, headers: [Self.own], body: body)
                #expect(answer.status == 401 && answer.headers.first(name: "set-cookie") == nil)
            }
            for body in ["{}", #"{"token":7}"#, "[]", "no"] {
                #expect(try await house.ask("/v1/session", .POST, token: nil, headers: [Self.own], body: body).status == 400)
            }
            #expect(house.log.all.filter { $0.message == "Refused a log-in." }.count == 2)
            #expect(!house.log.all.contains { line in line.metadata.values.contains { $0.contains("nothing-of-this-kind") } })
        }
    }
}
