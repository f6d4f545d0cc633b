import Core
import Engine
import GraphEmulator
import Outbound
import Storage
import TestSupport
import Testing

@Suite("Rules on our own figures, at once")
struct OwnFigureTests {
    /// As shipped, but without follow-ups: a second read within a quarter of an hour does not happen.
    private static let floor = RefreshPolicy(followUpMs: [])

    private static func setup(_ rules: [VersionedRule], chain: [ChainStep] = ConversionScene.touching) -> Setup {
        Setup(rules) {
            $0.chains = [chain]
            $0.refresh = floor
        }
    }

    private func purchase(_ n: Int, ad: String = "1111", value: String? = "50.00", currency: String = "EUR") -> String {
        ConversionScene.event(id: "order-\(n)", url: "https://shop.example/?ad_id=\(ad)", value: value)
            .replacing("\"EUR\"", with: "\"\(currency)\"")
    }

    /// The ad, its ad set and its campaign are read; the number of insights reads that took.
    private func read(_ world: World, _ ad: String = "1111", _ campaign: String = "11") async throws -> Int {
        try await world.touch(.ad, ad)
        try await eventually("all are read") { try await world.touched(.campaign, campaign)?.lastReadAtMs != nil }
        try await world.settle()
        return world.insightReads.count
    }

    @Test("a lead acts at once, without a second read of insights, and the action names its event")
    func lead() async throws {
        let rule = try VersionedRule.when("own.leads", "today", ">= 1", then: [.pause])
        let chain = ["fetch_lead", "store_lead", "touch"].map { ChainStep(handler: $0) }
        try await World.with(Self.setup([rule], chain: chain), scene: LeadScene.scene()) { world in
            let reads = try await read(world)
            #expect(try await world.actions().isEmpty)
            let seq = try await world.deliver(Scene.lead(444, ad: "1111"))
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
            try await world.settle()
            #expect(world.insightReads.count == reads)
            let action = try #require(try await world.actions().first)
            #expect(try await world.actions().count == 1 && action.eventID == Transaction.eventID(seq: seq, position: 0))
            #expect(action.version == rule.rule.version && action.state == .done)
            let operand = try #require(try await world.operands().last)
            #expect(operand["left"]?.text == "at least 1")
            #expect(operand["own_events"]?[0]?.text == String(action.eventID ?? 0))
        }
    }

    @Test("own.roas is made with the spend last read, and says how old that is")
    func roas() async throws {
        let rule = try VersionedRule.when("own.roas", "last_7d+today", "> 1", then: [.budget(by: "+10%")])
        try await World.with(Self.setup([rule]), scene: ConversionScene.base) { world in
            let reads = try await read(world)
            let readAtMs = try #require(try await world.touched(.campaign, "11")?.lastReadAtMs)
            try world.passTime(ms: 12 * 60_000)
            try await world.convert([purchase(1)])  // 50.00 of 78.13
            try await eventually("evaluated") {
                try await world.operands().last?["left"]?.text?.hasPrefix("at least 0.63") == true
            }
            #expect(try await world.actions().isEmpty)
            try await world.convert([purchase(2)])
            try await eventually("raised") { world.emulator.entity("11")?.dailyBudget == "22000" }
            try await world.settle()
            #expect(world.insightReads.count == reads)
            let operand = try #require(try await world.operands().first { $0["truth"]?.text == "true" })
            #expect(operand["note"]?.text == "spend read 12 min ago")
            #expect(operand["spend_read_at_ms"]?.integer == readAtMs)
            #expect(try await world.actions().count == 1)
            let execution = try await world.count("SELECT execution_id FROM action_history")
            #expect(
                try await world.count("SELECT COUNT(*) FROM rule_executions WHERE id = \(execution) AND evidence <> '[]'") == 1)
        }
    }

    @Test("a comment on a story that backs two ads of one campaign counts once for the campaign")
    func comments() async throws {
        let rule = try VersionedRule.when("own.comments", "today", ">= 2", then: [.pause])
        let chain = CommentScene.chain + [ChainStep(handler: "touch")]
        try await World.with(Self.setup([rule], chain: chain), scene: CommentScene.scene) { world in
            _ = try await read(world)
            try await world.deliver(world.emulator.webhookBody([.comment("1_9", verb: "add")]).text)
            try await eventually("counted") { try await world.own(.campaign, "11").comments == 1 }
            try await world.settle()
            for ad in ["1111", "1112"] { #expect(try await world.own(.ad, ad).comments == 1) }
            #expect(try await world.actions().isEmpty)
            try await world.deliver(world.emulator.webhookBody([.comment("1_8", verb: "add")]).text)
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
            #expect(try await world.own(.campaign, "11").comments == 2)
        }
    }

    @Test("an entity that was never read is read by its touch, and the rule acts once")
    func neverRead() async throws {
        let rule = try VersionedRule.when("own.purchases", "today", ">= 1", then: [.pause])
        try await World.with(Self.setup([rule]), scene: ConversionScene.base) { world in
            try await world.convert([purchase(1)])
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
            try await world.settle()
            #expect(try await world.actions().count == 1)
            let first = try await world.count("SELECT MIN(id) FROM events")
            #expect(try await world.actions()[0].eventID == Int64(first))
        }
    }

    @Test("a new ad of a campaign that was just read: its purchase counts there as soon as the ad is known")
    func newAd() async throws {
        let rule = try VersionedRule.when("own.purchases", "today", ">= 1", then: [.pause])
        try await World.with(Self.setup([rule]), scene: ConversionScene.base) { world in
            let reads = try await read(world)
            try await world.convert([purchase(1, ad: "1112")])
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
            try await world.settle()
            #expect(world.insightReads.count == reads + 1)  // of the new ad
            #expect(try await world.actions().count == 1)
        }
    }

    @Test("the same figures never act twice: a later read finds them used, a new event makes them new")
    func once() async throws {
        let team = try Receiver()
        defer { team.stop() }
        let rule = try VersionedRule.when("own.purchases", "today", ">= 1", then: [.notify(destination: "team")])
        var setup = Self.setup([rule])
        setup.destinations = [
            try .init(
                name: "team", url: team.url + "/", form: .json, secret: LeadScene.secret, timeoutMs: 1_000, perSecond: 1_000)
        ]
        try await World.with(setup, scene: ConversionScene.base) { world in
            _ = try await read(world)
            try await world.convert([purchase(1)])
            try await eventually("told") { try await world.actions().count == 1 }
            try world.passTime(ms: 900_000)
            try await eventually("read again") { try await world.executions().count >= 3 }
            try await world.settle()
            #expect(try await world.actions().count == 1)
            #expect(try await world.executions().last?.decisions.contains("same_evidence") == true)
            try await world.convert([purchase(1), purchase(2)])
            try await eventually("told again") { try await world.actions().count == 2 }
            try await world.settle()
            #expect(try await world.actions().count == 2)
        }
    }

    @Test("a hundred purchases at once: one action, and nothing goes round")
    func burst() async throws {
        let rule = try VersionedRule.when("own.purchases", "today", "> 9", then: [.budget(by: "+10%")])
        try await World.with(Self.setup([rule]), scene: ConversionScene.base) { world in
            let reads = try await read(world)
            for part in 0..<10 { try await world.convert((0..<10).map { purchase(part * 10 + $0) }) }
            try await eventually("counted") { try await world.own(.campaign, "11").purchases == 100 }
            try await world.settle()
            #expect(world.emulator.entity("11")?.dailyBudget == "22000")
            #expect(try await world.actions().count == 1 && world.insightReads.count == reads)
        }
    }

    @Test("revenue in another currency, and a purchase without value, are never taken for a sum")
    func unknown() async throws {
        let rules = [
            try VersionedRule.when("own.revenue", "today", "< 100", then: [.pause], name: "low"),
            try VersionedRule.when("own.revenue", "today", "> 40", then: [.pause], level: .adset, name: "high"),
        ]
        try await World.with(Self.setup(rules), scene: ConversionScene.base) { world in
            _ = try await read(world)
            try await world.convert(
                [purchase(1, value: nil)].map { $0.replacing("Purchase", with: "Subscribe") } + [purchase(2, currency: "USD")])
            try await eventually("evaluated") {
                try await world.operands().contains { $0["left"]?.text == "unknown: currency_mismatch" }
            }
            try await world.settle()
            #expect(try await world.actions().isEmpty)
        }
    }

    @Test("what began before we counted is a lower bound; a window that is wholly ours is exact")
    func since() async throws {
        let rule = try VersionedRule.when("own.purchases", "yesterday", "< 1", then: [.pause])
        try await World.with(Self.setup([rule]), scene: ConversionScene.base) { world in
            _ = try await read(world)
            #expect(try await world.operands().last?["left"]?.text == "at least 0")
            #expect(try await world.executions().map(\.truth) == ["unknown"])
            try world.passTime(ms: 48 * 3_600_000)
            try await world.touch(.campaign, "11", n: 2)
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
            #expect(try await world.operands().last?["left"]?.text == "0")
        }
    }

    @Test("stopped anywhere between the purchase and the action, and started again: one action")
    func stopped() async throws {
        let rule = try VersionedRule.when("own.purchases", "today", ">= 1", then: [.budget(by: "+10%")])
        for n in 0..<4 {
            try await World.with(Self.setup([rule]), scene: ConversionScene.base) { world in
                _ = try await read(world)
                let calls = world.emulator.log().count
                try await world.convert([purchase(1)])
                try await eventually("call \(n)") { world.emulator.log().count >= calls + n }
                try await world.restart(Self.setup([rule]))
                try await eventually("raised") { world.emulator.entity("11")?.dailyBudget == "22000" }
                try await world.settle()
                #expect(world.changes.filter { $0.field == "daily_budget" && $0.old != $0.new }.count == 1)
                #expect(try await world.actions().count == 1)
                #expect(try await world.own(.campaign, "11").purchases == 1)
            }
        }
    }
}

extension World {
    /// The comparisons of all executions, oldest first.
    func operands() async throws -> [JSON] {
        try await store.read { transaction in
            try transaction.run("SELECT operands FROM rule_executions ORDER BY id").flatMap {
                try JSON.parse(Array($0.text("operands").utf8)).items
            }
        }
    }
}

extension [UInt8] {
    var text: String { String(decoding: self, as: UTF8.self) }
}
