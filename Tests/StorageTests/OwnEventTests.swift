import Core
import Storage
import TestSupport
import Testing

@Suite("Own figures")
struct OwnEventTests {
    private static let hour: Int64 = 3_600_000
    private static let (campaign, adset, ad) = (EntityRef(.campaign, "31"), EntityRef(.adset, "21"), EntityRef(.ad, "11"))

    private func open(_ temporary: TemporaryStore) async throws -> Store {
        let store = try temporary.open()
        try await store.write { transaction throws in
            for id in ["11", "12", "13"] {
                try transaction.storeEntity(
                    entity(.ad, id, campaign: "31", adset: id == "13" ? "22" : "21"), workspace: "w", fetchedAtMs: now)
            }
            for id in ["21", "22"] {
                try transaction.storeEntity(entity(.adset, id, campaign: "31"), workspace: "w", fetchedAtMs: now)
            }
            try transaction.storeEntity(entity(.ad, "19", campaign: "39", adset: "29"), workspace: "w", fetchedAtMs: now)
        }
        return store
    }

    private func figures(_ store: Store, _ ref: EntityRef, workspace: String = "w") async throws -> OwnFigures {
        try await store.read {
            try $0.ownFigures(workspace: workspace, ref: ref, sinceMs: now - Self.hour, untilMs: now + Self.hour)
        }
    }

    @Test("one comment under a post that backs three ads of one campaign is one of the campaign and one of each ad")
    func once() async throws {
        let temporary = try TemporaryStore()
        let store = try await open(temporary)
        let comment = OwnEvent(count: .comment, entities: ["11", "12", "13"].map { EntityRef(.ad, $0) }, atMs: now)
        try await store.write { transaction throws in
            for _ in 0..<2 { try transaction.insertOwn(comment, eventID: 77, workspace: "w") }
        }
        for (level, id) in [(.ad, "11"), (.ad, "12"), (.ad, "13"), (.adset, "21"), (.adset, "22"), (.campaign, "31")]
            as [(EntityLevel, String)]
        {
            let figures = try await figures(store, EntityRef(level, id))
            #expect(figures.comments == 1)
            #expect(figures.latest == [.comment: 77])
        }
        #expect(try await figures(store, EntityRef(.account, "1")).comments == 1)
        #expect(try await figures(store, EntityRef(.ad, "19")) == OwnFigures())
        #expect(try await figures(store, EntityRef(.campaign, "39")) == OwnFigures())
        #expect(try await figures(store, Self.campaign, workspace: "v") == OwnFigures())
        await store.close()
    }

    @Test("events of ads, of ad sets and of the campaign itself add up, and an ad has only its own")
    func levels() async throws {
        let temporary = try TemporaryStore()
        let store = try await open(temporary)
        try await store.write { transaction throws in
            for (event, ref) in [(1, Self.ad), (2, Self.adset), (3, Self.campaign), (4, EntityRef(.ad, "19"))]
                as [(Int64, EntityRef)]
            {
                try transaction.insertOwn(OwnEvent(count: .lead, entities: [ref], atMs: now), eventID: event, workspace: "w")
            }
        }
        #expect(try await figures(store, Self.ad).leads == 1)
        #expect(try await figures(store, Self.adset).leads == 2)
        #expect(try await figures(store, Self.campaign).leads == 3)
        #expect(try await figures(store, Self.campaign).latest == [.lead: 3])
        await store.close()
    }

    @Test("an event counts for a campaign from the moment that its ad is known to be there")
    func later() async throws {
        let temporary = try TemporaryStore()
        let store = try await open(temporary)
        try await store.write {
            try $0.insertOwn(OwnEvent(count: .lead, entities: [EntityRef(.ad, "14")], atMs: now), eventID: 1, workspace: "w")
        }
        #expect(try await figures(store, Self.campaign).leads == 0)
        try await store.write {
            try $0.storeEntity(entity(.ad, "14", campaign: "31", adset: "21"), workspace: "w", fetchedAtMs: now)
        }
        #expect(try await figures(store, Self.campaign).leads == 1)
        await store.close()
    }

    @Test("revenue is kept per currency, and a purchase without a value is said")
    func revenue() async throws {
        let temporary = try TemporaryStore()
        let store = try await open(temporary)
        let purchases: [(Int64?, String?)] = [
            (1_250, "EUR"), (750, "EUR"), (99, "USD"), (nil, "EUR"), (nil, nil), (.max, "JPY"), (.max, "JPY"), (-3, "SEK"),
        ]
        try await store.write { transaction throws in
            for (number, (value, currency)) in purchases.enumerated() {
                let own = OwnEvent(
                    count: .purchase, entities: [Self.ad, EntityRef(.ad, "12")], atMs: now, valueMinor: value, currency: currency)
                try transaction.insertOwn(own, eventID: Int64(number), workspace: "w")
            }
        }
        for ref in [Self.ad, Self.campaign] {
            let figures = try await figures(store, ref)
            #expect(figures.purchases == 8)
            #expect(figures.revenueMinor == ["EUR": 2_000, "USD": 99, "JPY": .max, "SEK": -3])
            #expect(figures.purchasesWithoutValue == 2)
            #expect(figures.latest == [.purchase: 7])
        }
        await store.close()
    }

    @Test("the window takes its beginning and leaves its end")
    func window() async throws {
        let temporary = try TemporaryStore()
        let store = try await open(temporary)
        try await store.write { transaction throws in
            for (event, atMs) in [(1, now - 1), (2, now), (3, now + 9), (4, now + 10)] as [(Int64, Int64)] {
                try transaction.insertOwn(
                    OwnEvent(count: .comment, entities: [Self.ad], atMs: atMs), eventID: event, workspace: "w")
            }
        }
        let figures = try await store.read { try $0.ownFigures(workspace: "w", ref: Self.ad, sinceMs: now, untilMs: now + 10) }
        #expect(figures.comments == 2)
        #expect(figures.latest == [.comment: 3])
        await store.close()
    }

    @Test("by the minute, each event once")
    func minutes() async throws {
        let temporary = try TemporaryStore()
        let store = try await open(temporary)
        let start = now - now % 60_000
        try await store.write { transaction throws in
            for (event, atMs, currency) in [(1, start, "EUR"), (2, start + 59_999, "USD"), (3, start + 180_000, "EUR")]
                as [(Int64, Int64, String)]
            {
                let own = OwnEvent(
                    count: .purchase, entities: [Self.ad, EntityRef(.ad, "13")], atMs: atMs, valueMinor: 100, currency: currency)
                try transaction.insertOwn(own, eventID: event, workspace: "w")
            }
        }
        let minutes = try await store.read {
            try $0.ownByMinute(workspace: "w", ref: Self.campaign, .purchase, sinceMs: start, untilMs: start + Self.hour)
        }
        #expect(
            minutes == [
                OwnMinute(startMs: start, count: 2, revenueMinor: ["EUR": 100, "USD": 100]),
                OwnMinute(startMs: start + 180_000, count: 1, revenueMinor: ["EUR": 100]),
            ])
        await store.close()
    }

    @Test("a workspace is known since it was first served")
    func since() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try transaction.rememberWorkspaces(["a"], nowMs: now)
            try transaction.rememberWorkspaces(["a", "b"], nowMs: now + 9)
            #expect(try transaction.workspaceSince("a") == now)
            #expect(try transaction.workspaceSince("b") == now + 9)
            #expect(try transaction.workspaceSince("c") == nil)
        }
        await store.close()
    }
}
