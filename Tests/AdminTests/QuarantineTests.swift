import Core
import NIOHTTP1
import Signing
import Storage
import TestSupport
import Testing

@testable import Admin

@Suite("Admin port: conversions in quarantine")
struct QuarantineTests {
    private static let canary = "Canary.Edit@example.com"

    /// Stores purchases, `bad` ones without a value, as a request that was taken in part; the ids of all.
    ///
    /// `asEvents`: with the rows of their events, too.
    private static func fill(_ house: AdminHouse, good: Int = 0, bad: Int = 2, asEvents: Bool = false) async throws -> [Int64] {
        let nowMs = house.nowMs
        let events = (0..<good + bad).map { number in
            let value = number < good ? #""value":5,"# : ""
            return
                #"{"event_name":"Purchase","event_id":"o\#(number)","event_time":\#(nowMs / 1_000 - 60),"action_source":"website","custom_data":{\#(value)"currency":"EUR"},"user_data":{"em":"a@example.com","client_user_agent":"UA"}}"#
        }
        let secrets = SourceSecrets(name: "shop", tokens: ["shop-token"], secrets: [], datasets: ["900"])
        let verified = try SourceCheck.verify(
            token: "shop-token", proof: nil, timeSeconds: nil, dataset: "900", sources: [secrets], nowSeconds: 0
        ).get()
        let request = try ConversionRequest.parse(Array(#"{"data":[\#(events.joined(separator: ","))]}"#.utf8)).get()
        let check = ConversionCheck(request, consent: ConsentPolicy(path: [], without: .send), strictness: .partial, nowMs: nowMs)
        let kept = check.events + check.faulty.compactMap(\.remains)
        let envelope = Envelope(
            conversions: kept.map { HashedEvent($0) }, from: verified, parameters: .none, target: "/v26.0/900/events")
        let body = envelope.request.body
        let seq = try await house.store.append(envelope, receivedAtMs: nowMs)
        return try await house.store.write { transaction in
            let decoded = ConversionDecoder.decode(
                body: body, dataset: "900", source: "shop", receivedAtMs: nowMs, digest: SHA256.hex)
            for conversion in decoded {
                let id = Transaction.eventID(seq: seq, position: conversion.event.position)
                if asEvents {
                    _ = try transaction.insertEvent(
                        conversion.event, seq: seq, workspace: "belmonte", receivedAtMs: nowMs, routes: [], nowMs: nowMs)
                }
                try transaction.insertConversion(
                    conversion.facts, people: [], workspace: "belmonte", eventID: id, receivedAtMs: nowMs)
            }
            try transaction.finishDecoding(seq, events: decoded.count, duplicates: 0, reason: nil)
            return decoded.map { Transaction.eventID(seq: seq, position: $0.event.position) }
        }
    }

    private func schema(_ house: AdminHouse, _ method: String, _ path: String) async throws -> (SchemaChecker, JSON) {
        let document = try await house.ask("/openapi.json", token: nil).document
        let schema = document["paths"]?[path]?[method]?["responses"]?["200"]?["content"]?["application/json"]?["schema"]
        return (SchemaChecker(document: document), try #require(schema))
    }

    @Test("an event in quarantine says so in its own story, where its jobs are done")
    func story() async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house, good: 1, asEvents: true)
            let (checker, schema) = try await schema(house, "get", "/v1/events/{id}")
            for (id, state, code) in [(ids[0], "waiting", JSON.null), (ids[1], "quarantined", "value_missing")] {
                let story = try await house.ask("/v1/events/\(id)").document
                #expect(checker.faults(story, schema) == [])
                #expect(story["conversion"]?["state"]?.text == state && story["conversion"]?["code"] == code)
                let moments = story["timeline"]?.items.filter { $0["what"] == "quarantined" } ?? []
                #expect(moments.map { $0["text"]?.text?.hasPrefix("value_missing: ") } == (code.isNull ? [] : [true]))
            }
        }
    }

    @Test("the list and one of it say why, as described, and show what is stored to who may act")
    func reading() async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house, good: 1)
            let (checker, schema) = try await schema(house, "get", "/v1/conversions/quarantine")
            let list = try await house.ask(
                "/v1/conversions/quarantine?source=shop&dataset=900&code=value_missing", token: AdminHouse.readToken)
            #expect(list.status == 200 && checker.faults(list.document, schema) == [])
            #expect(list.ids == ids.dropFirst().reversed().map(String.init))
            #expect(
                list.document["data"]?[0]?["path"] == "$['custom_data']['value']"
                    && list.document["data"]?[0]?["state"] == "quarantined")
            #expect(try await house.ask("/v1/conversions/quarantine?code=none").ids == [])
            let first = try await house.ask("/v1/conversions/quarantine?limit=1")
            let cursor = try #require(first.cursor)
            #expect(try await house.ask("/v1/conversions/quarantine?limit=1&cursor=\(cursor)").ids == [String(ids[1])])

            let path = "/v1/conversions/quarantine/\(ids[1])"
            let (oneChecker, one) = try await self.schema(house, "get", "/v1/conversions/quarantine/{id}")
            let shown = try await house.ask(path + "?bytes=show")
            #expect(shown.status == 200 && oneChecker.faults(shown.document, one) == [])
            #expect(shown.document["event"]?["user_data"]?["em"] == [.string(SHA256.hex(Array("a@example.com".utf8)))])
            let silent = try await house.ask(path, token: AdminHouse.readToken)
            #expect(silent.document["event"] == .null && oneChecker.faults(silent.document, one) == [])
            #expect(try await house.ask(path + "?bytes=show", token: AdminHouse.readToken).status == 403)
            #expect(house.log.all.count { $0.message == "Unsealed what was sent." } == 1)
            for id in [ids[0], 7] {
                #expect(try await house.ask("/v1/conversions/quarantine/\(id)").code == "conversion_unknown")
            }
        }
    }

    @Test(
        "an edit that is refused says all that is wrong and changes nothing; a good one replaces the event; neither is in the log"
    )
    func edit() async throws {
        try await AdminHouse.with { house in
            let id = try await Self.fill(house, bad: 1)[0]
            let path = "/v1/conversions/quarantine/\(id)/edit"
            let body = #"{"set":{"custom_data.currency":"1","user_data.em":"\#(Self.canary)"}}"#
            #expect(try await house.ask(path, .POST, token: AdminHouse.readToken, body: body).status == 403)
            let refused = try await house.ask(path, .POST, body: body)
            #expect(refused.status == 422 && refused.code == "conversion_refused")
            let findings = refused.document["error"]?["findings"]?.items ?? []
            #expect(
                findings.filter { $0["severity"] == "reject" }.compactMap { $0["code"]?.text } == [
                    "currency_invalid", "value_missing",
                ])
            let document = try await house.ask("/openapi.json", token: nil).document
            #expect(SchemaChecker(document: document).faults(refused.document, Schema.named("Problem")) == [])

            let good = #"{"set":{"custom_data.value":5,"user_data.em":"\#(Self.canary)"},"dry_run":DRY}"#
            let dry = try await house.ask(path, .POST, body: good.replacing("DRY", with: "true"))
            #expect(dry.document["outcome"] == "mended" && dry.document["replaced_by"] == .null)
            #expect(try await house.store.read { try $0.conversion(id)?.state } == .quarantined)
            let (checker, schema) = try await schema(house, "post", "/v1/conversions/quarantine/{id}/edit")
            let mended = try await house.ask(path, .POST, body: good.replacing("DRY", with: "false"))
            #expect(mended.status == 200 && checker.faults(mended.document, schema) == [])
            let heir = try #require(mended.document["replaced_by"]?.text.flatMap { Int64($0) })
            #expect(try await house.store.read { try $0.conversion(id)?.replacedBy } == heir)
            let again = try await house.ask(path, .POST, body: good.replacing("DRY", with: "false"))
            #expect(again.status == 409 && again.code == "conversion_replaced")
            let line = try #require(house.log.all.last { $0.message == "Edited a conversion in quarantine." })
            #expect(line.metadata["token"] == "operator" && line.metadata["event_id"] == "\(id)")
            #expect(!house.log.all.contains { "\($0)".lowercased().contains("canary") })
            #expect(!refused.text.lowercased().contains("canary") && !mended.text.lowercased().contains("canary"))
        }
    }

    @Test(
        "what is no edit is refused",
        arguments: [
            (#"{}"#, 400, "edit_invalid"), (#"{"set":{"joe@example.com":1}}"#, 400, "edit_invalid"),
            (#"{"set":{"event_id":"x"}}"#, 400, "edit_invalid"), (#"{"set":{"_touchstone.forward":true}}"#, 400, "edit_invalid"),
            (#"{"set":{"custom_data.value":1},"dry_run":"yes"}"#, 400, "dry_run_invalid"), ("no", 400, "body_unreadable"),
        ])
    func noEdit(_ body: String, _ status: Int, _ code: String) async throws {
        try await AdminHouse.with { house in
            let id = try await Self.fill(house, bad: 1)[0]
            let answer = try await house.ask("/v1/conversions/quarantine/\(id)/edit", .POST, body: body)
            #expect(answer.status == status && answer.code == code && !answer.text.contains("joe"))
            #expect(
                try await house.ask("/v1/conversions/quarantine/7/edit", .POST, body: #"{"unset":["custom_data"]}"#).status == 404
            )
        }
    }

    @Test("what Meta may have is left where it was only found, and sent where it is named")
    func maybe() async throws {
        try await AdminHouse.with { house in
            let id = try await Self.fill(house, good: 1, bad: 0)[0]
            let nowMs = house.nowMs
            try await house.store.write {
                try $0.refuseConversions([id], Reason("maybe_received", "Perhaps."), atMs: nowMs)
            }
            func replay(_ more: String) async throws -> AdminHouse.Answer {
                try await house.ask(
                    "/v1/conversions/quarantine/replay", .POST, body: #"{"ids":["\#(id)"]\#(more)}"#)
            }
            #expect(try await replay(#","unless_maybe_received":1"#).code == "unless_maybe_received_invalid")
            let found = try await replay(#","unless_maybe_received":true"#).document["data"]?[0]
            #expect(found?["outcome"] == "denied" && found?["code"] == "maybe_received")
            let named = try await replay("").document["data"]?[0]
            #expect(named?["outcome"] == "mended")
        }
    }

    @Test("a replay tells of each what became of it")
    func replay() async throws {
        try await AdminHouse.with { house in
            let ids = try await Self.fill(house, good: 1, bad: 1)
            let nowMs = house.nowMs
            try await house.store.write {
                try $0.refuseConversions(
                    [ids[0]], Reason("no_match_keys", "Too little."), RefusedByMeta(path: nil, traceID: "T"), atMs: nowMs)
            }
            let body = #"{"ids":["\#(ids[0])","\#(ids[1])","7"],"dry_run":DRY}"#
            let (checker, schema) = try await schema(house, "post", "/v1/conversions/quarantine/replay")
            for dry in ["true", "false"] {
                let answer = try await house.ask(
                    "/v1/conversions/quarantine/replay", .POST, body: body.replacing("DRY", with: dry))
                #expect(answer.status == 200 && checker.faults(answer.document, schema) == [])
                #expect(answer.document["data"]?.items.compactMap { $0["outcome"]?.text } == ["mended", "refused", "denied"])
                #expect(answer.document["mended"] == 1)
            }
            #expect(try await house.store.read { try $0.conversion(ids[0])?.state } == .replaced)
            #expect(house.log.all.last { $0.message == "Conversions left quarantine." }?.metadata["mended"] == "1")
            for body in ["{}", #"{"ids":[]}"#, #"{"ids":[1]}"#, #"{"ids":["x"]}"#] {
                #expect(try await house.ask("/v1/conversions/quarantine/replay", .POST, body: body).code == "ids_invalid")
            }
        }
    }
}
