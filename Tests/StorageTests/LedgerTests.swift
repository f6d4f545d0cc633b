import Core
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("The ledger of orders, on every engine")
struct LedgerTests {
    static let sent = #"{"consent":"granted","forward":true}"#
    static let kept = #"{"consent":"dropped","forward":false,"reason":"no_consent"}"#

    static func conversion(
        order: String?, id: String? = nil, name: String = "Purchase", source: String = "shop", dataset: String = "987",
        user: String = "{}", value: String = "1", at seconds: Int64 = now / 1_000, own: String = sent
    ) throws -> ConversionEvent {
        let orderID = order.map { #""order_id":"\#($0)","# } ?? ""
        let event =
            #"{"event_name":"\#(name)","event_time":\#(seconds),\#(id.map { #""event_id":"\#($0)","# } ?? "")"#
            + #""user_data":\#(user),"custom_data":{\#(orderID)"value":\#(value),"currency":"EUR"},"_touchstone":\#(own)}"#
        return try #require(
            ConversionDecoder.decode(
                body: Array(#"{"data":[\#(event)]}"#.utf8), dataset: dataset, source: source, receivedAtMs: now,
                digest: { _ in "digest" }
            ).first)
    }

    /// As the decoder stores it, with a job that will take it further.
    static func store(
        _ conversion: ConversionEvent, _ id: Int64, people: [String] = [], in transaction: Transaction
    ) throws {
        try transaction.insertConversion(conversion.facts, people: people, workspace: "w", eventID: id, receivedAtMs: now)
        try transaction.run(
            """
            INSERT INTO jobs (id, event_id, workspace_id, route, state, due_at)
            VALUES (\(id * 64), \(id), 'w', 'sales', \(conversion.facts.forward ? "open" : "done"), \(now))
            """)
        var tally = ReportTally()
        tally.add(conversion, workspace: "w", receivedAtMs: now)
        try transaction.add(tally)
    }

    static func repeated(_ conversion: ConversionEvent, _ id: Int64, in transaction: Transaction) throws {
        let first: Int64 = 1
        _ = try transaction.newEvents(
            among: [ToldEvent(id: first, workspace: "w", dedupeKey: conversion.event.dedupeKey)], nowMs: now)
        try transaction.insertRepeat(conversion, workspace: "w", eventID: id, receivedAtMs: now)
    }

    static var filter: LedgerFilter {
        var filter = LedgerFilter(workspace: "w", source: "shop")
        filter.eventName = "Purchase"
        return filter
    }

    @Test("the ledger counts every order once, and adds up")
    func balance() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction in
            for number in 1...10 as ClosedRange<Int64> {
                try Self.store(try Self.conversion(order: "A\(number)", id: "e\(number)"), number, in: transaction)
            }
            try transaction.setConversionState(Array(1...4), .forwarded, reason: nil, traceID: "T", atMs: now)
            try transaction.refuseConversions([5], Reason("bad", "It is bad."), atMs: now)
            try Self.store(try Self.conversion(order: "A11", own: Self.kept), 11, in: transaction)
            // the same order twice, an event that is no order, another shop's, another name's
            try Self.store(try Self.conversion(order: "A1", id: "e1b", own: Self.kept), 12, in: transaction)
            try Self.store(try Self.conversion(order: nil), 13, in: transaction)
            try Self.store(try Self.conversion(order: "B1", source: "other"), 14, in: transaction)
            try Self.store(try Self.conversion(order: "B2", name: "AddToCart"), 15, in: transaction)
            // told under the id of another order's event, and under its own a second time
            try Self.repeated(try Self.conversion(order: "A12", id: "e1"), 16, in: transaction)
            try Self.repeated(try Self.conversion(order: "A2", id: "e2"), 17, in: transaction)
        }
        let ledger = try await store.ledger(Self.filter)
        #expect(ledger.faults == [])
        #expect(ledger.orders == 12 && ledger.eventsWithoutOrder == 1)
        #expect(["accepted", "waiting", "quarantined", "left_out"].map(ledger.count) == [4, 5, 1, 2])
        #expect(ledger.reasons("quarantined").map(\.reason) == ["bad"])
        #expect(Set(ledger.reasons("left_out").map(\.reason)) == ["no_consent", "duplicate_event_id"])
        var all = Self.filter, of = Self.filter, none = Self.filter
        all.eventName = nil
        of.dataset = "1"
        none.untilMs = now
        let orders = [try await store.ledger(all), try await store.ledger(of), try await store.ledger(none)].map(\.orders)
        #expect(orders == [13, 0, 0])
        await store.close()
    }

    @Test(
        "a row that is changed or taken away behind the gateway's back shows",
        arguments: [
            "UPDATE conversion_events SET state = 'forwarded' WHERE event_id = 3",
            "UPDATE conversion_events SET state = 'waiting' WHERE event_id = 1",
            "UPDATE conversion_events SET state = 'left_out', reason = 'no_consent' WHERE event_id = 1",
            "UPDATE conversion_events SET forwarded_at = NULL WHERE event_id = 1",
            "UPDATE jobs SET state = 'dead' WHERE event_id = 2",
            "DELETE FROM conversion_events WHERE event_id = 2",
        ] as [Statement])
    func falsified(_ change: Statement) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction in
            for number in 1...3 as ClosedRange<Int64> {
                try Self.store(
                    try Self.conversion(order: "A\(number)", own: number == 3 ? Self.kept : Self.sent), number, in: transaction)
            }
            try transaction.setConversionState([1], .forwarded, reason: nil, traceID: "T", atMs: now)
            try transaction.run("UPDATE jobs SET state = 'done' WHERE event_id = 1")
        }
        #expect(try await store.ledger(Self.filter).balances)
        try await store.write { _ = try $0.run(change) }
        let ledger = try await store.ledger(Self.filter)
        #expect(!ledger.balances && ledger.faults.count == 1)
        await store.close()
    }

    @Test("what was told again goes with the event that it repeats: the ledger adds up after rows were pruned")
    func pruned() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        let day: Int64 = 86_400_000
        try await store.write { transaction in
            try Self.store(try Self.conversion(order: "A1", id: "e1"), 1, in: transaction)
            try transaction.setConversionState([1], .forwarded, reason: nil, traceID: "T", atMs: now)
            try transaction.run("UPDATE jobs SET state = 'done'")
            let again = try Self.conversion(order: "A2", id: "e1")
            _ = try transaction.newEvents(
                among: [ToldEvent(id: 1, workspace: "w", dedupeKey: again.event.dedupeKey)], nowMs: now)
            try transaction.insertRepeat(again, workspace: "w", eventID: 9_000, receivedAtMs: now + day)
        }
        let before = try await store.ledger(Self.filter)
        #expect(before.balances && before.orders == 2)
        let atMs = now + RetentionPolicy().conversionsMs + day / 2
        try await store.write { transaction in
            for table in [PrunedTable.conversionTallies, .conversionRepeats, .conversions] {
                _ = try transaction.prune(table, RetentionPolicy(), nowMs: atMs)
            }
        }
        let after = try await store.ledger(Self.filter)
        #expect(after.orders == 0 && after.faults == [])
        await store.close()
    }

    @Test("what goes while the ledger is read is no fault of it")
    func meanwhile() async throws {
        let temporary = try TemporaryStore()
        let location = temporary.location
        let hasGone = Mutex(false)
        let store = try Store.open(try temporary.options()) { role throws(StoreError) in
            WatchedDriver(try location.connect(role)) { call throws(StoreError) in
                guard case .run(let statement) = call, statement.text.contains("ORDER BY c.order_key"),
                    hasGone.withLock({ gone in
                        defer { gone = true }
                        return !gone
                    })
                else { return }
                let other = try location.connect(.setup)
                defer { other.close() }
                _ = try other.run("DELETE FROM conversion_events WHERE event_id = 2")
                _ = try other.run("DELETE FROM conversion_tallies")
            }
        }
        try await store.write { transaction in
            for number in 1...3 as ClosedRange<Int64> {
                try Self.store(try Self.conversion(order: "A\(number)"), number, in: transaction)
            }
        }
        let ledger = try await store.ledger(Self.filter)
        #expect(hasGone.withLock { $0 } && ledger.orders == 2 && ledger.faults == [])
        await store.close()
    }

    @Test("orders are read a page at a time, and an order across two pages is one")
    func pages() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction in
            for number in 0..<20 as Range<Int64> {
                try Self.store(try Self.conversion(order: "A\(number / 3)", id: "e\(number)"), number + 1, in: transaction)
            }
        }
        for limit in [1, 4, 19, 20, 21] {
            var place: LedgerPage.Place?
            var ledger = Ledger(orders: 7, eventsWithoutOrder: 0, eventsMissing: 0)
            repeat {
                let after = place
                let page = try await store.read { try $0.ledgerPage(Self.filter, upTo: .max, after: after, limit: limit) }
                for entry in page.entries { ledger.add(entry) }
                place = page.next
            } while place != nil
            ledger.close()
            #expect(ledger.balances && ledger.count("waiting") == 7, "\(limit)")
        }
        await store.close()
    }

    @Test("every order of a shop's file is found by its key, in whatever source, or named as missing")
    func reconciling() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction in
            for number in 1...1_300 as ClosedRange<Int64> where number % 13 != 0 {
                let source = number % 2 == 0 ? "shop" : "other"
                try Self.store(try Self.conversion(order: "A\(number)", source: source), number, in: transaction)
            }
            try Self.repeated(try Self.conversion(order: "A13", id: "e1"), 2_000, in: transaction)
            // of an event whose row is gone: it accounts for nothing
            try transaction.insertRepeat(
                try Self.conversion(order: "A26", id: "e26"), workspace: "w", eventID: 2_001, receivedAtMs: now)
        }
        let text = "order_id\n" + (2...1_301).map { "A\($0)" }.joined(separator: "\n")
        let file = try LedgerFile(Array(text.utf8), column: "order_id", digest: { _ in "" })
        var other = Self.filter
        other.source = "other"
        let found = try await store.reconcile(file, [Self.filter, other], wantsExtra: true)
        #expect(found.missing.map(\.id) == (2...100).map { "A\($0 * 13)" } + ["A1301"])
        #expect(found.count("waiting") == 1_199 && found.count("left_out") == 1)
        #expect(found.extra == ["A1"])
        await store.close()
    }
}
