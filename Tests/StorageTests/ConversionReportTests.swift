import Core
import Storage
import TestSupport
import Testing

@Suite("Figures of conversions, on every engine")
struct ConversionReportTests {
    private static func tally(_ figures: ClosedRange<Int>, n: Int64 = 1, hour: Int64 = now / 3_600_000) -> ReportTally {
        var tally = ReportTally()
        let json = figures.map { #""k\#($0)":"x""# }.joined(separator: ",")
        guard let event = try? LedgerTests.conversion(order: nil, user: "{\(json)}") else { return tally }
        for _ in 0..<n { tally.add(event, workspace: "w", receivedAtMs: hour * 3_600_000) }
        return tally
    }

    @Test("figures are added to those that are there, however many at once")
    func tallies() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let (hour, big, small) = (now / 3_600_000, Self.tally(1...150), Self.tally(1...3, n: 2))
        let later = Self.tally(1...1, hour: hour + 1)
        try await store.write { transaction in
            for tally in [big, small, big, later, ReportTally()] { try transaction.add(tally) }
        }
        let all = try await store.read { try $0.tallies(ReportFilter()) }
        #expect(all.filter { $0.figure.hasPrefix("key.") }.count == 150)
        func n(_ rows: [ReportTally.Row], _ figure: String) -> Int64? { rows.first { $0.figure == figure }?.n }
        #expect(n(all, "key.k1") == 5 && n(all, "key.k3") == 4 && n(all, "key.k150") == 2 && n(all, "received") == 5)
        var first = ReportFilter(), foreign = ReportFilter()
        (first.sinceMs, first.untilMs) = (now, now + 3_600_000)
        foreign.source = "other"
        let (within, none) = (first, foreign)
        #expect(n(try await store.read { try $0.tallies(within) }, "key.k1") == 4)
        #expect(try await store.read { try $0.tallies(none) }.isEmpty)
        #expect(try await store.read { try $0.reportedSources(within).map(\.source) } == ["shop"])
        await store.close()
    }

    @Test("a figure that grows beyond all measure stands still and breaks nothing")
    func clamped() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        var tally = ReportTally()
        let event = try LedgerTests.conversion(order: nil, value: "9999999999")
        for _ in 0..<2_000 { tally.add(event, workspace: "w", receivedAtMs: now) }
        let rows = tally
        try await store.write { transaction in for _ in 0..<20 { try transaction.add(rows) } }
        let value = try await store.read { try $0.tallies(ReportFilter()) }.first { $0.figure == "value.EUR" }
        #expect((value?.n ?? 0) >= ReportTally.nMax && (value?.n ?? .max) <= 2 * ReportTally.nMax)
        await store.close()
    }

    @Test("what became of events, and how long Meta's answer took, is told by name")
    func outcomes() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction in
            for number in 1...6 as ClosedRange<Int64> {
                try LedgerTests.store(try LedgerTests.conversion(order: "A\(number)"), number, in: transaction)
            }
            try transaction.setConversionState([1, 2, 3], .forwarded, reason: nil, traceID: "T", atMs: now + 5_000)
            try transaction.setConversionState([4], .forwarded, reason: nil, traceID: "T", atMs: now + 250_000)
            try transaction.refuseConversions([5], Reason("bad", "It is bad."), atMs: now)
        }
        var filter = ReportFilter()
        filter.sinceMs = now
        let report = try await store.report(filter)
        let section = try #require(report.sections.first)
        #expect(report.sections.count == 1 && section.received == 6)
        #expect(
            Dictionary(uniqueKeysWithValues: section.outcomes.map { ($0.state, $0.events) }) == [
                .forwarded: 4, .refused: 1, .waiting: 1,
            ])
        #expect(section.outcomes.first { $0.state == .refused }?.reason == "bad")
        #expect(ReportAge.quantile(0.5, of: section.delays) == 10 && ReportAge.quantile(0.95, of: section.delays) == 300)
        #expect(section.lastAcceptedMs == now + 250_000)
        filter.sinceMs = now + 3_600_000
        #expect(try await store.report(filter).sections.isEmpty)
        await store.close()
    }

    @Test("a purchase that came under two ids is named: by its order, or by person, amount and time")
    func doubles() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let seconds = now / 1_000
        let rows: [(ConversionEvent, [String])] = [
            (try LedgerTests.conversion(order: "A1", id: "browser-1"), []),
            (try LedgerTests.conversion(order: "A1", id: "server-1"), []),
            (try LedgerTests.conversion(order: "A2", id: "x", at: seconds - 8 * 86_400), []),
            (try LedgerTests.conversion(order: "A2", id: "y"), []),
            (try LedgerTests.conversion(order: "A3", id: "z", own: LedgerTests.kept), []),
            (try LedgerTests.conversion(order: "A3", id: "zz"), []),
            (try LedgerTests.conversion(order: nil, id: "p1", value: "7.5"), ["em:a", "ph:a"]),
            (try LedgerTests.conversion(order: nil, id: "p2", value: "7.5", at: seconds - 500), ["em:a", "ph:a"]),
            (try LedgerTests.conversion(order: nil, id: "p3", value: "7.5", at: seconds - 5_000), ["em:a"]),
            (try LedgerTests.conversion(order: nil, id: "p4", value: "8", at: seconds), ["em:a"]),
            (try LedgerTests.conversion(order: nil, id: "p5", value: "7.5", at: seconds), ["em:b"]),
        ]
        try await store.write { transaction in
            for (number, row) in rows.enumerated() {
                try LedgerTests.store(row.0, Int64(number + 1), people: row.1, in: transaction)
            }
        }
        let doubles = try await store.read { try $0.doubles(ReportFilter()) }
        #expect(doubles.map(\.sign) == [.order, .person])
        #expect(doubles.first?.orderKey == "A1" && doubles.first?.ids == ["browser-1", "server-1"])
        #expect(Set(doubles.last?.ids ?? []) == ["p1", "p2"])
        await store.close()
    }

    // MARK: what a sender asks

    @Test("a source is told of its own events under an id, with every name and how often they came again")
    func told() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction in
            try transaction.insertConversion(
                try LedgerTests.conversion(order: nil, id: "e1").facts, people: [], workspace: "w", eventID: 4_096,
                receivedAtMs: now)
            try transaction.insertConversion(
                try LedgerTests.conversion(order: nil, id: "e1", name: "AddToCart").facts, people: [], workspace: "w",
                eventID: 4_097,
                receivedAtMs: now)
            try transaction.insertConversion(
                try LedgerTests.conversion(order: nil, id: "e1", source: "other").facts, people: [], workspace: "w",
                eventID: 4_098,
                receivedAtMs: now)
            _ = try transaction.newEvents(
                among: [ToldEvent(id: 4_096, workspace: "w", dedupeKey: "conv:987:Purchase:e1")], nowMs: now)
            try LedgerTests.repeated(try LedgerTests.conversion(order: nil, id: "e1"), 8_192, in: transaction)
        }
        let told = try await store.read { try $0.told(source: "shop", conversionID: "e1") }
        #expect(told.map(\.conversion.eventName) == ["AddToCart", "Purchase"] && told.map(\.repeats) == [0, 1])
        #expect(told.allSatisfy { $0.stored() == nil })
        #expect(try await store.read { try $0.told(source: "other", conversionID: "e1").count } == 1)
        #expect(try await store.read { try $0.told(source: "shop", conversionID: "e2").isEmpty })
        await store.close()
    }
}
