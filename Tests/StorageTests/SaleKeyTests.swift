import Core
import Signing
import Storage
import TestSupport
import Testing

@Suite("Sales in a shop: known by their order for seven days, not by their ids")
struct SaleKeyTests {
    private static let day: Int64 = 86_400_000

    private static func sale(_ id: String, order: String = "1001", at seconds: Int64 = 1_789_999_000) -> ConversionEvent {
        let event = """
            {"event_name":"Purchase","event_id":"\(id)","event_time":\(seconds),"action_source":"physical_store",\
            "custom_data":{"order_id":"\(order)"},"_touchstone":{"consent":"granted","forward":true}}
            """
        return ConversionDecoder.decode(
            body: Array("{\"data\":[\(event)]}".utf8), dataset: "987", source: "store", receivedAtMs: now, digest: SHA256.hex)[0]
    }

    /// As the decoder does; false: it was there before.
    private static func store(_ sale: ConversionEvent, _ id: Int64, _ transaction: Transaction, atMs: Int64 = now) throws -> Bool
    {
        let told = ToldEvent(id: id, workspace: "w", dedupeKey: sale.event.dedupeKey)
        guard try !transaction.newEvents(among: [told], nowMs: atMs).isEmpty else { return false }
        try transaction.insertConversion(sale.facts, people: [], workspace: "w", eventID: id, receivedAtMs: atMs)
        return true
    }

    @Test("the same order, second and name under another id is a duplicate; another order under the same id is none")
    func order() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let taken = try await store.write { transaction throws in
            try [
                Self.store(Self.sale("a"), 1, transaction), Self.store(Self.sale("b"), 2, transaction),
                Self.store(Self.sale("a", order: "1002"), 3, transaction),
                Self.store(Self.sale("a", at: 1_789_999_001), 4, transaction),
            ]
        }
        #expect(taken == [true, false, true, true])
        await store.close()
    }

    @Test("one that Meta refused gives its key back, so that the corrected one is taken; then it can't be let out any more")
    func refused() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            let first = try Self.store(Self.sale("a"), 1, transaction)
            try transaction.refuseConversions(
                [1], Reason("no_match_keys", "Too little."), RefusedByMeta(path: nil, traceID: "T"), atMs: now)
            let second = try Self.store(Self.sale("b"), 2, transaction)
            let fates = try transaction.mend([Mending(eventID: 1)], policies: { _ in .documented }, nowMs: now).map(\.fate)
            let third = try Self.store(Self.sale("c"), 3, transaction)
            #expect(first && second && !third)
            #expect(fates == [.denied(.replaced(by: 2))])
        }
        await store.close()
    }

    @Test("Meta drops a second receipt for seven days, and so do we")
    func window() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            _ = try Self.store(Self.sale("a"), 1, transaction)
            try transaction.setConversionState([1], .forwarded, reason: nil, traceID: "T", atMs: now)
        }
        for (days, isTaken) in [(3, false), (6, false), (8, true)] as [(Int64, Bool)] {
            let atMs = now + days * Self.day
            _ = try await store.write { try $0.prune(.eventKeys, RetentionPolicy(), nowMs: atMs, limit: 100) }
            let taken = try await store.write { try Self.store(Self.sale("b"), 10 + days, $0, atMs: atMs) }
            #expect(taken == isTaken, "\(days)")
        }
        await store.close()
    }
}
