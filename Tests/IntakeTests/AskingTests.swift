import Core
import Intake
import Signing
import Storage
import TestSupport
import Testing

@Suite("A sender asks what became of an event, over real TLS", .serialized)
struct AskingTests {
    private static let other = "other-token-8241-aaa"

    private static func port() async throws -> PublicPort {
        let secrets = SourceSecrets(name: "other", tokens: [other], secrets: [], datasets: ["777"])
        return try await PublicPort.start(sources: [
            Shop.source(), IntakeSource(secrets: secrets, consent: ConsentPolicy(path: ["consent"], without: .send)),
        ])
    }

    private static func question(_ id: String, source: String = "shop", token: String? = Shop.token, method: String = "GET")
        -> WebRequest
    {
        WebRequest(
            method, "/v1/conversions/\(source)/events/\(id)",
            headers: token.map { [(name: "Authorization", value: "Bearer \($0)")] } ?? [])
    }

    /// What the decoder does with the only delivery that waits.
    private static func decode(_ port: PublicPort) async throws -> [Int64] {
        let delivery = try #require(try await port.deliveries().last)
        let body = delivery.request?.body ?? []
        return try await port.store.write { transaction in
            var ids: [Int64] = []
            for conversion in ConversionDecoder.decode(
                body: body, dataset: "987", source: delivery.app, receivedAtMs: delivery.receivedAtMs, digest: SHA256.hex)
            {
                let id = Transaction.eventID(seq: delivery.seq, position: conversion.facts.position)
                try transaction.insertConversion(
                    conversion.facts, people: [], workspace: "w", eventID: id, receivedAtMs: delivery.receivedAtMs)
                ids.append(id)
            }
            try transaction.finishDecoding(delivery.seq, events: ids.count, duplicates: 0, reason: nil)
            return ids
        }
    }

    @Test("it is told when it was received, what was mended, where it is, and what Meta called its answer")
    func asked() async throws {
        let port = try await Self.port()
        let plain = Shop.purchase(1)
        let mended = Shop.purchase(2).with("user_data.ph", "N/A")
        let odd = Shop.purchase(3).with("event_id", "order #3/é")
        AnswerRule.expectTaken(
            try await port.curl.send(Shop.request([plain, mended, odd, plain.with("event_name", "Lead")])), count: 4, status: 200,
            "sent")
        let ids = try await Self.decode(port)
        try await port.store.write { transaction in
            try transaction.setConversionState([ids[0]], .forwarded, reason: nil, traceID: "AbC", atMs: 5)
            try transaction.refuseConversions(
                [ids[1]], Reason("bad", "It is bad."), RefusedByMeta(path: "data[0].x", traceID: "DeF"), atMs: 6)
        }
        let answers = try await port.curl.send([
            Self.question("order-1"), Self.question("order-2"), Self.question("order%20%233%2F%C3%A9"), Self.question("order-1/"),
        ])
        #expect(answers.map(\.status) == [200, 200, 200, 200])
        let documents = try answers.map(JSON.parse)
        #expect(documents[0] == documents[3])
        #expect(documents.map { $0["event_id"]?.text } == ["order-1", "order-2", "order #3/é", "order-1"])
        let first = documents[0]["events"]?.items ?? []
        #expect(first.compactMap { $0["event_name"]?.text } == ["Lead", "Purchase"])
        #expect(first.compactMap { $0["state"]?.text } == ["waiting", "forwarded"])
        #expect(first.last?["fbtrace_id"] == "AbC" && first.last?["sent_at_ms"] == 5 && first.last?["cause"] == .null)
        #expect(first.last?["findings"] == [] && first.last?["received_at_ms"]?.integer != nil)
        let second = documents[1]["events"]?[0]
        #expect(second?["state"] == "refused" && second?["cause"]?["code"] == "bad" && second?["fbtrace_id"] == "DeF")
        #expect(second?["findings"]?.items.contains { $0["path"]?.text?.contains("'ph'") == true } == true)
        #expect(!answers.contains { $0.body.contains("jane.doe") || $0.body.contains(Shop.token) })
        await port.stop()
    }

    @Test("a source sees its own events and no others, with its own token and no other")
    func strangers() async throws {
        let port = try await Self.port()
        _ = try await port.curl.send(Shop.request([Shop.purchase(1)]))
        _ = try await Self.decode(port)
        let cases: [(String, WebRequest, Int)] = [
            ("its own", Self.question("order-1"), 200), ("unknown", Self.question("order-9"), 404),
            ("another source's", Self.question("order-1", source: "other", token: Self.other), 404),
            ("another's token", Self.question("order-1", token: Self.other), 401),
            ("no token", Self.question("order-1", token: nil), 401),
            ("an unknown source", Self.question("order-1", source: "nobody"), 401),
            ("a wrong token", Self.question("order-1", token: "x"), 401), ("no id", Self.question(""), 404),
            ("deeper", Self.question("order-1/x"), 404), ("POST", Self.question("order-1", method: "POST"), 405),
            ("DELETE", Self.question("order-1", method: "DELETE"), 405),
        ]
        for ((name, _, status), answer) in zip(cases, try await port.curl.send(cases.map(\.1))) {
            guard status == 200 else {
                AnswerRule.expectRefused(answer, status: status, name)
                #expect(status != 405 || answer.values(of: "allow") == ["GET"], "\(name)")
                continue
            }
            #expect(answer.status == 200, "\(name)")
        }
        #expect(!port.log.lines.contains { $0.contains(Shop.token) || $0.contains("order-1") })
        await port.stop()
    }

    @Test("who asks too fast is told to come again, and whoever sends is not held up by it")
    func budget() async throws {
        let port = try await PublicPort.start(sources: [Shop.source()], nowMs: { 1_790_000_000_000 })
        let answers = try await port.curl.send((0..<110).map { _ in Self.question("order-9") } + [Shop.request(Shop.body([]))])
        let asked = answers.dropLast().map(\.status)
        #expect(Set(asked) == [404, 503] && asked.filter { $0 == 503 }.count == 10)
        let refused = try #require(answers.first { $0.status == 503 })
        AnswerRule.expectRefused(refused, status: 503, "too fast")
        #expect(refused.values(of: "retry-after") == ["1"] && answers.last?.status == 400)
        await port.stop()
    }
}
