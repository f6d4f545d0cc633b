import Core
import Testing

@testable import GraphAPI

@Suite("Calls over a line that breaks, lies or is silent")
struct WireTests {
    private static let row = #"{"data":[{"campaign_id":"11"}],"paging":{"cursors":{"after":"A"}}}"#

    private static let oddAnswers: [(ScriptedServer.Answer, String)] = [
        (.http(503, "<html><body>Service Unavailable</body></html>"), "unreadable_html"),
        (.http(200, "<html>login</html>"), "unreadable_html"),
        (.http(200, "Service Unavailable"), "unreadable_html"),
        (.http(200, ""), "unreadable_empty"),
        (.http(200, #"{"data":[{"id":"1"#), "unreadable_truncated"),
        (.http(200, #"{"data":"none"}"#), "unreadable_unexpected"),
        (.http(500, "{}"), "unreadable_unexpected"),
        (.http(302, "", headers: ["Location: http://169.254.169.254/"]), "unreadable_empty"),
        (.bytes("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"data\":[{\"id\":"), "broken"),
        (.bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"dat\r\n"), "broken"),
        (.bytes(""), "broken"),
        (.bytes("SSH-2.0-OpenSSH_9.2\r\n"), "broken"),
    ]

    @Test(
        "an answer that is none is told apart for reads, and lost for writes",
        arguments: oddAnswers)
    func oddAnswer(answer: ScriptedServer.Answer, code: String) async throws {
        let server = try ScriptedServer([answer, answer])
        defer { server.stop() }
        let world = try World(server.url)
        let read = await failure { () async throws(GraphError) in
            try await world.client.insights(
                account: "1", level: .campaign, ids: ["11"], since: "2026-11-01", until: "2026-11-02", daily: true)
        }
        #expect(read?.code == "graph_" + code)
        #expect(read?.disposition().word == "retry")
        let write = await failure { () async throws(GraphError) in
            try await world.client.setStatus(EntityRef(.ad, "5"), account: "1", status: "PAUSED", validateOnly: false)
        }
        #expect(write == .answerLost(code == "broken" ? .broken : .unreadable))
        #expect(write?.disposition().word == "retry")
        #expect(world.calls.map(\.outcome) == ["graph_" + code, "graph_answer_lost"])
        await world.transport.shutdown()
    }

    @Test("silence ends in its time: a read has timed out, a write is lost")
    func silence() async throws {
        let server = try ScriptedServer([.begun(""), .begun("")])
        defer { server.stop() }
        let world = try World(server.url, timeoutMs: 1_000)
        #expect(await failure { () async throws(GraphError) in try await world.client.probe() } == .timedOut)
        let write = await failure { () async throws(GraphError) in
            try await world.client.setBudget(EntityRef(.adset, "5"), account: "1", field: .daily, minor: 100, validateOnly: false)
        }
        #expect(write == .answerLost(.timedOut))
        await world.transport.shutdown()
    }

    @Test("an answer that begins and never ends has the same time")
    func begun() async throws {
        let server = try ScriptedServer([.begun("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{")])
        defer { server.stop() }
        let world = try World(server.url, timeoutMs: 1_000)
        #expect(await failure { () async throws(GraphError) in try await world.client.probe() } == .timedOut)
        await world.transport.shutdown()
    }

    @Test("without a connection nothing was sent, and a write says so too")
    func refused() async throws {
        let server = try ScriptedServer([])
        server.stop()
        let world = try World(server.url)
        let write = await failure { () async throws(GraphError) in
            try await world.client.setStatus(EntityRef(.ad, "5"), account: "1", status: "PAUSED", validateOnly: false)
        }
        #expect(write == .notSent(.connectRefused))
        #expect(world.calls.map(\.status) == [0])
        await world.transport.shutdown()
    }

    @Test("a probe asks whose token it is")
    func probe() async throws {
        let server = try ScriptedServer([.http(200, #"{"id":"10215"}"#)])
        defer { server.stop() }
        let world = try World(server.url)
        #expect(try await world.client.probe() == "10215")
        #expect(server.requests.first?.hasPrefix("GET /v26.0/me?fields=id&appsecret_proof=") == true)
        await world.transport.shutdown()
    }

    @Test("a cancelled task ends its call")
    func cancelled() async throws {
        let server = try ScriptedServer([.begun("")])
        defer { server.stop() }
        let world = try World(server.url)
        let call = Task { await failure { () async throws(GraphError) in try await world.client.probe() } }
        call.cancel()
        #expect(await call.value == .cancelled)
        await world.transport.shutdown()
    }

    @Test("a write that says no success is not taken for done")
    func noSuccess() async throws {
        let server = try ScriptedServer([.http(200, #"{"success":false}"#), .http(200, #"{"success":true}"#)])
        defer { server.stop() }
        let world = try World(server.url)
        let ref = EntityRef(.ad, "5")
        let first = await failure { () async throws(GraphError) in
            try await world.client.setStatus(ref, account: nil, status: "PAUSED", validateOnly: false)
        }
        #expect(first == .answerLost(.unreadable))
        try await world.client.setStatus(ref, account: nil, status: "PAUSED", validateOnly: false)
        #expect(world.calls.map(\.outcome) == ["graph_answer_lost", "done"])
        await world.transport.shutdown()
    }

    @Test("the token is in the Authorization header and nowhere else; the proof is in every call")
    func tokenPlace() async throws {
        let done = ScriptedServer.Answer.http(200, #"{"success":true}"#)
        let server = try ScriptedServer([.http(200, Self.row), done, done])
        defer { server.stop() }
        let world = try World(server.url)
        let reads = try await world.client.insights(
            account: "1", level: .campaign, ids: ["11"], since: "2026-11-01", until: "2026-11-02", daily: true)
        try await world.client.setStatus(EntityRef(.ad, "5"), account: "1", status: "PAUSED", validateOnly: true)
        try await world.client.setBudget(
            EntityRef(.adset, "6"), account: "1", field: .lifetime, minor: 1_500, validateOnly: false)
        let requests = server.requests
        #expect(requests.count == 3)
        for request in requests {
            let lines = request.split(separator: "\r\n", omittingEmptySubsequences: false)
            #expect(lines.filter { $0.contains(World.token) } == ["Authorization: Bearer \(World.token)"])
            #expect(request.contains("appsecret_proof=\(world.client.credentials.proof)"))
            #expect(!request.contains(World.secret))
        }
        #expect(requests[1].hasPrefix("POST /v26.0/5 HTTP/1.1"))
        #expect(requests[1].contains("status=PAUSED&execution_options=%5B%22validate_only%22%5D"))
        #expect(requests[2].contains("lifetime_budget=1500&appsecret_proof="))
        #expect(!reads[0].query.contains("appsecret_proof"))
        let shown = "\(world.calls) \(reads) \(world.client) \(String(reflecting: world.client.credentials))"
        #expect(!shown.contains(World.token) && !shown.contains(World.secret) && !shown.contains(world.client.credentials.proof))
        await world.transport.shutdown()
    }

    @Test("a message of Meta's that repeats the token is kept without it")
    func scrubbed() async throws {
        let body = """
            {"error":{"message":"Malformed access token \(World.token)","type":"OAuthException","code":190,\
            "error_user_title":"Token \(World.token) is bad","error_user_msg":"x","fbtrace_id":"T"}}
            """
        let server = try ScriptedServer([.http(400, body)])
        defer { server.stop() }
        let world = try World(server.url)
        let error = try #require(await failure { () async throws(GraphError) in try await world.client.probe() })
        #expect(!"\(error)".contains(World.token))
        #expect(!"\(error.disposition().reason)".contains(World.token))
        await world.transport.shutdown()
    }

    @Test("paging rebuilds the request with the cursor and never follows next", arguments: [nil, "B"])
    func paging(second: String?) async throws {
        let next = #""next":"http://169.254.169.254/steal?access_token=x""#
        let last = second.map { #","paging":{"cursors":{"after":"\#($0)"}}"# } ?? ""
        let server = try ScriptedServer([
            .http(
                200, #"{"data":[{"campaign_id":"11"}],"paging":{"cursors":{"after":"A=="},\#(next)}}"#,
                headers: ["x-fb-trace-id: T1"]),
            .http(200, #"{"data":[]\#(last)}"#, headers: ["X-FB-Trace-ID: T2"]),
        ])
        defer { server.stop() }
        let world = try World(server.url)
        let reads = try await world.client.insights(
            account: "1", level: .campaign, ids: ["11"], since: "2026-11-01", until: "2026-11-02", daily: false)
        #expect(reads.map(\.requestIDs) == [["T1", "T2"]])
        #expect(reads[0].pages == 2 && reads[0].rows.count == 1)
        #expect(server.requests[1].contains("&after=A%3D%3D&"))
        await world.transport.shutdown()
    }

    @Test("a cursor that does not move ends the read")
    func endlessPaging() async throws {
        let page = ScriptedServer.Answer.http(200, #"{"data":[],"paging":{"cursors":{"after":"A"},"next":"x"}}"#)
        let server = try ScriptedServer([page, page, page])
        defer { server.stop() }
        let world = try World(server.url)
        let error = await failure { () async throws(GraphError) in
            try await world.client.entities(account: "1", level: .ad, ids: ["11"])
        }
        #expect(error == .tooManyPages)
        #expect(error?.disposition().word == "split")
        await world.transport.shutdown()
    }

    @Test(
        "an id that could name another path is never sent",
        arguments: ["", "1/../2", "act_1", "1?x=1", "１", String(repeating: "1", count: 33)])
    func badID(id: String) async throws {
        let world = try World("http://127.0.0.1:1")
        let errors = [
            await failure { () async throws(GraphError) in try await world.client.account(id) },
            await failure { () async throws(GraphError) in try await world.client.entity(EntityRef(.ad, id), account: nil) },
            await failure { () async throws(GraphError) in try await world.client.entities(account: "1", level: .ad, ids: [id]) },
            await failure { () async throws(GraphError) in
                try await world.client.setStatus(EntityRef(.ad, id), account: nil, status: "PAUSED", validateOnly: false)
            },
        ]
        #expect(errors == [.badID, .badID, .badID, .badID])
        #expect(world.calls.isEmpty)
        #expect(GraphError.badID.disposition().word == "cancel")
        await world.transport.shutdown()
    }

    @Test(
        "a base URL is https, or plain http on loopback",
        arguments: [
            ("https://graph.facebook.com", true), ("https://graph.facebook.com/", true), ("http://127.0.0.1:8080", true),
            ("http://localhost:1", true), ("http://[::1]:9", true), ("http://127.8.9.10", true),
            ("http://graph.facebook.com", false),
            ("http://127.0.0.1.evil.example", false), ("http://10.0.0.1", false), ("ftp://x", false), ("https://", false),
            ("https://user:pw@graph.facebook.com", false), ("https://graph.facebook.com/v26.0", false), ("https://a b", false),
        ])
    func baseURL(url: String, isGood: Bool) {
        #expect(((try? GraphSettings(baseURL: url)) != nil) == isGood)
    }

    @Test("a version is vN.N", arguments: [("v26.0", true), ("26.0", false), ("v26", false), ("v26.0/..", false), ("v.", false)])
    func version(text: String, isGood: Bool) {
        #expect(((try? GraphSettings(baseURL: "https://graph.facebook.com", version: text)) != nil) == isGood)
    }
}
