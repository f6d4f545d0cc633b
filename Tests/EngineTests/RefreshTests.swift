import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Refresh: what was touched, and nothing else")
struct RefreshTests {
    private static let shipped = RefreshPolicy()

    @Test("the first touch is read at once, with the ad set and the campaign above, one call per level, and no other entity")
    func first() async throws {
        try await World.with(Setup { $0.refresh = Self.shipped }) { world in
            try await world.touch(.ad, "1111")
            try await eventually("the ad is read") { try await world.touched(.ad, "1111")?.lastReadAtMs != nil }
            try await world.settle()
            for (level, id) in [(EntityLevel.ad, "1111"), (.adset, "111"), (.campaign, "11")] {
                let row = try #require(try await world.touched(level, id))
                let readAtMs = try #require(row.lastReadAtMs)
                #expect(readAtMs < row.firstTouchedAtMs + 10_000 && row.eventCount == 1 && row.attempt == 1)
            }
            #expect(world.reads.map(\.op).sorted() == ["edge", "edge", "edge", "insights", "insights", "insights", "node"])
            let allowed: Set = ["1111", "111", "11", "act_1", "1"]
            #expect(world.reads.allSatisfy { Set($0.ids).isSubset(of: allowed) })
            #expect(world.reads.allSatisfy { $0.auth == "header" && $0.proof == "ok" && $0.token == "ok" })
            #expect(try await world.count("SELECT COUNT(*) FROM touched_entities") == 3)
            #expect(try await world.count("SELECT COUNT(*) FROM insight_reads") == 3)
            #expect(
                try await world.count("SELECT CAST(SUM(spend_minor) AS BIGINT) FROM metric_facts WHERE level = 'campaign'")
                    == 7_813)
        }
    }

    @Test(
        "touches that come while one waits are gathered into one read that names the first, the last and the number of its events"
    )
    func gathered() async throws {
        try await World.with(Setup { $0.refresh = RefreshPolicy(firstAtOnce: false) }) { world in
            var seqs: [Int64] = []
            for n in 1...10 { seqs.append(try await world.touch(.campaign, "11", n: n)) }
            try await world.settle()
            let waiting = try #require(try await world.touched(.campaign, "11"))
            #expect(waiting.eventCount == 10 && waiting.lastReadAtMs == nil && waiting.state == .open)
            #expect(waiting.dueAtMs == waiting.firstTouchedAtMs + 30_000)
            #expect(waiting.firstEventID == Transaction.eventID(seq: seqs[0], position: 0))
            #expect(waiting.lastEventID == Transaction.eventID(seq: seqs[9], position: 0))
            #expect(world.reads.isEmpty)
            try world.advance(ms: 30_000)
            try await eventually("it is read") { try await world.touched(.campaign, "11")?.lastReadAtMs != nil }
            #expect(world.insightReads.count == 1)
        }
    }

    @Test("a touch soon after a read waits for the floor; one that says the metric moved waits for the gathering only")
    func floor() async throws {
        try await World.with(Setup { $0.refresh = RefreshPolicy(followUpMs: []) }) { world in
            try await world.touch(.campaign, "11", n: 1)
            let readAtMs = try await eventually("it is read") { try await world.touched(.campaign, "11")?.lastReadAtMs }
            try await world.touch(.campaign, "11", n: 2)
            try await eventually("touched again") { try await world.touched(.campaign, "11")?.state == .open }
            #expect(try await world.touched(.campaign, "11")?.dueAtMs == readAtMs + 900_000)
            try await world.touch(.campaign, "11", n: 3, moved: true)
            let moved = try await eventually("it moved") { () async throws -> TouchedRow? in
                let row = try await world.touched(.campaign, "11")
                return row?.eventCount == 2 ? row : nil
            }
            #expect(moved.dueAtMs == moved.lastTouchedAtMs + 30_000)
            #expect(world.insightReads.count == 1)
            try world.advance(ms: 31_000)
            try await eventually("read again") { world.insightReads.count == 2 }
        }
    }

    @Test("an entity is read twice more after a touch, 15 and 60 minutes later, and then no more")
    func followUps() async throws {
        try await World.with(Setup { $0.refresh = Self.shipped }) { world in
            try await world.touch(.campaign, "11")
            var readAtMs: Int64 = 0
            for (step, waitMs) in [(1, Int64(900_000)), (2, 2_700_000)] {
                let row = try await eventually("follow-up \(step)") { () async throws -> TouchedRow? in
                    let row = try await world.touched(.campaign, "11")
                    return row?.followUp == step && row?.isLeased == false ? row : nil
                }
                readAtMs = try #require(row.lastReadAtMs)
                #expect(row.dueAtMs == readAtMs + waitMs && row.state == .open)
                try world.advance(ms: waitMs)
            }
            try await eventually("no more") { try await world.touched(.campaign, "11")?.state == .done }
            #expect(world.insightReads.count == 3)
        }
    }

    @Test("26 campaigns of one delivery: one call per level and shape; 0 is a row without the action, and no row is unknown")
    func golden() async throws {
        let leads = [145, 67, 203, 12, 0]
        let rule = try VersionedRule.when("leads", "last_7d", ">= 0", then: [.notify(destination: "nobody")], mode: .dryRun)
        try await World.with(Setup([rule]), scene: Scene.campaigns(26, leads: leads, withoutRow: 1)) { world in
            try await world.deliver(Scene.touch(.campaign, (0..<26).map { "\(1000 + $0)" }, n: 1))
            try await eventually("all are read") { try await world.executions().count == 26 }
            try await world.settle()
            #expect(world.insightReads.count == 1)
            #expect(world.reads.filter { $0.op == "edge" }.count == 1)
            #expect(world.insightReads[0].ids.count == 25)
            let truths = try await world.executions().map(\.truth)
            #expect(truths.filter { $0 == "true" }.count == 25)
            #expect(truths.filter { $0.hasPrefix("unknown") }.count == 1)
            let stored = try await world.store.read { transaction in
                try transaction.run("SELECT entity_id, actions FROM metric_facts WHERE is_empty = 0 ORDER BY entity_id").map {
                    try $0.text("actions")
                }
            }
            #expect(stored.count == 25)
            for (n, count) in leads.enumerated() { #expect(stored[n].contains("\(count)") == (count > 0), "\(stored[n])") }
            #expect(try await world.count("SELECT COUNT(*) FROM metric_facts WHERE entity_id = '1025' AND is_empty = 0") == 0)
            #expect(try await world.count("SELECT COUNT(*) FROM metric_facts WHERE entity_id = '1025' AND is_empty = 1") == 8)
        }
    }

    @Test("a second read of the same figures stores no fact; changed figures are a new version beside the old one")
    func versions() async throws {
        try await World.with { world in
            try await world.touch(.campaign, "11", n: 1)
            try await eventually("read") { world.insightReads.count == 1 }
            try await world.settle()
            let first = try await world.count("SELECT COUNT(*) FROM metric_facts")
            try await world.touch(.campaign, "11", n: 2)
            try await eventually("read again") { world.insightReads.count == 2 }
            try await world.settle()
            #expect(try await world.count("SELECT COUNT(*) FROM metric_facts") == first)
            try world.emulator.addInsights(yaml: #"[{level: ad, id: "1111", day: -1, impressions: 5, spend: "1.00"}]"#)
            try await world.touch(.campaign, "11", n: 3)
            try await eventually("read a third time") { world.insightReads.count == 3 }
            try await world.settle()
            #expect(try await world.count("SELECT COUNT(*) FROM metric_facts") == first + 1)
            #expect(try await world.count("SELECT spend_minor FROM metric_facts WHERE version = 2") == 7_913)
            #expect(try await world.count("SELECT spend_minor FROM metric_facts WHERE version = 1 AND is_empty = 0") == 7_813)
        }
    }

    @Test(
        "an account's reads stay within what polling it would cost, over a restart too; they go on by themselves when the hour is over"
    )
    func callBudget() async throws {
        let setup = Setup { $0.pollsPerHour = 1 }
        try await World.with(setup) { world in
            for n in 1...4 {
                try await world.touch(.campaign, n % 2 == 1 ? "11" : "12", n: n)
                try await world.settle()
            }
            let waiting = try await eventually("one waits") { () async throws -> TouchedRow? in
                try await world.store.read {
                    try $0.touchedRows(state: .open, limit: 10).first { $0.reason?.hasPrefix("call_budget") == true }
                }
            }
            let before = world.reads.count
            #expect(before <= 6)
            #expect(waiting.dueAtMs > world.clock.nowMs() + 3_000_000)
            try await world.restart(setup)
            try await world.touch(.campaign, "11", n: 9)
            try await world.settle()
            #expect(world.reads.count == before)
            try await world.settle(untilMs: world.clock.nowMs() + 3_700_000)
            #expect(world.reads.count > before)
            #expect(try await world.store.read { try $0.touchedRows(state: .done, limit: 10).count } == 2)
        }
    }

    @Test("an event of an account that nobody owns is kept and listed, and nothing is read for it")
    func unassigned() async throws {
        try await World.with { world in
            let seq = try await world.touch(.campaign, "99", account: "999")
            try await eventually("decoded") { try await world.store.read { try $0.delivery(seq)?.decoded } == true }
            try await world.settle()
            let detail = try #require(try await world.store.read { try $0.event(Transaction.eventID(seq: seq, position: 0)) })
            #expect(detail.listing.event.workspace == Workspace.unassigned)
            #expect(detail.jobs.allSatisfy { $0.state == .done })
            #expect(try await world.count("SELECT COUNT(*) FROM touched_entities") == 0)
            #expect(world.emulator.log().isEmpty)
        }
    }

    @Test("an ad whose event names no account is asked for its account, and read there", arguments: [["1"], ["2", "1"]])
    func accountUnknown(accounts: [String]) async throws {
        try await World.with(Setup { $0.accounts = accounts }) { world in
            try await world.deliver(Scene.lead(1, ad: "1111"))
            try await eventually("the ad is read") { try await world.touched(.ad, "1111")?.lastReadAtMs != nil }
            try await world.settle()
            for (level, id) in [(EntityLevel.ad, "1111"), (.adset, "111"), (.campaign, "11")] {
                #expect(try await world.touched(level, id)?.accountID == "1")
                #expect(try await world.touched(level, id)?.state == .done)
            }
            #expect(world.reads.allSatisfy { $0.account == "1" || $0.path == "/1111" })
            #expect(world.reads.filter { $0.path == "/1111" }.count == (accounts.count > 1 ? 1 : 0))
        }
    }

    @Test("an entity that Meta does not show is dead with its reason, alone; the next event on it tries again")
    func invisible() async throws {
        try await World.with { world in
            try await world.touch(.campaign, "11", "4711", n: 1)
            try await eventually("given up") { try await world.touched(.campaign, "4711")?.state == .dead }
            try await world.settle()
            #expect(try await world.touched(.campaign, "4711")?.reason?.hasPrefix("entity_not_visible:") == true)
            #expect(try await world.touched(.campaign, "11")?.state == .done)
            let before = world.reads.count
            try await world.touch(.campaign, "4711", n: 2)
            try await eventually("asked again") { world.reads.count > before }
            try await world.settle()
            #expect(try await world.touched(.campaign, "4711")?.state == .dead)
        }
    }
}
