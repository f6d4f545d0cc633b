import Core
import NIOHTTP1
import Storage
import TestSupport
import Testing

@Suite("Admin port: one event")
struct DetailTests {
    private static let script = #"<script>document.title='run'</script>"#
    private static let body =
        #"{"object":"page","entry":[{"id":"7","time":1,"changes":[{"field":"feed","value":{"message":"\#(script)"}}]}]}"#

    @Test("its jobs, messages, attempts and when what happened")
    func story() async throws {
        try await AdminHouse.with { house in
            let id = try await house.deliver([AdminHouse.event()])[0]
            let nowMs = house.nowMs
            try await house.store.write { transaction in
                let message = try transaction.enqueue(
                    OutboxMessage(
                        kind: .notify, workspace: "belmonte", orderKey: nil, uniqueKey: "m", reference: "{}", eventID: id,
                        actionID: nil),
                    nowMs: nowMs)
                try transaction.insertAttempt(
                    SendAttempt(
                        outboxID: message ?? 0, workspace: "belmonte", atMs: nowMs + 20, attempt: 1, status: 503,
                        outcome: "refused",
                        durationMs: 7, answer: Array(Self.script.utf8)))
            }
            let story = try await house.ask("/v1/events/\(id)", token: AdminHouse.readToken).document
            #expect(story["event"]?["id"]?.text == "\(id)" && story["bytes"] == .null)
            #expect(story["delivery"]?["events"]?.integer == 1 && story["jobs"]?.items.count == 1)
            let attempt = story["messages"]?[0]?["attempts"]?[0]
            #expect(attempt?["status"]?.integer == 503 && attempt?["answer"] == .null)
            #expect(story["timeline"]?.items.compactMap { $0["what"]?.text } == ["happened", "received", "queued", "attempt"])
            let shown = try await house.ask("/v1/events/\(id)?bytes=show").document
            #expect(shown["messages"]?[0]?["attempts"]?[0]?["answer"]?.text == Self.script)
        }
    }

    @Test("its bytes are for who may act, as they came, and the log has the token's name")
    func bytes() async throws {
        try await AdminHouse.with { house in
            let id = try await house.deliver([AdminHouse.event()], body: Self.body)[0]
            let refused = try await house.ask("/v1/events/\(id)?bytes=show", token: AdminHouse.readToken)
            #expect(refused.status == 403 && refused.code == "act_required" && !refused.text.contains("script"))
            let delivery = try await house.ask("/v1/deliveries/\(id / 4_096)?bytes=show", token: AdminHouse.readToken)
            #expect(delivery.status == 403)
            #expect(house.log.all.allSatisfy { $0.message != "Unsealed what was sent." })
            let silent = try await house.ask("/v1/events/\(id)")
            #expect(silent.document["bytes"] == .null && house.log.all.allSatisfy { $0.message != "Unsealed what was sent." })
            let shown = try await house.ask("/v1/events/\(id)?bytes=show")
            let bytes = try #require(shown.document["bytes"])
            #expect(bytes["body"]?.text == Self.body && bytes["encoding"]?.text == "text" && bytes["is_cut"] == false)
            #expect(bytes["value"]?.text?.contains(Self.script) == true && bytes["method"]?.text == "POST")
            #expect(shown.headers.first(name: "content-type") == "application/json")
            #expect(shown.headers.first(name: "x-content-type-options") == "nosniff")
            let line = try #require(house.log.all.first { $0.message == "Unsealed what was sent." })
            #expect(line.metadata["token"] == "operator" && line.metadata["event_id"] == "\(id)")
            #expect(line.metadata["request_id"] == shown.headers.first(name: "x-request-id"))
            #expect(try await house.ask("/v1/deliveries/\(id / 4_096)?bytes=show").document["bytes"]?["body"]?.text == Self.body)
            #expect(house.log.all.filter { $0.message == "Unsealed what was sent." }.count == 2)
        }
    }

    @Test(
        "bytes that are no text are shown as digits, large ones by their beginning",
        arguments: [
            ("\u{0}\u{1}", "hex", "0001"), ("", "text", ""),
        ])
    func forms(_ body: String, _ encoding: String, _ shown: String) async throws {
        try await AdminHouse.with { house in
            let id = try await house.deliver([AdminHouse.event()], body: body)[0]
            let bytes = try await house.ask("/v1/events/\(id)?bytes=show").document["bytes"]
            #expect(bytes?["encoding"]?.text == encoding && bytes?["body"]?.text == shown)
        }
    }

    @Test("a large body is cut, and not through a character")
    func cut() async throws {
        try await AdminHouse.with { house in
            let id = try await house.deliver([AdminHouse.event()], body: "x" + String(repeating: "é", count: 200_000))[0]
            let bytes = try await house.ask("/v1/events/\(id)?bytes=show").document["bytes"]
            #expect(bytes?["is_cut"] == true && bytes?["encoding"]?.text == "text" && bytes?["size"]?.integer == 400_001)
            #expect(bytes?["body"]?.text?.utf8.count == 256 * 1_024 - 1)
        }
    }

    @Test("what was erased says so")
    func erased() async throws {
        try await AdminHouse.with { house in
            let id = try await house.deliver([AdminHouse.event()], body: Self.body)[0]
            let seq = id / 4_096
            try await house.store.write { transaction in
                let empty = try transaction.seal([], table: "deliveries", column: "blob", row: seq, workspace: "")
                try transaction.run("UPDATE deliveries SET blob = \(empty) WHERE seq = \(seq)")
            }
            #expect(try await house.ask("/v1/events/\(id)?bytes=show").document["bytes"]?["state"]?.text == "erased")
            _ = try await house.store.write { transaction in
                try transaction.run("UPDATE deliveries SET blob = \([UInt8](repeating: 1, count: 60)) WHERE seq = \(seq)")
            }
            #expect(try await house.ask("/v1/events/\(id)?bytes=show").document["bytes"]?["state"]?.text == "unreadable")
        }
    }

    @Test(
        "what is not there is 404",
        arguments: [
            ("/v1/events/5", "event_unknown"), ("/v1/events/0", "event_unknown"),
            ("/v1/events/9223372036854775807", "event_unknown"),
            ("/v1/events/9999999999999999999", "event_unknown"), ("/v1/deliveries/5", "delivery_unknown"),
            ("/v1/deliveries/9223372036854775807", "delivery_unknown"),
        ])
    func unknown(_ path: String, _ code: String) async throws {
        try await AdminHouse.with { house in
            let answer = try await house.ask(path)
            #expect(answer.status == 404 && answer.code == code)
        }
    }

    @Test("retry sets its dead work going again, by id as text or number")
    func retry() async throws {
        try await AdminHouse.with { house in
            for form in ["\"ID\"", "ID"] {
                let id = try await house.deliver([AdminHouse.event()])[0]
                let nowMs = house.nowMs
                try await house.end(id) {
                    _ = try $0.kill(.jobs, id: $1.id, attempt: $1.attempt, reason: "gone: Gone.", nowMs: nowMs)
                }
                let body = #"{"ids":[\#(form.replacing("ID", with: "\(id)"))]}"#
                let answer = try await house.ask("/v1/events/retry", .POST, body: body)
                #expect(answer.document["jobs"]?.integer == 1)
                #expect(try await house.ask("/v1/events/\(id)").document["event"]?["state"]?.text == "open")
            }
            for body in [#"{"ids":[]}"#, #"{"ids":["x"]}"#, #"{"ids":[1.5]}"#, #"{"ids":[-1]}"#, #"{"ids":"1"}"#, "{}", "[]"] {
                #expect(try await house.ask("/v1/events/retry", .POST, body: body).code == "ids_invalid", "\(body)")
            }
            let far = try await house.ask("/v1/events/retry", .POST, body: #"{"ids":["999999999999999999"]}"#)
            #expect(far.document["jobs"]?.integer == 0)
        }
    }
}
