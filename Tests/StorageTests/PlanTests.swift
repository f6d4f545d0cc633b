import Core
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("How the engine runs what is asked often")
struct PlanTests {
    /// Every statement that these calls make is asked for its plan; tables that stay small may be read from end to end.
    @Test("no table that grows is read from end to end", .enabled(if: TemporaryStore.engine == .sqlite))
    func noScans() async throws {
        let temporary = try TemporaryStore()
        let statements = Mutex<Set<String>>([])
        let path = temporary.path
        let store = try Store.open(try temporary.options()) { role throws(StoreError) in
            let driver = try SQLiteDriver(path: path, role: role)
            guard role == .writer else { return driver }
            return WatchedDriver(driver) { call throws(StoreError) in
                if case .run(let statement) = call { _ = statements.withLock { $0.insert(statement.text) } }
            }
        }
        for atMs in [now, RetentionTests.later] { try await RetentionTests.fill(store, at: atMs) }
        statements.withLock { $0 = [] }
        try await store.write { transaction throws in
            _ = try transaction.erase(people: ["em:x", "user:\(4096)"], workspace: "w", nowMs: now)
            _ = try transaction.erase(people: ["em:4096"], nowMs: now)
            _ = try transaction.retryEvents(EventFilter(), limit: 9, nowMs: now)
            _ = try transaction.retryEvents([4096], nowMs: now)
            for level in [EntityLevel.campaign, .adset, .ad] {
                let ref = EntityRef(level, "11")
                _ = try transaction.ownFigures(workspace: "w", ref: ref, sinceMs: 0, untilMs: now)
                _ = try transaction.ownByMinute(workspace: "w", ref: ref, .lead, sinceMs: 0, untilMs: now)
            }
            _ = try transaction.ads(backing: ["a", "b", "c"], workspace: "w")
            _ = try transaction.resolvedAd("a", workspace: "w")
            _ = try transaction.lead(workspace: "w", leadID: "1")
            _ = try transaction.lead(1)
            _ = try transaction.engagements(of: "1", workspace: "w")
            _ = try transaction.engagement(eventID: 1, workspace: "w")
            _ = try transaction.conversion(1)
            _ = try transaction.conversion(4096).map { try transaction.refundedOrder(of: $0) }
            _ = try transaction.isRepeatedOrder(4096)
            _ = try transaction.repeatedOrders(among: [4096, 8192])
            try transaction.redoRefunds(ofPurchases: [4096, 8192], nowMs: now)
            var ledger = LedgerTests.filter
            ledger.sinceMs = now
            let counts = try transaction.ledgerCounts(ledger)
            _ = try transaction.ledgerPage(ledger, upTo: counts.lastEventID, after: nil, limit: 9)
            _ = try transaction.ordersOnlyRepeated(ledger, upTo: counts.lastEventID)
            _ = try transaction.ledgerEntries(ledger, orders: ["A1"])
            _ = try transaction.leadOrigin(workspace: "w", leadID: "1")
            _ = try transaction.listQuarantine(QuarantineFilter(), place: .before(.max), limit: 9)
            _ = try transaction.quarantine(QuarantineFilter(), limit: 9)
            try transaction.supersede(by: [(1, "w", facts())], nowMs: now)
            try transaction.refuseConversions([4096], Reason("a", "b"), RefusedByMeta(path: nil, traceID: ""), atMs: now)
            _ = try transaction.retryEvents([4096], nowMs: now)
            _ = try transaction.clicks(["1", "2"], workspace: "w")
            _ = try transaction.attempts(of: 1)
            for conversions in [true, false] {
                _ = try transaction.nextDue(.outbox, conversions: conversions)
                _ = try transaction.claimOutbox(nowMs: now, leaseMs: 1, limit: 9, owner: "boot-1", conversions: conversions)
            }
            _ = try transaction.depth(.outbox)
            _ = try transaction.prune(RetentionPolicy(), nowMs: RetentionTests.later)
        }
        let frame = ["BEGIN", "SAVEPOINT", "RELEASE", "COMMIT"]
        let asked = statements.withLock { all in all.filter { text in !frame.contains { text.hasPrefix($0) } } }
        #expect(asked.count > 60)
        let driver = try SQLiteDriver(path: path, role: .reader)
        for statement in asked.sorted() {
            let plan = try driver.run(Statement(stringLiteral: "EXPLAIN QUERY PLAN " + statement)).map { try $0.text("detail") }
            let scans = plan.filter { $0.hasPrefix("SCAN") && !Self.isHarmless($0) }
            #expect(scans.isEmpty, "\(scans) in \(statement)")
        }
        driver.close()
        await store.close()
    }

    /// Rows of a subquery (`o`: orders of the ledger), the ends of an index, an index of the few rows that wait, and `callbacks`.
    private static func isHarmless(_ detail: String) -> Bool {
        ["SCAN once", "SCAN every", "SCAN (", "SCAN CONSTANT", "SCAN head", "SCAN callbacks"].contains { detail.hasPrefix($0) }
            || detail.contains("INDEX outbox_dead") || detail.contains("INDEX jobs_dead") || detail.contains("INDEX outbox_due")
            || detail == "SCAN o" || detail.contains("INDEX outbox_held") || detail.contains("INDEX outbox_order")
    }
}
