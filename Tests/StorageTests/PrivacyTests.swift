import Core
import Signing
import Storage
import TestSupport
import Testing

@Suite("What a person wrote")
struct PrivacyTests {
    @Test("answers, texts, names and answers of destinations are on disk nowhere; an id beside them is found")
    func canary() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try transaction.storeLead(
                lead("1111222233334444", answer: "canary-lead"), people: ["em:canary-em"], workspace: "w", eventID: 1, nowMs: now)
            _ = try transaction.storeEngagement(
                comment("555_666", text: "canary-text", author: "canary-author"), workspace: "w", eventID: 2, nowMs: now)
            try transaction.insertConversion(facts(), people: ["em:canary-em"], workspace: "w", eventID: 3, receivedAtMs: now)
            try transaction.rememberClick("canary-click", entities: [EntityRef(.ad, "1")], workspace: "w", seenAtMs: now)
            try transaction.rememberPeople(["user:canary-user"], workspace: "w", eventID: 4)
            try transaction.insertAttempt(
                SendAttempt(
                    outboxID: 9, workspace: "w", atMs: now, attempt: 1, status: 200, outcome: "sent", durationMs: 1,
                    answer: Array("canary-answer".utf8)))
        }
        _ = try await store.append(try TemporaryStore.envelope(#"{"text":"canary-body"}"#), receivedAtMs: now)
        #expect(try await store.read { try $0.lead(1)?.lead?.fields.first?.values.first } == "canary-lead")
        for isOpen in [true, false] {
            // What is stored in the open is found in the same files by the same search.
            for id in ["1111222233334444", "555_666", "order-7"] { #expect(temporary.filesHold(id)) }
            #expect(!temporary.filesHold("canary"))
            if isOpen { await store.close() }
        }
    }

    @Test("what a person left is emptied, its bytes are gone from the files, and a second time finds nothing")
    func erase() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let hers = String(repeating: "hers ", count: 4_000)  // over several pages
        let text = #"{"object":"page","entry":[{"id":"1","changes":[{"field":"feed","value":{"message":"\#(hers)"}}]}]}"#
        let events = try await store.decoded(text, events: 1)
        try await store.finishJobs(of: events)
        let (sealed, blob) = try await store.write { transaction throws in
            try transaction.storeLead(lead(), people: ["em:hers"], workspace: "w", eventID: 1, nowMs: now)
            try transaction.storeLead(lead("2"), people: ["em:his"], workspace: "w", eventID: 2, nowMs: now)
            _ = try transaction.storeEngagement(comment(author: "hers"), workspace: "w", eventID: events[0], nowMs: now)
            try transaction.insertConversion(facts(), people: ["em:hers"], workspace: "v", eventID: 3, receivedAtMs: now)
            let message = try transaction.enqueue(outboxMessage("m", .lead, event: 1), nowMs: now)
            try transaction.insertAttempt(
                SendAttempt(
                    outboxID: try #require(message), workspace: "w", atMs: now, attempt: 1, status: 500, outcome: "server",
                    durationMs: 1,
                    answer: [1]))
            return (
                try transaction.run("SELECT answers FROM leads WHERE id = 1")[0].bytes("answers"),
                try transaction.run("SELECT blob FROM deliveries")[0].bytes("blob")
            )
        }
        #expect(temporary.filesHold(sealed) && temporary.filesHold(blob[9_000..<9_064]))
        let people = ["em:hers", "user:hers", "lead:nobody"]
        let report = try await store.write { try $0.erase(people: people, nowMs: now + 5) }
        #expect(report.leads == 1)
        #expect(report.engagements == 1)
        #expect(report.conversions == 1)
        #expect(report.deliveries == 1)
        #expect(report.messages == 1)
        #expect(report.isComplete)
        #expect(try await store.write { try $0.erase(people: people, nowMs: now + 9) } == EraseReport())
        // An erased lead stays erased, whatever is read again.
        try await store.write { transaction throws in
            #expect(try transaction.storeLead(lead(), people: ["em:hers"], workspace: "w", eventID: 8, nowMs: now + 9) == 1)
            #expect(try transaction.erase(people: people, nowMs: now + 9) == EraseReport())
        }
        await store.close()
        #expect(!temporary.filesHold(sealed))
        #expect(!temporary.filesHold(blob[9_000..<9_064]))

        let again = try temporary.open(bootID: "boot-2")
        try await again.read { transaction throws in
            let erased = try #require(try transaction.lead(1))
            #expect(erased.lead == nil)
            #expect(erased.state == .erased)
            #expect(erased.erasedAtMs == now + 5)
            #expect(erased.leadID == lead().leadID)
            #expect(try transaction.lead(2)?.lead == lead("2"))
            let state = try #require(try transaction.engagement(eventID: events[0], workspace: "w"))
            #expect(state.engagement.text == nil && state.engagement.authorID == nil && state.engagement.authorName == nil)
            #expect(state.authorDigest == nil)
            #expect(state.engagement.targetID == "post_1")
            #expect(try transaction.conversion(3)?.state == .leftOut)
            let delivery = try #require(try transaction.delivery(events[0] / 4096))
            #expect(delivery.request == nil)
            #expect(delivery.isErased)
            #expect(delivery.reason?.hasPrefix("erased:") == true)
            let message = try #require(try transaction.messages(state: nil, limit: 9).first)
            #expect(message.state == .done)
            #expect(message.reason?.hasPrefix("erased:") == true)
            #expect(try transaction.attempts(of: message.id).map(\.answer) == [nil])
            #expect(try transaction.run("SELECT 1 FROM person_keys WHERE event_id <> 2").isEmpty)
        }
        await again.close()
    }

    @Test("only in the workspace that was meant, and by a lead's id all that it left")
    func scope() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for (event, workspace) in [(1, "a"), (2, "b")] as [(Int64, String)] {
                try transaction.storeLead(lead(), people: ["em:x"], workspace: workspace, eventID: event, nowMs: now)
            }
            #expect(try transaction.erase(people: ["em:x"], workspace: "a", nowMs: now).leads == 1)
            #expect(try transaction.lead(2)?.state == .stored)
            #expect(try transaction.eraseLead(lead().leadID, workspace: "a", nowMs: now).total == 0)
            #expect(try transaction.eraseLead(lead().leadID, nowMs: now).leads == 1)
        }
        await store.close()
    }

    @Test("many rows are emptied in several calls")
    func limit() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for event in 1...5 as ClosedRange<Int64> {
                _ = try transaction.storeEngagement(comment(author: "u"), workspace: "w", eventID: event, nowMs: now)
            }
            #expect(
                try transaction.insertCallback(
                    code: "c", app: "main", kind: .dataDeletion, userID: "u", eventID: nil, issuedAtMs: now, receivedAtMs: now))
            let digest = try #require(try transaction.callback("c")?.userDigest)
            var sum = EraseReport(), calls = 0
            repeat {
                sum = try sum + transaction.erase(userDigest: digest, nowMs: now, limit: 2)
                calls += 1
            } while !sum.isComplete
            #expect(sum.engagements == 5)
            #expect(calls == 3)
        }
        await store.close()
    }

    @Test("who shares a delivery with the erased loses nothing while it is worked on")
    func shared() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let change = { (text: String) in #"{"field":"feed","value":{"item":"comment","message":"\#(text)"}}"# }
        let body = #"{"object":"page","entry":[{"id":"1","changes":[\#(change("hers")),\#(change("his"))]}]}"#
        let events = try await store.decoded(body, events: 2)
        try await store.finishJobs(of: [events[0]])
        try await store.write { transaction throws in
            _ = try transaction.storeEngagement(comment(author: "hers"), workspace: "w", eventID: events[0], nowMs: now)
            #expect(try transaction.erase(people: ["user:hers"], nowMs: now).deliveries == 1)
            let delivery = try #require(try transaction.delivery(events[0] / 4096))
            #expect(!delivery.isErased)
            let request = try #require(delivery.request)
            #expect(WebhookDecoder.value(of: 0, in: request.body) == .object(JSONObject()))
            #expect(WebhookDecoder.value(of: 1, in: request.body)?["message"] == "his")
            #expect(request.values(of: "x-hub-signature-256").isEmpty)
        }
        // When nobody needs it any more, the next to be erased takes the rest along.
        try await store.finishJobs(of: events, at: now + 9)
        try await store.write { transaction throws in
            try transaction.rememberPeople(["user:his"], workspace: "w", eventID: events[1])
            #expect(try transaction.erase(people: ["user:his"], nowMs: now).deliveries == 1)
            #expect(try transaction.delivery(events[0] / 4096)?.isErased == true)
        }
        await store.close()
    }

    @Test("of a request with conversions only the person's own are blanked while others wait to be sent")
    func conversions() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let body = #"{"data":[{"event_name":"A","user_data":{"em":["hers"]}},{"event_name":"B","user_data":{"em":["his"]}}]}"#
        let events = try await store.decoded(body, events: 2, kind: .conversions)
        try await store.finishJobs(of: events)
        try await store.write { transaction throws in
            for (event, person) in zip(events, ["em:hers", "em:his"]) {
                try transaction.insertConversion(facts(), people: [person], workspace: "w", eventID: event, receivedAtMs: now)
                _ = try transaction.enqueue(outboxMessage(person, .conversion, event: event), nowMs: now)
            }
            // One of them is on its way at this moment: its sender finds that it has lost it.
            let claims = try transaction.claimOutbox(nowMs: now, leaseMs: 1_000, limit: 9, owner: "boot-1", conversions: true)
            #expect(try transaction.erase(people: ["em:hers"], nowMs: now).messages == 1)
            let request = try #require(try transaction.delivery(events[0] / 4096)?.request)
            #expect(ConversionDecoder.event(at: 0, in: request.body) == .object(JSONObject()))
            #expect(ConversionDecoder.event(at: 1, in: request.body)?["event_name"] == "B")
            #expect(try claims.map { try transaction.complete(.outbox, $0.claim, nowMs: now) } == [false, true])
            #expect(try transaction.retryEvents(events, nowMs: now) == RetryReport())
        }
        await store.close()
    }

    @Test("who shares a delivery with the erased and is in quarantine can still be mended", arguments: [true, false])
    func quarantine(isByMeta: Bool) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let body = #"{"data":[{"event_name":"A","user_data":{"em":["hers"]}},{"event_name":"B","user_data":{"em":["his"]}}]}"#
        let events = try await store.decoded(body, events: 2, kind: .conversions)
        try await store.finishJobs(of: events)
        let set = facts(own: #"{"consent":"granted","forward":false,"reason":"quarantined"}"#)
        try await store.write { transaction throws in
            for (event, person) in zip(events, ["em:hers", "em:his"]) {
                try transaction.insertConversion(
                    isByMeta ? facts() : set, people: [person], workspace: "w", eventID: event, receivedAtMs: now)
            }
            if isByMeta { try transaction.refuseConversions(events, Reason("bad", "It is bad."), atMs: now) }
            #expect(try transaction.erase(people: ["em:hers"], nowMs: now).conversions == 1)
            #expect(try transaction.delivery(events[0] / 4096)?.isErased == false)
            let his = try #require(try transaction.conversion(events[1]))
            #expect(his.isInQuarantine)
            #expect(try transaction.storedEvent(of: his)?["event_name"] == "B")
            // the last of them takes the rest along
            _ = try transaction.erase(people: ["em:his"], nowMs: now)
            #expect(try transaction.delivery(events[0] / 4096)?.isErased == true)
        }
        await store.close()
    }

    @Test("a message behind an erased one goes on")
    func orderKey() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try transaction.storeLead(lead(), workspace: "w", eventID: 1, nowMs: now)
            for (key, event) in [("a", 1), ("b", 2)] as [(String, Int64)] {
                _ = try transaction.enqueue(
                    OutboxMessage(
                        kind: .lead, workspace: "w", orderKey: "crm", uniqueKey: key, reference: "{}", eventID: event,
                        actionID: nil),
                    nowMs: now)
            }
            #expect(try transaction.eraseLead(lead().leadID, nowMs: now).messages == 1)
            let next = try transaction.claimOutbox(nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1")
            #expect(next.map(\.message.uniqueKey) == ["b"])
        }
        await store.close()
    }
}
