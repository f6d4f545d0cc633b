import Core
import Foundation
import Storage
import TestSupport
import Testing

/// As a BI tool looks at the database: through psql, with the schema's own names.
private struct Desk {
    let temporary: TemporaryStore

    static let isThere = ProcessInfo.processInfo.environment["TOUCHSTONE_TEST_POSTGRES"] != nil

    /// The rows of a query, each with its values by column.
    func rows(_ query: String) throws -> [[String: String]] {
        guard case .server(let address) = temporary.location else { return [] }
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["psql", "-X", "-q", "--csv", "-v", "ON_ERROR_STOP=1", address.url, "-c", query]
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PGOPTIONS": "-c search_path=reporting -c timezone=UTC"]) { $1 }
        process.standardOutput = output
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "psql refused: \(query)")
        let lines = text.split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        guard let names = lines.first else { return [] }
        return lines.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
    }

    /// The rows of a query of `fixtures/reporting/`, as it stands there.
    func rows(of file: String) throws -> [[String: String]] {
        try rows(String(decoding: Fixture.bytes("reporting/\(file).sql"), as: UTF8.self))
    }
}

@Suite("The schema reporting, on PostgreSQL", .enabled(if: Desk.isThere))
struct ReportingTests {
    private let desk: Desk
    private let store: Store
    /// Half an hour before the wall clock, by which the operators' queries count.
    private let thenMs = Int64(Date().timeIntervalSince1970 * 1000) - 1_800_000

    init() throws {
        desk = Desk(temporary: try TemporaryStore(engine: .postgresql))
        store = try desk.temporary.open()
    }

    private func account(_ id: String, _ currency: String) -> AdAccount {
        AdAccount(
            accountID: id, currency: currency, timezone: "Europe/Warsaw", status: 1, minDailyBudgetMinor: nil,
            purchaseAction: "omni_purchase", leadAction: "lead", knownActions: ["omni_purchase"], fetchedAtMs: thenMs)
    }

    /// Two campaigns looked at by one rule, at one time: one matched and was raised.
    private func evaluate(currency: String, old: String, new: String, ending state: ActionState) async throws {
        let budget = Decision(
            action: .adjustBudget(try BudgetChange(by: "+25%", to: nil, min: nil, max: nil)), target: EntityRef(.campaign, "11"),
            field: .dailyBudget, old: old, new: new, verdict: .act)
        try await store.write { [thenMs] transaction throws in
            try transaction.storeRule(
                workspace: "w", name: "raise", version: "v1", text: #"{"scope":{"level":"campaign"}}"#, mode: "active",
                nowMs: thenMs)
            try transaction.storeAccount(account("1", currency), workspace: "w")
            try transaction.storeEntity(entity(.campaign, "11", name: "Summer"), workspace: "w", fetchedAtMs: thenMs)
            for (id, truth, decisions) in [(1, "true", #"[{"outcome":"queued"},{"outcome":"nothing"}]"#), (2, "false", "[]")] {
                try transaction.insertExecution(
                    RuleExecution(
                        id: Int64(id), workspace: "w", rule: "raise", version: "v1", ref: EntityRef(.campaign, "1\(id)"),
                        accountID: "1", atMs: thenMs, truth: truth, operands: "[]", evidence: [], decisions: decisions,
                        firstEventID: nil, lastEventID: nil, reason: nil))
            }
            let action = try #require(
                try transaction.insertAction(
                    NewAction(
                        workspace: "w", rule: "raise", version: "v1", executionID: 1, accountID: "1", decision: budget,
                        idempotencyKey: "k", mode: "active", state: .queued, reason: nil, eventID: nil,
                        accountDay: AccountDay(number: 20_000)), nowMs: thenMs))
            try transaction.finishAction(
                action, state: state, reason: state == .failed ? "budget_too_low: Too low." : nil,
                readBack: state == .done ? new : nil, nowMs: thenMs)
        }
    }

    @Test("Check Rule Executions: one row per run of a rule, joined to the rule's name")
    func executions() async throws {
        try await evaluate(currency: "EUR", old: "20000", new: "25000", ending: .done)
        let rows = try desk.rows(of: "check-rule-executions")
        #expect(rows.count == 1)
        #expect(rows.first?["name"] == "raise")
        #expect(rows.first?["entities_checked"] == "2")
        #expect(rows.first?["entities_matched"] == "1")
        #expect(rows.first?["actions_taken"] == "1")
        #expect(rows.first?["status"] == "completed")
        #expect(try desk.rows(of: "debug-rule-not-executing").first?["status"] == "active")
        await store.close()
    }

    @Test(
        "Check Action History: budgets in major units by Meta's own offsets",
        arguments: [("EUR", "200.00", "250.00"), ("JPY", "20000.00", "25000.00"), ("HUF", "20000.00", "25000.00")])
    func history(currency: String, shownOld: String, shownNew: String) async throws {
        try await evaluate(currency: currency, old: "20000", new: "25000", ending: .done)
        let row = try #require(try desk.rows(of: "check-action-history").first)
        #expect(row["rule_id"] == "w/raise")
        #expect(row["entity_name"] == "Summer")
        #expect(row["action_type"] == "adjust_budget")
        #expect(row["old_value"] == shownOld)
        #expect(row["new_value"] == shownNew)
        #expect(row["status"] == "done")
        #expect(row["can_rollback"] == "t")
        #expect(try desk.rows(of: "check-failed-actions").isEmpty)
        await store.close()
    }

    @Test("Check Failed Actions: with the reason as error_message")
    func failures() async throws {
        try await evaluate(currency: "EUR", old: "20000", new: "25000", ending: .failed)
        let row = try #require(try desk.rows(of: "check-failed-actions").first)
        #expect(row["error_message"] == "budget_too_low: Too low.")
        #expect(row["can_rollback"] == "f")
        await store.close()
    }

    @Test("every currency has the offset that the program counts with")
    func currencies() async throws {
        let rows = try desk.rows("SELECT currency, minor_per_major FROM currencies")
        let shown = Dictionary(uniqueKeysWithValues: rows.map { ($0["currency"] ?? "", $0["minor_per_major"] ?? "") })
        #expect(shown == Dictionary(uniqueKeysWithValues: Currency.all.map { ($0.code, String($0.offset)) }))
        #expect(shown.count > 60)
        await store.close()
    }

    @Test("figures: the latest version of a day, money in major units, what was read and not there is 0")
    func figures() async throws {
        let day = AccountDay(number: 20_000)
        func fact(spend: Int64) throws -> Fact {
            let purchase = ActionCount(count: try #require(Scaled(3)), valueMinor: 32_813)
            return Fact(
                level: .campaign, entityID: "11", dateStart: day, dateStop: day, impressions: 100, spendMinor: spend,
                actions: ["omni_purchase": purchase])
        }
        let (first, second) = (try fact(spend: 100), try fact(spend: 4_217))
        let empty = Fact.empty(level: .campaign, entityID: "12", dateStart: day, dateStop: day)
        try await store.write { [thenMs] transaction throws in
            try transaction.storeAccount(account("1", "EUR"), workspace: "w")
            for facts in [[first], [second, empty]] {
                _ = try transaction.storeFacts(
                    facts, workspace: "w", accountID: "1", currency: "EUR", attribution: "default", readID: 1, nowMs: thenMs)
            }
        }
        let rows = try desk.rows(
            """
            SELECT entity_id, date_start, spend, purchases, purchase_value, leads, is_empty, actions -> 'omni_purchase' ->> 'value' AS value
            FROM metric_facts ORDER BY entity_id
            """)
        #expect(
            rows == [
                [
                    "entity_id": "11", "date_start": "2024-10-04", "spend": "42.17", "purchases": "3", "purchase_value": "328.13",
                    "leads": "", "is_empty": "f", "value": "328.13",
                ],
                [
                    "entity_id": "12", "date_start": "2024-10-04", "spend": "0.00", "purchases": "0", "purchase_value": "",
                    "leads": "",
                    "is_empty": "t", "value": "",
                ],
            ])
        await store.close()
    }

    @Test("no view shows what is sealed, a digest of a person, or a key that may hold one")
    func discretion() async throws {
        let columns = try desk.rows(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'reporting'")
        #expect(columns.count > 100)
        let secret = [
            "answers", "sealed", "blob", "author_digest", "order_key", "dedupe_key", "key", "click_digest", "conversion_id",
        ]
        #expect(columns.filter { $0["data_type"] == "bytea" || secret.contains($0["column_name"] ?? "") } == [])
        await store.close()
    }

    @Test("every view says what it shows, and a lead of it is there without its answers")
    func leads() async throws {
        let silent = try desk.rows(
            """
            SELECT viewname FROM pg_views WHERE schemaname = 'reporting' AND obj_description(('reporting.' || viewname)::regclass) IS NULL
            """)
        #expect(silent.isEmpty)
        let own = lead()
        _ = try await store.write { [thenMs] transaction throws in
            try transaction.storeLead(own, workspace: "w", eventID: 4096, nowMs: thenMs)
        }
        let row = try #require(try desk.rows("SELECT * FROM leads").first)
        #expect(row["lead_id"] == own.leadID)
        #expect(row["status"] == "stored")
        #expect(!row.values.contains { $0.contains("Ada") })
        #expect(row["created_at"]?.hasSuffix("+00") == true)
        await store.close()
    }

    @Test("conversions and events are there with their times and their money")
    func conversions() async throws {
        let ids = try await store.decoded("{}", events: 1)
        try await store.write { [thenMs] transaction throws in
            try transaction.insertConversion(
                facts(#""custom_data":{"value":19.99,"currency":"EUR"},"#), people: [], workspace: "w", eventID: ids[0],
                receivedAtMs: thenMs)
        }
        let row = try #require(try desk.rows("SELECT * FROM conversions").first)
        #expect(row["value"] == "19.99")
        #expect(row["status"] == "waiting")
        #expect(row["event_time"] == "2026-09-21 13:56:40+00")
        #expect(try desk.rows("SELECT status FROM events").first?["status"] == "open")
        await store.close()
    }
}
