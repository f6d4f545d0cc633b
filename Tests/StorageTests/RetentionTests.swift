import Core
import Storage
import TestSupport
import Testing

@Suite("Retention")
struct RetentionTests {
    static let day: Int64 = 86_400_000
    static let later = now + 1_000 * day

    @Test("what is old and finished goes, table by table; what is young stays", arguments: PrunedTable.allCases)
    func oldAndYoung(table: PrunedTable) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        // Old, then young enough for every table, then a newest delivery, which always stays.
        for atMs in [now, Self.later - Self.day, Self.later] { try await Self.fill(store, at: atMs) }
        let before = try await Self.rows(of: table, store)
        #expect(before == 3)
        let count = try await store.write { try $0.prune(table, RetentionPolicy(), nowMs: Self.later) }
        #expect(count == 1)
        #expect(try await Self.rows(of: table, store) == 2)
        #expect(try await store.write { try $0.prune(table, RetentionPolicy(), nowMs: Self.later) } == 0)
        await store.close()
    }

    @Test("what is open or held stays whatever its age, and with it what it needs", arguments: [QueueState.open, .held])
    func openAndHeld(state: QueueState) async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        for atMs in [now, Self.later] { try await Self.fill(store, at: atMs) }
        // The message of the old event is not finished: the event, its bytes, its lead and its comment are needed.
        try await store.write { transaction throws in
            _ = try transaction.run("UPDATE outbox SET state = \(state.rawValue) WHERE created_at = \(now)")
        }
        let report = try await store.write { try $0.prune(RetentionPolicy(), nowMs: Self.later) }
        let kept: [PrunedTable] = [.deliveries, .events, .outbox, .sendAttempts, .leads, .engagements, .conversions, .executions]
        for table in PrunedTable.allCases { #expect(report.deleted[table] == (kept.contains(table) ? 0 : 1)) }
        #expect(try await store.count("SELECT COUNT(*) AS count FROM jobs") == 2)

        // The same when a job is not finished.
        try await store.write { transaction throws in
            try transaction.run("UPDATE outbox SET state = 'done', event_id = NULL, action_id = NULL")
            try transaction.run("UPDATE jobs SET state = \(state.rawValue) WHERE id = (SELECT MIN(id) FROM jobs)")
        }
        let second = try await store.write { try $0.prune(RetentionPolicy(), nowMs: Self.later) }
        for table in [PrunedTable.deliveries, .events, .leads, .engagements, .conversions] { #expect(second.deleted[table] == 0) }
        #expect(second.deleted[.outbox] == 1)

        try await store.write { _ = try $0.run("UPDATE jobs SET state = 'dead'") }
        let third = try await store.write { try $0.prune(RetentionPolicy(), nowMs: Self.later) }
        for table in [PrunedTable.deliveries, .events, .leads, .engagements, .conversions] { #expect(third.deleted[table] == 1) }
        #expect(try await store.count("SELECT COUNT(*) AS count FROM person_keys WHERE event_id < 8192") == 0)
        #expect(try await store.count("SELECT COUNT(*) AS count FROM person_keys") > 0)
        await store.close()
    }

    @Test("an undecoded delivery stays, raw bytes stay for 8 days whatever the policy, and the newest stays for good")
    func deliveries() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        var policy = RetentionPolicy()
        policy.deliveriesMs = 0
        var seqs: [Int64] = []
        for _ in 0..<3 { seqs.append(try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)) }
        func prune(_ atMs: Int64) async throws -> Int {
            try await store.write { [policy] in try $0.prune(.deliveries, policy, nowMs: atMs) }
        }
        #expect(try await prune(now + 9 * Self.day) == 0)
        for seq in seqs {
            try await store.write { try $0.finishDecoding(seq, events: 0, duplicates: 0, reason: nil) }
        }
        // Where whole days are dropped, single rows have two days more.
        let keptMs = (store.isShared ? 10 : 8) * Self.day
        #expect(try await prune(now + keptMs) == 0)
        #expect(try await prune(now + keptMs + 1) == 2)
        await store.close()
        let again = try temporary.open(bootID: "boot-2")
        #expect(try await again.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) == seqs[2] + 1)
        await again.close()
    }

    @Test("few at a time, the oldest first, and says when there is more")
    func limit() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        var events: [Int64] = []
        for _ in 0..<7 { events += try await store.decoded("{}", events: 2) }
        try await store.write { [events] transaction throws in
            try transaction.run("UPDATE jobs SET state = 'done'")
            let first = try transaction.prune(RetentionPolicy(), nowMs: Self.later, limit: 4)
            #expect(!first.isComplete)
            #expect(first.deleted[.deliveries] == 4)
            #expect(first.deleted[.events] == 4)
            #expect(
                try transaction.run("SELECT MIN(id) AS id FROM events")[0].int64("id") == events[4]
            )
            #expect(try transaction.run("SELECT COUNT(*) AS count FROM jobs")[0].int64("count") == 10)
            var report = first, calls = 1
            while !report.isComplete {
                report = try transaction.prune(RetentionPolicy(), nowMs: Self.later, limit: 4)
                calls += 1
            }
            #expect(calls == 4)
            #expect(try transaction.run("SELECT 1 FROM events").isEmpty)
            #expect(try transaction.deliveryCount() == 1)
        }
        await store.close()
    }

    @Test("of a figure's versions the replaced go first, the newest stays as long as figures do")
    func versions() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await store.write { transaction throws in
            for impressions in [1, 2, 3] as [Int64] { try Self.storeFact(transaction, impressions: impressions, atMs: now) }
        }
        func prune(_ days: Int64) async throws -> [Int64] {
            try await store.write { transaction throws in
                _ = try transaction.prune(.metricFacts, RetentionPolicy(), nowMs: now + days * Self.day + 1)
                return try transaction.run("SELECT version FROM metric_facts ORDER BY version").map { try $0.int64("version") }
            }
        }
        #expect(try await prune(89) == [1, 2, 3])
        #expect(try await prune(90) == [3])
        #expect(try await prune(399) == [3])
        #expect(try await prune(400) == [])
        await store.close()
    }

    @Test("every table with an end has its rows in the test above")
    func tables() async throws {
        let temporary = try TemporaryStore()
        let store = try temporary.open()
        try await Self.fill(store, at: now)
        for table in PrunedTable.allCases { #expect(try await Self.rows(of: table, store) == 1) }
        await store.close()
    }

    private static func rows(of table: PrunedTable, _ store: Store) async throws -> Int {
        try await store.read { transaction throws in
            let query: Statement =
                switch table {
                case .eventKeys: "SELECT 1 FROM event_keys"
                case .deliveries: "SELECT 1 FROM deliveries"
                case .events: "SELECT 1 FROM events"
                case .outbox: "SELECT 1 FROM outbox"
                case .sendAttempts: "SELECT 1 FROM send_attempts"
                case .apiLogs: "SELECT 1 FROM api_logs"
                case .metricFacts: "SELECT 1 FROM metric_facts"
                case .insightReads: "SELECT 1 FROM insight_reads"
                case .executions: "SELECT 1 FROM rule_executions"
                case .leads: "SELECT 1 FROM leads"
                case .engagements: "SELECT 1 FROM social_engagements"
                case .conversionTallies: "SELECT 1 FROM conversion_tallies"
                case .conversionRepeats: "SELECT 1 FROM conversion_repeats"
                case .conversions: "SELECT 1 FROM conversion_events"
                case .ownEvents: "SELECT 1 FROM own_events"
                case .clickIDs: "SELECT 1 FROM click_ids"
                case .callbacks: "SELECT 1 FROM callbacks"
                }
            return try transaction.run(query).count
        }
    }

    private static func storeFact(_ transaction: Transaction, impressions: Int64, atMs: Int64, entity: String = "11") throws {
        let day = try #require(AccountDay(text: "2026-09-01"))
        let fact = Fact(
            id: 0, level: .ad, entityID: entity, dateStart: day, dateStop: day, isEmpty: false, impressions: impressions,
            clicks: 1,
            linkClicks: 1, reach: nil, spendMinor: 1, actions: [:])
        _ = try transaction.storeFacts(
            [fact], workspace: "w", accountID: "1", currency: "EUR", attribution: "default", readID: 1, nowMs: atMs)
    }

    /// One finished row of a time in every table.
    static func fill(_ store: Store, at atMs: Int64) async throws {
        let event = try await store.decoded("{}", events: 1, at: atMs)[0]
        try await store.write { transaction throws in
            let id = try transaction.nextID(atMs)
            try transaction.run("UPDATE jobs SET state = 'done' WHERE event_id = \(event)")
            try transaction.insertExecution(
                RuleExecution(
                    id: id, workspace: "w", rule: "r", version: "1", ref: EntityRef(.ad, "11"), accountID: "1", atMs: atMs,
                    truth: "true",
                    operands: "[]", evidence: [], decisions: "[]", firstEventID: nil, lastEventID: nil, reason: nil))
            try transaction.run(
                """
                INSERT INTO action_history (id, workspace_id, rule, version, execution_id, level, entity_id, account_id, action, field,
                    old_value, new_value, idempotency_key, mode, state, account_day, created_at)
                VALUES (\(id), 'w', 'r', '1', \(id), 'ad', '11', '1', 'pause', 'status', 'a', 'b', \("k\(id)"), 'live', 'done', '2026-09-01', \(atMs))
                """)
            let message = try transaction.enqueue(outboxMessage("m\(event)", .lead, event: event, action: id), nowMs: atMs)
            try transaction.run("UPDATE outbox SET state = 'done' WHERE event_id = \(event)")
            try transaction.insertAttempt(
                SendAttempt(
                    outboxID: try #require(message), workspace: "w", atMs: atMs, attempt: 1, status: 200, outcome: "sent",
                    durationMs: 1,
                    answer: nil))
            try transaction.insertApiLog(
                ApiLog(
                    workspace: "w", accountID: "1", atMs: atMs, purpose: "lead", method: "GET", path: "/1", status: 200,
                    code: nil,
                    subcode: nil, requestID: "r", rows: 1, durationMs: 1))
            try transaction.insertRead(
                InsightRead(
                    id: try transaction.nextID(atMs), workspace: "w", accountID: "1", level: .ad, query: "", requestID: "",
                    rows: 1, pages: 1,
                    fetchedAtMs: atMs))
            try storeFact(transaction, impressions: 1, atMs: atMs, entity: "\(event)")
            try transaction.storeLead(lead("\(event)"), people: ["em:\(event)"], workspace: "w", eventID: event, nowMs: atMs)
            _ = try transaction.storeEngagement(comment(), workspace: "w", eventID: event, nowMs: atMs)
            try transaction.insertConversion(
                facts(), people: ["em:\(event)"], workspace: "w", eventID: event, receivedAtMs: atMs)
            let conversion = try LedgerTests.conversion(order: nil)
            try transaction.insertRepeat(conversion, workspace: "w", eventID: event, receivedAtMs: atMs)
            try transaction.run(
                "INSERT INTO conversion_tallies VALUES ('w', 'shop', '987', 'Purchase', \(atMs / 3_600_000), 'received', 1)")
            try transaction.rememberPeople(["user:\(event)"], workspace: "w", eventID: event)
            try transaction.insertOwn(
                OwnEvent(count: .lead, entities: [EntityRef(.ad, "11")], atMs: atMs), eventID: event, workspace: "w")
            try transaction.rememberClick("c\(event)", entities: [EntityRef(.ad, "11")], workspace: "w", seenAtMs: atMs)
            _ = try transaction.insertCallback(
                code: "c\(event)", app: "main", kind: .dataDeletion, userID: "u", eventID: event, issuedAtMs: atMs,
                receivedAtMs: atMs)
            try transaction.finishCallback("c\(event)", erased: 0, nowMs: atMs)
        }
    }
}
