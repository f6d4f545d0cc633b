import Core
import Storage
import TestSupport
import Testing

@Suite("Conversions in quarantine")
struct QuarantineTests {
    private static let hour: Int64 = 3_600_000
    private static let refusal = Reason("no_match_keys", "Too little.", remedy: "Send more.")
    private static let quarantined =
        #"{"consent":"granted","forward":false,"reason":"quarantined","findings":[["value_missing","$['custom_data']['value']"],["url_invalid","$"]]}"#

    private static func named(
        _ id: String, source: String = "shop", at seconds: Int64 = 1_789_999_000, own: String? = nil, isTest: Bool = false
    ) -> ConversionFacts {
        let own = own ?? #"{"consent":"granted","forward":true}"#
        let event =
            #"{"event_name":"Purchase","event_id":"\#(id)","event_time":\#(seconds),"action_source":"\#(source == "store" ? "physical_store" : "website")","_touchstone":\#(own)}"#
        return ConversionDecoder.decode(
            body: Array(#"{"data":[\#(event)]\#(isTest ? #","test_event_code":"T""# : "")}"#.utf8), dataset: "987",
            source: source,
            receivedAtMs: now,
            digest: { _ in "digest" }
        )[0].facts
    }

    private static func key(_ id: String, isTest: Bool = false) -> String { "conv:\(isTest ? "test:" : "")987:Purchase:\(id)" }

    /// Stores conversions as the decoder does: with their keys.
    private static func store(_ transaction: Transaction, _ rows: [(id: Int64, facts: ConversionFacts)], at atMs: Int64 = now)
        throws
    {
        let told = rows.map {
            ToldEvent(
                id: $0.id, workspace: "w",
                dedupeKey: $0.facts.isQuarantined ? nil : key($0.facts.eventID ?? "", isTest: $0.facts.isTest))
        }
        let new = try transaction.newEvents(among: told, nowMs: atMs)
        for row in rows where new.contains(row.id) {
            try transaction.insertConversion(row.facts, people: [], workspace: "w", eventID: row.id, receivedAtMs: atMs)
        }
        try transaction.supersede(by: rows.filter { new.contains($0.id) }.map { ($0.id, "w", $0.facts) }, nowMs: atMs)
    }

    @Test("what validation refused is stored in quarantine with code, place and sentence, and takes no key")
    func quarantined() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { try Self.store($0, [(1, Self.named("a", own: Self.quarantined)), (2, Self.named("a"))]) }
        let (first, second) = try await store.read { (try $0.conversion(1), try $0.conversion(2)) }
        #expect(first?.state == .replaced && first?.replacedBy == 2)  // the good one has taken its place
        #expect(first?.cause?.code == "value_missing" && first?.cause?.path == "$['custom_data']['value']")
        #expect(first?.cause?.sentence == ConversionFault.valueMissing.sentence && first?.quarantinedAtMs == now)
        #expect(second?.state == .waiting && second?.cause == nil && second?.quarantinedAtMs == nil)
        await store.close()
    }

    @Test("a refusal by Meta gives the key back, in the same transaction; one that Meta may have does not")
    func keys() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try Self.store(transaction, [(1, Self.named("a")), (2, Self.named("b"))])
            try transaction.refuseConversions(
                [1], Self.refusal, RefusedByMeta(path: "$['data'][7]['user_data']", traceID: "T"), atMs: now + 1)
            try transaction.refuseConversions([2], Reason("maybe_received", "Perhaps."), atMs: now + 1)
            let refused = try #require(try transaction.conversion(1))
            #expect(refused.state == .refused && refused.traceID == "T" && refused.quarantinedAtMs == now + 1)
            #expect(refused.cause == QuarantineCause(code: "no_match_keys", path: "$['user_data']", sentence: "Too little."))
            try Self.store(transaction, [(3, Self.named("a")), (4, Self.named("b"))])
            #expect(try transaction.conversion(3)?.state == .waiting)
            #expect(try transaction.conversion(4) == nil)
            #expect(try transaction.conversion(1)?.replacedBy == 3)
            #expect(try transaction.conversion(2)?.state == .refused)
        }
        await store.close()
    }

    @Test("in another dataset, under another name or of another source, the same id is another event")
    func others() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try Self.store(transaction, [(1, Self.named("a"))])
            try transaction.refuseConversions([1], Self.refusal, RefusedByMeta(path: nil, traceID: ""), atMs: now)
            try Self.store(transaction, [(2, Self.named("a", source: "other"))])
            #expect(try transaction.conversion(1)?.state == .refused)
            #expect(
                try transaction.mend([Mending(eventID: 1)], policies: { _ in .documented }, nowMs: now).map(\.fate) == [
                    .denied(.replaced(by: 2))
                ])
        }
        await store.close()
    }

    @Test("told again with a fault after Meta has it, it is not sent a second time when its key is forgotten")
    func toldAgain() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try Self.store(transaction, [(1, Self.named("a")), (2, Self.named("b"))])
            try transaction.setConversionState([1], .forwarded, reason: nil, traceID: "T", atMs: now)
            try transaction.setConversionState([2], .leftOut, reason: "no_consent", traceID: nil, atMs: now)
            try Self.store(
                transaction, [(3, Self.named("a", own: Self.quarantined)), (4, Self.named("b", own: Self.quarantined))])
            try transaction.run("DELETE FROM event_keys")
            // the second is let through as far as its bytes, of which there are none
            #expect(
                try transaction.mend([Mending(eventID: 3), Mending(eventID: 4)], policies: { _ in .documented }, nowMs: now)
                    .map(\.fate) == [.denied(.replaced(by: 1)), .denied(.deliveryGone)])
        }
        await store.close()
    }

    @Test("what Meta may have goes only by its number", arguments: ["maybe_received", "tried_too_long"])
    func maybe(_ code: String) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try Self.store(transaction, [(1, Self.named("a")), (2, Self.named("b"))])
            try transaction.refuseConversions([1], Reason(code, "Perhaps."), atMs: now)
            try transaction.refuseConversions([2], Self.refusal, RefusedByMeta(path: nil, traceID: ""), atMs: now)
            func fates(isNamed: Bool) throws -> [MendingOutcome.Fate] {
                try transaction.mend(
                    [1, 2].map { Mending(eventID: $0, isNamed: isNamed) }, policies: { _ in .documented }, nowMs: now
                ).map(\.fate)
            }
            #expect(try fates(isNamed: false) == [.denied(.maybeReceived), .denied(.deliveryGone)])
            #expect(try fates(isNamed: true) == [.denied(.deliveryGone), .denied(.deliveryGone)])
        }
        await store.close()
    }

    @Test("a test event and a real one of the same id are two, and neither takes the other's place")
    func tests() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try Self.store(transaction, [(1, Self.named("a", isTest: true)), (2, Self.named("b", own: Self.quarantined))])
            try Self.store(transaction, [(3, Self.named("a")), (4, Self.named("b", isTest: true))])
            #expect(try [1, 3, 4].map { try transaction.conversion($0)?.state } == [.waiting, .waiting, .waiting])
            #expect(try transaction.conversion(2)?.state == .quarantined)
            // each gives back its own key
            try transaction.refuseConversions([1], Self.refusal, RefusedByMeta(path: nil, traceID: ""), atMs: now)
            try Self.store(transaction, [(5, Self.named("a")), (6, Self.named("a", isTest: true))])
            #expect(try transaction.conversion(5) == nil)
            #expect(try transaction.conversion(6)?.state == .waiting)
            #expect(try transaction.conversion(1)?.replacedBy == 6)
        }
        let body = Array(#"{"data":[{"event_name":"Purchase","event_id":"a"}],"test_event_code":"T"}"#.utf8)
        let decoded = ConversionDecoder.decode(
            body: body, dataset: "987", source: "shop", receivedAtMs: now, digest: { _ in "digest" })
        #expect(decoded.map(\.event.dedupeKey) == [Self.key("a", isTest: true)])
        await store.close()
    }

    @Test("what takes the place of a counted purchase is counted in its stead")
    func figures() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ad = EntityRef(.ad, "11")
        try await store.write { transaction throws in
            try Self.store(transaction, [(1, Self.named("a")), (5, Self.named("b"))])
            for id in [1, 5] as [Int64] {
                try transaction.attribute(
                    Attribution(entities: [ad], method: .named, click: nil), workspace: "w", eventID: id, nowMs: now)
                try transaction.insertOwn(
                    OwnEvent(count: .purchase, entities: [ad], atMs: 1_789_999_000_000, valueMinor: 5, currency: "EUR"),
                    eventID: id,
                    workspace: "w")
            }
            try transaction.refuseConversions([1], Self.refusal, RefusedByMeta(path: nil, traceID: ""), atMs: now)
            func purchases() throws -> Int64 {
                try transaction.ownFigures(workspace: "w", ref: ad, sinceMs: 0, untilMs: now).purchases
            }
            #expect(try purchases() == 2)
            try Self.store(transaction, [(2, Self.named("a"))])
            #expect(try purchases() == 1)
        }
        await store.close()
    }

    @Test("retried by hand it waits again with its key; its message ends where another has taken its place")
    func retry() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try Self.store(transaction, [(1, Self.named("a")), (2, Self.named("b"))])
            for id in [1, 2] as [Int64] {
                _ = try transaction.enqueue(outboxMessage("m\(id)", .conversion, event: id), nowMs: now)
            }
            let claims = try transaction.claimOutbox(nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1", conversions: true)
            for claimed in claims {
                _ = try transaction.kill(
                    .outbox, id: claimed.claim.id, attempt: claimed.claim.attempt, reason: "x: y", nowMs: now)
            }
            try transaction.refuseConversions([1, 2], Self.refusal, RefusedByMeta(path: nil, traceID: "T"), atMs: now)
            // the key of b is somebody else's by now, of another source, so that nothing was replaced
            try Self.store(transaction, [(3, Self.named("b", source: "other"))])
            #expect(try transaction.retryEvents([1, 2], nowMs: now) == RetryReport(jobs: 0, messages: 1))
            #expect(try transaction.conversion(1)?.state == .waiting)
            #expect(try transaction.conversion(1)?.cause == nil && transaction.conversion(1)?.reason == nil)
            #expect(try transaction.conversion(2)?.state == .replaced)
            #expect(try transaction.conversion(2)?.replacedBy == 3)
            #expect(
                try transaction.newEvents(among: [ToldEvent(id: 9, workspace: "w", dedupeKey: Self.key("a"))], nowMs: now).isEmpty
            )
            #expect(try transaction.messages(state: .done, limit: 9).map(\.eventID) == [2])
            #expect(try transaction.retryEvents([1, 2], nowMs: now) == RetryReport())
        }
        await store.close()
    }

    @Test(
        "a key lasts for 48 hours, from when Meta has taken the event, of a physical shop for 7 days; while it waits, as long as it waits"
    )
    func windows() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            let rows: [(Int64, ConversionFacts)] = [
                (1, Self.named("taken")), (2, Self.named("waiting")), (3, Self.named("shop", source: "store")),
                (4, Self.named("left")),
            ]
            try Self.store(transaction, rows.map { (id: $0.0, facts: $0.1) })
            _ = try transaction.newEvents(among: [ToldEvent(id: 5, workspace: "w", dedupeKey: "webhook")], nowMs: now)
            let takenMs = now + 24 * Self.hour
            try transaction.setConversionState([1, 3], .forwarded, reason: nil, traceID: "T", atMs: takenMs)
            try transaction.setConversionState([4], .leftOut, reason: "no_consent", traceID: nil, atMs: now)
            func keys(_ nowMs: Int64) throws -> Set<Int64> {
                _ = try transaction.prune(.eventKeys, RetentionPolicy(), nowMs: nowMs)
                return Set(try transaction.run("SELECT event_id FROM event_keys").map { try $0.int64("event_id") })
            }
            #expect(try keys(now + 48 * Self.hour) == [1, 2, 3, 4, 5])
            #expect(try keys(takenMs + 48 * Self.hour) == [1, 2, 3, 5])
            #expect(try keys(takenMs + 48 * Self.hour + 1) == [2, 3, 5])
            #expect(try keys(now + 168 * Self.hour + 1) == [2, 3])
            #expect(try keys(takenMs + 168 * Self.hour) == [2, 3])
            #expect(try keys(takenMs + 168 * Self.hour + 1) == [2])
            #expect(try keys(now + 10_000 * Self.hour) == [2])
        }
        await store.close()
    }

    @Test("keys that have to stay are looked at once, and do not stand before those that may go")
    func keysThatStay() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for id in 1...10 as ClosedRange<Int64> {
                try Self.store(transaction, [(id, Self.named("o\(id)", source: id <= 7 ? "store" : "shop"))], at: now + id)
            }
            try transaction.setConversionState([7], .leftOut, reason: Transaction.erasedReason.text, traceID: nil, atMs: now)
            try transaction.setConversionState(Array(1...6) + [8, 9], .forwarded, reason: nil, traceID: "T", atMs: now + 20)
            func prune(_ hours: Int64) throws -> Int {
                try transaction.prune(.eventKeys, RetentionPolicy(), nowMs: now + hours * Self.hour, limit: 4)
            }
            func left() throws -> [Int64] {
                try transaction.run("SELECT event_id FROM event_keys ORDER BY event_id").map { try $0.int64("event_id") }
            }
            #expect(try [prune(49), prune(49), prune(49), prune(49)] == [4, 4, 2, 0])
            #expect(try left() == [1, 2, 3, 4, 5, 6, 7, 10])
            // what waits is looked at again after a while, the others when they may go
            #expect(try [prune(100), prune(100)] == [1, 0])
            #expect(try [prune(169), prune(169), prune(169)] == [4, 4, 0])
            #expect(try left() == [10])
        }
        await store.close()
    }

    @Test("the list has what is in quarantine, newest first, by source, dataset, code and time, a page at a time")
    func list() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for id in 1...6 as ClosedRange<Int64> {
                let own = id.isMultiple(of: 2) ? Self.quarantined : nil
                try Self.store(
                    transaction, [(id, Self.named("o\(id)", source: id < 4 ? "shop" : "store", own: own))], at: now + id)
            }
            try transaction.refuseConversions([1, 5], Self.refusal, RefusedByMeta(path: nil, traceID: ""), atMs: now)
            func ids(_ place: ListPlace = .before(.max), limit: Int = 50, _ change: (inout QuarantineFilter) -> Void = { _ in })
                throws -> [Int64]
            {
                var filter = QuarantineFilter()
                change(&filter)
                return try transaction.listQuarantine(filter, place: place, limit: limit).rows.map(\.eventID)
            }
            #expect(try ids() == [6, 5, 4, 2, 1])
            #expect(try ids(limit: 2) == [6, 5])
            #expect(try ids(.before(5)) == [4, 2, 1])
            #expect(try ids(.after(2)) == [4, 5, 6])
            #expect(try ids { $0.source = "shop" } == [2, 1])
            #expect(try ids { $0.dataset = "1" } == [])
            #expect(try ids { $0.workspace = "w" } == [6, 5, 4, 2, 1])
            #expect(try ids { $0.code = "no_match_keys" } == [5, 1])
            #expect(try ids { $0.code = "value_missing" } == [6, 4, 2])
            #expect(try ids { ($0.sinceMs, $0.untilMs) = (now + 2, now + 5) } == [4, 2])
            // as a gateway before this one refused it
            try transaction.run("UPDATE conversion_events SET fault_code = NULL WHERE event_id = 1")
            #expect(try ids { $0.code = "no_match_keys" } == [5, 1])
            #expect(try transaction.conversion(1)?.cause?.sentence == "Too little. Send more.")
            #expect(try transaction.quarantine(QuarantineFilter(), after: 1, limit: 2) == [2, 4])
        }
        await store.close()
    }
}
