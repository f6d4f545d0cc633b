import Core
import Foundation
import Testing

@testable import GraphAPI

@Suite("Leads, comments and conversions on the wire")
struct PeopleWireTests {
    private static let pageToken = "EAApage-canary-token"
    private static let receipt = #"{"events_received":1,"messages":[],"fbtrace_id":"Ap15k"}"#

    private static func line(_ request: String) -> String { request.components(separatedBy: "\r\n").first ?? "" }

    @Test("a call for a Page has the Page's token and its proof; nothing shows either")
    func pageToken() async throws {
        let server = try ScriptedServer([
            .http(200, #"{"id":"700","name":"Shop","access_token":"\#(Self.pageToken)"}"#),
            .http(200, #"{"id":"444","created_time":1}"#), .http(200, #"{"success":true}"#),
        ])
        defer { server.stop() }
        let world = try World(server.url)
        let page = try await world.client.page("700")
        #expect(page.id == "700" && page.name == "Shop")
        _ = try await world.client.lead("444", credentials: page.credentials)
        try await world.client.setHidden("1_2", .facebook, hidden: true, credentials: page.credentials)
        let requests = server.requests
        let proof = GraphCredentials(token: Self.pageToken, appSecret: World.secret).proof
        #expect(requests[0].contains("Authorization: Bearer \(World.token)\r\n"))
        for request in requests.dropFirst() {
            let lines = request.components(separatedBy: "\r\n").filter { $0.contains(Self.pageToken) }
            #expect(lines == ["Authorization: Bearer \(Self.pageToken)"])
            #expect(request.contains("appsecret_proof=\(proof)") && !request.contains(World.token))
        }
        let shown = "\(page) \(String(reflecting: page)) \(world.calls)"
        #expect(!shown.contains("canary"))
        await world.transport.shutdown()
    }

    @Test("a Page without a token for us holds the Page's work")
    func noPageToken() async throws {
        let server = try ScriptedServer([.http(200, #"{"id":"700","name":"Shop"}"#)])
        defer { server.stop() }
        let world = try World(server.url)
        let error = await failure { () async throws(GraphError) in try await world.client.page("700") }
        #expect(error == .unusable && error?.code == "access_missing")
        await world.transport.shutdown()
    }

    @Test("events go as JSON: token in the header, proof in the body, nothing in the URL")
    func eventsRequest() async throws {
        let server = try ScriptedServer([.http(200, Self.receipt), .http(200, Self.receipt)])
        defer { server.stop() }
        let world = try World(server.url)
        let body = #"{"data":[{"event_name":"Purchase","custom_data":{"value":78.130}}],"test_event_code":"T1"}"#
        let answer = try await world.client.sendEvents(dataset: "900", body: Array(body.utf8))
        #expect(answer == EventsAnswer(eventsReceived: 1, traceID: "Ap15k", messages: []))
        let own = GraphCredentials(token: Self.pageToken, appSecret: World.secret)
        _ = try await world.client.sendEvents(dataset: "901", body: Array("{ }".utf8), credentials: own)
        let first = server.requests[0]
        #expect(Self.line(first) == "POST /v26.0/900/events HTTP/1.1")
        #expect(
            first.contains("Content-Type: application/json\r\n") && first.contains("Authorization: Bearer \(World.token)\r\n"))
        let proof = world.client.credentials.proof
        #expect(first.hasSuffix("\r\n\r\n{\"appsecret_proof\":\"\(proof)\"," + body.dropFirst()))
        #expect(server.requests[1].hasSuffix("\r\n\r\n{\"appsecret_proof\":\"\(own.proof)\"}"))
        #expect(world.calls.map(\.purpose) == [.events, .events] && world.calls[0].path == "/v26.0/900/events")
        await world.transport.shutdown()
    }

    private static let noReceipts: [(Int, String)] = [
        (200, "{}"), (200, #"{"events_received":1,"messages":[]}"#), (200, #"{"messages":[],"fbtrace_id":"x"}"#),
        (200, #"{"events_received":1,"fbtrace_id":"x"}"#), (200, ""), (200, "<html>"), (200, #"{"success":true}"#),
        (500, "oops"), (502, "<html>Bad Gateway</html>"), (204, ""), (302, ""),
    ]

    @Test("an answer without the three keys is none: the events are sent again", arguments: noReceipts)
    func notTaken(status: Int, body: String) async throws {
        let server = try ScriptedServer([.http(status, body)])
        defer { server.stop() }
        let world = try World(server.url)
        let error = await failure { () async throws(GraphError) in
            try await world.client.sendEvents(dataset: "900", body: Array("{}".utf8))
        }
        #expect(error == .answerLost(.unreadable) && error?.eventsRefusal == nil)
        #expect(error?.disposition(nowMs: 0, workspace: "belmonte", account: nil, dataset: "900").word == "retry")
        await world.transport.shutdown()
    }

    @Test("silence on events ends in its time and is tried again")
    func silence() async throws {
        let server = try ScriptedServer([.begun("")])
        defer { server.stop() }
        let world = try World(server.url, timeoutMs: 500)
        let error = await failure { () async throws(GraphError) in
            try await world.client.sendEvents(dataset: "900", body: Array("{}".utf8))
        }
        #expect(error == .answerLost(.timedOut) && error?.disposition().word == "retry")
        await world.transport.shutdown()
    }

    @Test("Meta's words on events that it took are few and short")
    func messages() async throws {
        let many = (0..<50).map { _ in "\"" + String(repeating: "x", count: 1_000) + "\"" }.joined(separator: ",")
        let server = try ScriptedServer([.http(200, #"{"events_received":"2","messages":[\#(many)],"fbtrace_id":"T"}"#)])
        defer { server.stop() }
        let world = try World(server.url)
        let answer = try await world.client.sendEvents(dataset: "900", body: Array("{}".utf8))
        #expect(answer.eventsReceived == 2 && answer.messages.count == 20 && answer.messages.allSatisfy { $0.count == 300 })
        await world.transport.shutdown()
    }

    @Test("each platform has its own words for comments")
    func commentRequests() async throws {
        let done = ScriptedServer.Answer.http(200, #"{"success":true}"#)
        let state = ScriptedServer.Answer.http(
            200, #"{"id":"1","is_hidden":true,"hidden":true,"can_hide":false,"can_reply_privately":true}"#)
        let list = ScriptedServer.Answer.http(
            200, #"{"data":[{"id":"5","message":"a","text":"b","from":{"id":"6"}},{"id":"7"}]}"#)
        let made = ScriptedServer.Answer.http(200, #"{"id":"1_9"}"#)
        let server = try ScriptedServer([state, state, list, list, done, done, made, made])
        defer { server.stop() }
        let world = try World(server.url)
        let client = world.client
        #expect(
            try await client.comment("1_2", .facebook)
                == CommentState(isHidden: true, canHide: false, canReplyPrivately: true, exists: true))
        #expect(try await client.comment("18", .instagram).isHidden)
        #expect(
            try await client.replies(to: "1_2", .facebook)
                == [CommentReply(id: "5", authorID: "6", text: "a"), CommentReply(id: "7", authorID: nil, text: "")])
        #expect(try await client.replies(to: "18", .instagram).map(\.text) == ["b", ""])
        try await client.setHidden("1_2", .facebook, hidden: true)
        try await client.setHidden("18", .instagram, hidden: false)
        #expect(try await client.reply(to: "1_2", .facebook, text: "Thank you & bye") == "1_9")
        #expect(try await client.reply(to: "18", .instagram, text: "x") == "1_9")
        let proof = client.credentials.proof
        #expect(
            server.requests.map(Self.line) == [
                "GET /v26.0/1_2?fields=id%2Cis_hidden%2Ccan_hide%2Ccan_reply_privately&appsecret_proof=\(proof) HTTP/1.1",
                "GET /v26.0/18?fields=id%2Chidden&appsecret_proof=\(proof) HTTP/1.1",
                "GET /v26.0/1_2/comments?fields=id%2Cmessage%2Cfrom%7Bid%7D&limit=100&appsecret_proof=\(proof) HTTP/1.1",
                "GET /v26.0/18/replies?fields=id%2Ctext%2Cfrom%7Bid%7D&limit=100&appsecret_proof=\(proof) HTTP/1.1",
                "POST /v26.0/1_2 HTTP/1.1", "POST /v26.0/18 HTTP/1.1", "POST /v26.0/1_2/comments HTTP/1.1",
                "POST /v26.0/18/replies HTTP/1.1",
            ])
        #expect(server.requests[4].contains("\r\n\r\nis_hidden=true&") && server.requests[5].contains("\r\n\r\nhide=false&"))
        #expect(server.requests[6].contains("\r\n\r\nmessage=Thank%20you%20%26%20bye&"))
        await world.transport.shutdown()
    }

    @Test("a private reply names the comment, and a second one is told apart from a failure")
    func privateReply() async throws {
        let server = try ScriptedServer([
            .http(200, #"{"recipient_id":"5","message_id":"m_1"}"#),
            .http(400, #"{"error":{"code":10900,"message":"(#10900) Activity already replied to"}}"#),
            .http(400, #"{"error":{"code":10,"error_subcode":2018278,"message":"outside of allowed window"}}"#),
        ])
        defer { server.stop() }
        let world = try World(server.url)
        let text = "Hello “you”\n🌍"
        #expect(try await world.client.privateReply(page: "700", comment: "1_2", text: text) == .sent(messageID: "m_1"))
        #expect(try await world.client.privateReply(page: "700", comment: "1_2", text: text) == .alreadyReplied)
        let late = await failure { () async throws(GraphError) in
            try await world.client.privateReply(page: "700", comment: "1_2", text: text)
        }
        #expect(late?.code == "reply_too_late" && late?.disposition().word == "cancel")
        #expect(Self.line(server.requests[0]) == "POST /v26.0/700/messages HTTP/1.1")
        #expect(
            server.requests[0].hasSuffix(
                #"{"appsecret_proof":"\#(world.client.credentials.proof)","recipient":{"comment_id":"1_2"},"message":{"text":"Hello “you”\n🌍"}}"#
            ))
        #expect(world.calls.map(\.outcome) == ["done", "already_replied", "reply_too_late"])
        #expect(!"\(world.calls)".contains("Hello"))
        await world.transport.shutdown()
    }

    @Test("a comment that is deleted is gone; one that can't be read for another reason is not")
    func gone() async throws {
        let server = try ScriptedServer([
            .http(400, #"{"error":{"code":100,"error_subcode":33,"message":"Unsupported get request."}}"#),
            .http(400, #"{"error":{"code":10,"message":"x"}}"#),
        ])
        defer { server.stop() }
        let world = try World(server.url)
        #expect(try await world.client.comment("1_2", .facebook) == .gone)
        let error = await failure { () async throws(GraphError) in try await world.client.comment("1_2", .facebook) }
        #expect(error?.code == "permission_denied")
        await world.transport.shutdown()
    }

    @Test("an id that is none goes nowhere", arguments: ["1/../me", "", "_", "1_", "1_2_3_4", "1 2", "me", "pfbid0x", "１_２"])
    func badIDs(id: String) async throws {
        let world = try World("http://127.0.0.1:9")
        let client = world.client
        let failures = [
            await failure { () async throws(GraphError) in try await client.comment(id, .facebook) },
            await failure { () async throws(GraphError) in try await client.setHidden(id, .instagram, hidden: true) },
            await failure { () async throws(GraphError) in try await client.reply(to: id, .facebook, text: "x") },
            await failure { () async throws(GraphError) in try await client.privateReply(page: "7", comment: id, text: "x") },
            await failure { () async throws(GraphError) in try await client.lead(id) },
            await failure { () async throws(GraphError) in try await client.page(id) },
            await failure { () async throws(GraphError) in try await client.sendEvents(dataset: id, body: []) },
        ]
        #expect(failures.allSatisfy { $0 == .badID } && world.calls.isEmpty)
        await world.transport.shutdown()
    }

    @Test("an answer that says no id, no success or another lead is not taken for done")
    func notDone() async throws {
        let server = try ScriptedServer([
            .http(200, #"{"success":false}"#), .http(200, #"{"success":true}"#), .http(200, "{}"),
            .http(200, #"{"id":"445","created_time":1}"#),
        ])
        defer { server.stop() }
        let world = try World(server.url)
        let hide = await failure { () async throws(GraphError) in try await world.client.setHidden("1_2", .facebook, hidden: true)
        }
        let reply = await failure { () async throws(GraphError) in try await world.client.reply(to: "1_2", .facebook, text: "x") }
        let sent = await failure { () async throws(GraphError) in
            try await world.client.privateReply(page: "7", comment: "1_2", text: "x")
        }
        #expect([hide, reply, sent] == Array(repeating: .answerLost(.unreadable), count: 3))
        let lead = await failure { () async throws(GraphError) in try await world.client.lead("444") }
        #expect(lead == .unreadable(status: 200, .unexpected))
        await world.transport.shutdown()
    }

    @Test("usage that Meta names on a page of ads closes the account's reads, for stories as for all")
    func usage() async throws {
        let server = try ScriptedServer([
            .http(
                200, #"{"data":[],"paging":{"cursors":{"after":"B"},"next":"https://graph.example/?access_token=x"}}"#,
                headers: [
                    #"X-Business-Use-Case-Usage: {"1":[{"type":"ads_management","call_count":80,"estimated_time_to_regain_access":2}]}"#
                ])
        ])
        defer { server.stop() }
        let world = try World(server.url)
        let page = try await world.client.adStories(account: "1", after: "A", limit: 50)
        #expect(page == AdStoryPage(stories: [], next: "B"))
        #expect(Self.line(server.requests[0]).contains("&limit=50&after=A&appsecret_proof="))
        let call = try #require(world.calls.first)
        #expect(!call.purpose.isBudgeted && call.purpose.kind == .read && call.account == "1")
        var quota = Quota()
        quota.note(call)
        guard case .wait(let untilMs, _) = quota.verdict(.read, app: "main", account: "1", nowMs: World.nowMs) else {
            Issue.record("reads go on")
            return
        }
        #expect(untilMs == World.nowMs + 120_000)
        await world.transport.shutdown()
    }

    @Test("a cursor that leads to itself ends the paging")
    func roundCursor() async throws {
        let server = try ScriptedServer([.http(200, #"{"data":[],"paging":{"cursors":{"after":"A"},"next":"x"}}"#)])
        defer { server.stop() }
        let world = try World(server.url)
        let error = await failure { () async throws(GraphError) in try await world.client.adStories(account: "1", after: "A") }
        #expect(error == .tooManyPages)
        await world.transport.shutdown()
    }

    @Test("what a call is for says whose budget it takes")
    func kinds() {
        #expect(GraphPurpose.allCases.filter { $0.kind == .write } == [.setStatus, .setBudget, .moderate, .events])
        #expect(GraphPurpose.allCases.filter { $0.kind == .insights } == [.insights])
        #expect(GraphPurpose.allCases.filter(\.isBudgeted) == [.account, .entities, .insights])
    }
}
