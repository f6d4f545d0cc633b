import Core
import Storage
import TestSupport
import Testing

@Suite("Refunds and repeated orders")
struct RefundTests {
    private static func event(_ name: String, id: String, order: String = "7", value: String = "10", own: String? = nil)
        -> ConversionFacts
    {
        let text = """
            {"event_name":"\(name)","event_id":"\(id)","event_time":1789999000,"action_source":"website",
            "custom_data":{"order_id":"\(order)","value":\(value),"currency":"EUR"},
            "_touchstone":\(own ?? #"{"consent":"granted","forward":true}"#)}
            """
        return ConversionDecoder.decode(
            body: Array(#"{"data":[\#(text)]}"#.utf8), dataset: "987", source: "shop", receivedAtMs: now, digest: { _ in "d" }
        )[0].facts
    }

    private static func store(_ temporary: TemporaryStore, _ facts: [ConversionFacts]) async throws -> Store {
        let store = try temporary.open()
        try await store.write { transaction throws in
            for (place, one) in facts.enumerated() {
                try transaction.insertConversion(one, people: [], workspace: "w", eventID: Int64(place), receivedAtMs: now)
            }
        }
        return store
    }

    private static func order(_ store: Store, _ eventID: Int64) async throws -> RefundedOrder {
        try await store.read { transaction throws in
            try transaction.refundedOrder(of: try #require(try transaction.conversion(eventID)))
        }
    }

    @Test("a refund finds its order's purchase and the refunds before it, each once")
    func order() async throws {
        let temporary = try TemporaryStore()
        let quarantined = #"{"consent":"granted","forward":false,"reason":"quarantined"}"#
        let store = try await Self.store(
            temporary,
            [
                Self.event("Purchase", id: "bad", own: quarantined), Self.event("Purchase", id: "p"),
                Self.event("Refund", id: "r1", value: "2"), Self.event("Purchase", id: "other", order: "8"),
                Self.event("Refund", id: "r1", value: "2"), Self.event("Refund", id: "r2", value: "3"),
                Self.event("Refund", id: "x", order: "9"), Self.event("Refund", id: "y", value: "1", own: quarantined),
                Self.event("Refund", id: "r3", value: "4"),
            ])
        let first = try await Self.order(store, 2)
        #expect(first.purchase?.eventID == 1 && first.earlier.isEmpty && !first.isRepeat)
        let again = try await Self.order(store, 4)
        #expect(again.isRepeat && again.earlier.map(\.eventID) == [2])
        let last = try await Self.order(store, 8)
        #expect(last.purchase?.eventID == 1 && last.earlier.map(\.eventID) == [2, 5] && !last.isRepeat)
        let stranger = try await Self.order(store, 6)
        #expect(stranger.purchase == nil && stranger.earlier.isEmpty)
        await store.close()
    }

    @Test("refunds lower the revenue at their own time, and one of which it can't be told how much is said")
    func figures() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ad = EntityRef(.ad, "11")
        let events: [(OwnCount, Int64, Int64?, String?)] = [
            (.purchase, now, 1_000, "EUR"), (.purchase, now, 500, "USD"), (.refund, now + 10, 300, "EUR"),
            (.refund, now + 10, 0, nil),
            (.refund, now + 10, 600, "USD"), (.refund, now + 99, nil, "EUR"), (.refund, now + 10, .max, "JPY"),
        ]
        try await store.write { transaction throws in
            for (place, (count, atMs, value, currency)) in events.enumerated() {
                let own = OwnEvent(
                    count: count, entities: [ad, EntityRef(.adset, "21")], atMs: atMs, valueMinor: value, currency: currency)
                for _ in 0..<2 { try transaction.insertOwn(own, eventID: Int64(place), workspace: "w") }
            }
        }
        func figures(_ sinceMs: Int64, _ untilMs: Int64) async throws -> OwnFigures {
            try await store.read { try $0.ownFigures(workspace: "w", ref: ad, sinceMs: sinceMs, untilMs: untilMs) }
        }
        let first = try await figures(now, now + 10)
        #expect(first.revenueMinor == ["EUR": 1_000, "USD": 500] && first.refunds == 0 && first.purchases == 2)
        let both = try await figures(now, now + 50)
        #expect(both.revenueMinor == ["EUR": 700, "USD": -100, "JPY": -.max])
        #expect(both.refunds == 4 && both.refundsWithoutValue == 0 && both.latest == [.purchase: 1, .refund: 6])
        let after = try await figures(now + 10, now + 100)
        #expect(after.revenueMinor == ["EUR": -300, "USD": -600, "JPY": -.max] && after.refundsWithoutValue == 1)
        await store.close()
    }

    @Test(
        "an order that comes again under its own number is one that came before; under another id, or after a refusal, it is not")
    func repeated() async throws {
        let temporary = try TemporaryStore()
        let store = try await Self.store(
            temporary,
            [
                Self.event("Purchase", id: "7"), Self.event("Purchase", id: "7"), Self.event("Purchase", id: "web-7"),
                Self.event("Purchase", id: "web-7"), Self.event("Refund", id: "7"), Self.event("Purchase", id: "8", order: "8"),
                Self.event("Purchase", id: "8", order: "8"),
            ])
        try await store.write { try $0.setConversionState([5], .refused, reason: "2804019", traceID: nil, atMs: now) }
        let repeated = try await store.read { transaction throws in
            try (0..<7 as Range<Int64>).filter { try transaction.isRepeatedOrder($0) }
        }
        #expect(repeated == [1])
        #expect(try await store.read { try $0.repeatedOrders(among: Array(0..<7)) } == [1])
        #expect(try await store.read { try $0.repeatedOrders(among: []) }.isEmpty)
        await store.close()
    }

    @Test("what is known of a lead that a CRM names")
    func origin() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        _ = try await store.write { transaction throws in
            try transaction.storeLead(lead("1001"), people: [], workspace: "w", eventID: 1, nowMs: now)
        }
        let known = try await store.read { try $0.leadOrigin(workspace: "w", leadID: "1001") }
        #expect(known == LeadOrigin(createdAtMs: lead("1001").createdAtMs, isTest: lead("1001").isTest, isErased: false))
        #expect(try await store.read { try $0.leadOrigin(workspace: "v", leadID: "1001") } == nil)
        #expect(try await store.read { try $0.leadOrigin(workspace: "w", leadID: "1002") } == nil)
        await store.close()
    }
}
