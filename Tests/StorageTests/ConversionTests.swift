import Core
import Storage
import TestSupport
import Testing

@Suite("Conversions")
struct ConversionTests {
    @Test("a conversion is stored once and waits; one that is not sent on says why")
    func insert() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let sent = facts(#""custom_data":{"value":12.5,"currency":"EUR"},"#)
        let kept = facts(own: #"{"consent":"dropped","forward":false,"reason":"no_consent"}"#)
        try await store.write { transaction throws in
            try transaction.insertConversion(sent, people: ["em:a"], workspace: "w", eventID: 1, receivedAtMs: now)
            try transaction.insertConversion(kept, people: ["em:a"], workspace: "w", eventID: 1, receivedAtMs: now)
            try transaction.insertConversion(kept, people: [], workspace: "w", eventID: 2, receivedAtMs: now)
        }
        let first = try #require(try await store.read { try $0.conversion(1) })
        #expect(first.state == .waiting)
        #expect(first.conversionID == "order-7")
        #expect(first.valueMinor == 1250)
        #expect(first.currency == "EUR")
        #expect(first.eventTimeSeconds == 1_789_999_000)
        #expect(first.consent == .granted)
        #expect(first.attributedBy == nil)
        let second = try #require(try await store.read { try $0.conversion(2) })
        #expect(second.state == .leftOut)
        #expect(second.reason == "no_consent")
        await store.close()
    }

    @Test("states, with what Meta called the answer")
    func states() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for id in 1...4 as ClosedRange<Int64> {
                try transaction.insertConversion(facts(), people: [], workspace: "w", eventID: id, receivedAtMs: now)
            }
            try transaction.setConversionState([1, 2], .forwarded, reason: nil, traceID: "T1", atMs: now + 5)
            try transaction.setConversionState([3], .refused, reason: "2804019", traceID: "T2", atMs: now + 6)
            try transaction.setConversionState([], .refused, reason: "none", traceID: nil, atMs: now)
        }
        let all = try await store.read { try $0.conversions(ConversionFilter(), limit: 9) }
        #expect(all.map(\.eventID) == [4, 3, 2, 1])
        #expect(all.map(\.state) == [.waiting, .refused, .forwarded, .forwarded])
        #expect(all.map(\.traceID) == [nil, "T2", "T1", "T1"])
        #expect(all.map(\.forwardedAtMs) == [nil, nil, now + 5, now + 5])
        var refused = ConversionFilter(), foreign = ConversionFilter(), named = ConversionFilter()
        refused.state = .refused
        foreign.dataset = "1"
        named.eventName = "Purchase"
        named.source = "shop"
        named.workspace = "w"
        named.sinceMs = now
        let filters = [refused, foreign, named]
        let ids = try await store.read { transaction throws in
            try filters.map { try transaction.conversions($0, limit: 2, before: 4).map(\.eventID) }
        }
        #expect(ids == [[3], [], [3, 2]])
        await store.close()
    }

    @Test(
        "an ad that an event names is found again by its click; a guess is not",
        arguments: [(AttributionMethod.named, true), (.url, true), (.lead, true), (.click, false), (.none, false)])
    func attribute(method: AttributionMethod, isRemembered: Bool) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let ad = [EntityRef(.ad, "11"), EntityRef(.campaign, "31")]
        try await store.write { transaction throws in
            try transaction.insertConversion(facts(), people: [], workspace: "w", eventID: 1, receivedAtMs: now)
            try transaction.attribute(
                Attribution(entities: ad, method: method, click: "fb.1.2.canary-click"), workspace: "w", eventID: 1, nowMs: now)
        }
        let stored = try #require(try await store.read { try $0.conversion(1) })
        #expect(stored.attributedBy == method)
        #expect(stored.adID == "11")
        #expect(stored.adsetID == nil)
        #expect(stored.campaignID == "31")
        let expected = isRemembered ? ad : []
        #expect(try await store.read { try $0.click("fb.1.2.canary-click", workspace: "w") } == expected)
        #expect(try await store.read { try $0.click("fb.1.2.canary-click", workspace: "v") } == [])
        #expect(try await store.read { try $0.click("fb.1.2.other", workspace: "w") } == [])
        await store.close()
        #expect(!temporary.filesHold("canary-click"))
    }

    @Test("many are attributed at once as each would be alone, none of another workspace; the last word on a click stays")
    func attributeMany() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let count: Int64 = 150
        @Sendable func ad(_ id: Int64) -> [EntityRef] { [EntityRef(.ad, "\(id)")] }
        @Sendable func attribution(_ id: Int64) -> Attribution {
            switch id % 3 {
            case 0: Attribution(entities: ad(id), method: .url, click: "click-\(id % 2)")
            case 1: Attribution(entities: [EntityRef(.campaign, "31")], method: .click, click: "guess-\(id)")
            case _: Attribution(entities: [], method: .none, click: nil)
            }
        }
        try await store.write { transaction throws in
            for id in 1...count {
                let workspace = id == 9 ? "v" : "w"
                try transaction.insertConversion(facts(), people: [], workspace: workspace, eventID: id, receivedAtMs: now)
            }
            try transaction.attribute(
                (1...count).map { AttributedEvent(eventID: $0, workspace: "w", attribution: attribution($0)) }, nowMs: now)
        }
        let rows = try await store.read { try $0.conversions(Array(1...count)) }
        for id in 1...count where id != 9 {
            let (row, expected) = (try #require(rows[id]), attribution(id))
            #expect(row.attributedBy == expected.method && row.adID == (id % 3 == 0 ? "\(id)" : nil), "\(id)")
            #expect(row.campaignID == (id % 3 == 1 ? "31" : nil) && row.adsetID == nil, "\(id)")
        }
        #expect(rows[9]?.attributedBy == nil && rows[9]?.adID == nil)
        let clicks = try await store.read { try $0.clicks(["click-0", "click-1", "guess-4", "other"], workspace: "w") }
        #expect(clicks == ["click-0": ad(150), "click-1": ad(147)])
        #expect(try await store.read { try $0.clicks([], workspace: "w") }.isEmpty)
        #expect(try await store.read { try $0.clicks(["click-0"], workspace: "v") }.isEmpty)
        await store.close()
    }

    @Test("the latest word on a click wins, and no ads are no word")
    func click() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            try transaction.rememberClick("c", entities: [EntityRef(.ad, "11")], workspace: "w", seenAtMs: now)
            try transaction.rememberClick("c", entities: [EntityRef(.adset, "21")], workspace: "w", seenAtMs: now + 1)
            try transaction.rememberClick("c", entities: [], workspace: "w", seenAtMs: now + 2)
        }
        #expect(try await store.read { try $0.click("c", workspace: "w") } == [EntityRef(.adset, "21")])
        await store.close()
    }
}
