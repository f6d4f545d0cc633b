import Core
import Engine
import GraphEmulator
import Signing
import Storage
import TestSupport
import Testing

@Suite("Rules that act")
struct ActionTests {
    private static let pause = Result { try VersionedRule.when(then: [.pause]) }

    @Test("a rule pauses what was touched, once, and the history says which event, figures and read-back")
    func pauses() async throws {
        let rule = try Self.pause.get()
        try await World.with(Setup([rule])) { world in
            let seq = try await world.touch(.campaign, "11")
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
            try await world.settle()
            let action = try #require(try await world.actions().first)
            #expect(
                action.state == .done && action.oldValue == "ACTIVE" && action.newValue == "PAUSED" && action.readBack == "PAUSED"
            )
            #expect(
                action.eventID == Transaction.eventID(seq: seq, position: 0) && action.rule == "rule"
                    && action.version == rule.rule.version)
            let execution = try #require(try await world.store.read { try $0.execution(action.executionID) })
            #expect(execution.truth == "true" && !execution.evidence.isEmpty && execution.lastEventID == action.eventID)
            #expect(
                try await world.store.read { try $0.ruleText(workspace: "belmonte", name: "rule", version: rule.rule.version) }
                    == rule.text)
            #expect(world.posts.count == 1 && world.changes.map(\.new) == ["PAUSED"])
            #expect(
                try await world.store.read { try $0.entity(EntityRef(.campaign, "11"), workspace: "belmonte")?.status }
                    == "PAUSED")
            #expect(world.emulator.entity("12")?.status == "ACTIVE")
        }
    }

    @Test("the same figures never act twice, whatever is touched, restarted or resumed by hand; new figures may")
    func sameEvidence() async throws {
        let setup = Setup([try Self.pause.get()])
        try await World.with(setup) { world in
            try await world.touch(.campaign, "11", n: 1)
            try await eventually("paused") { try await world.actions().first?.state == .done }
            world.emulator.edit("11", ["status": "ACTIVE"])  // a person
            try await world.touch(.campaign, "11", n: 2)
            try await eventually("evaluated again") { try await world.executions().count == 2 }
            #expect(try await world.executions()[1].decisions.contains("same_evidence"))
            try await world.restart(setup)
            try await world.touch(.campaign, "11", n: 3)
            try await eventually("evaluated again") { try await world.executions().count == 3 }
            try await world.settle()
            #expect(world.emulator.entity("11")?.status == "ACTIVE")
            #expect(try await world.actions().count == 1 && world.posts.count == 1)
            try world.emulator.addInsights(yaml: #"[{level: ad, id: "1111", day: -1, impressions: 5, spend: "1.00"}]"#)
            try await world.touch(.campaign, "11", n: 4)
            try await eventually("paused again") { world.emulator.entity("11")?.status == "PAUSED" }
            try await world.settle()
            #expect(world.posts.count == 2)
        }
    }

    @Test("what a person changed between decision and write is not overwritten: conflict, and no POST")
    func conflict() async throws {
        let faults =
            #"[{match: {method: GET, path: "/11", exact: true}, from: 1, count: 1, do: {status: 500, code: 2, message: "later"}}]"#
        let rule = try VersionedRule.when(then: [.budget(by: "+25%")])
        try await World.with(Setup([rule]), faults: faults) { world in
            try await world.touch(.campaign, "11")
            try await eventually("the first read before the write has failed") {
                world.emulator.log().contains { $0.path == "/11" && $0.status == 500 }
            }
            world.emulator.edit("11", ["daily_budget": "7700"])
            try await world.settle(untilMs: world.clock.nowMs() + 60_000)
            let action = try #require(try await world.actions().first)
            #expect(
                action.state == .conflict && action.readBack == "7700" && action.reason?.hasPrefix("changed_meanwhile:") == true)
            #expect(world.posts.isEmpty && world.emulator.entity("11")?.dailyBudget == "7700")
            #expect(try await world.messages().map(\.state) == [.done])
        }
    }

    @Test("a value that somebody set to the target already is done without a POST")
    func alreadyThere() async throws {
        let faults =
            #"[{match: {method: GET, path: "/11", exact: true}, from: 1, count: 1, do: {status: 500, code: 2, message: "later"}}]"#
        try await World.with(Setup([try Self.pause.get()]), faults: faults) { world in
            try await world.touch(.campaign, "11")
            try await eventually("the first read has failed") {
                world.emulator.log().contains { $0.path == "/11" && $0.status == 500 }
            }
            world.emulator.edit("11", ["status": "PAUSED"])
            try await world.settle(untilMs: world.clock.nowMs() + 60_000)
            #expect(try await world.actions().map(\.state) == [.done])
            #expect(world.posts.isEmpty)
        }
    }

    @Test("what is read back differently is a conflict that names what was found")
    func readBack() async throws {
        let faults = #"[{match: {method: GET, path: "/11", exact: true}, from: 2, count: 1, do: {delay_before_ms: 400}}]"#
        try await World.with(Setup([try Self.pause.get()]), faults: faults) { world in
            try await world.touch(.campaign, "11")
            try await eventually("written") { world.posts.count == 1 }
            world.emulator.edit("11", ["status": "ACTIVE"])
            try await eventually("finished") { try await world.actions().first?.state != .queued }
            let action = try #require(try await world.actions().first)
            #expect(
                action.state == .conflict && action.readBack == "ACTIVE" && action.reason?.hasPrefix("changed_after:") == true)
            try await world.settle()
            #expect(world.posts.count == 1)
        }
    }

    @Test("where nothing may be written it is recorded as would, with the reason, and nothing leaves")
    func would() async throws {
        let rule = try Self.pause.get()
        let cautious = try VersionedRule.when(then: [.pause], mode: .dryRun)
        let cases: [(Setup, String)] = [
            (Setup([cautious]), "rule_dry_run"), (Setup([rule]) { $0.writes = .off }, "writes_off"),
            (Setup([rule]) { $0.actOn = ["2"] }, "account_not_in_act_on"),
        ]
        for (setup, code) in cases {
            try await World.with(setup) { world in
                try await world.touch(.campaign, "11", n: 1)
                try await eventually("decided") { try await world.actions().count == 1 }
                try await world.touch(.campaign, "11", n: 2)
                try await eventually("evaluated again") { try await world.executions().count == 2 }
                try await world.settle()
                let actions = try await world.actions()
                #expect(actions.map(\.state) == [.would] && actions[0].reason?.hasPrefix(code + ":") == true)
                #expect(try await world.messages().isEmpty)
                #expect(world.emulator.log().allSatisfy { $0.method == "GET" })
            }
        }
    }

    @Test("what would have been done is done on the same figures once it is allowed")
    func wouldThenActive() async throws {
        let rule = try Self.pause.get()
        try await World.with(Setup([rule]) { $0.writes = .off }) { world in
            try await world.touch(.campaign, "11", n: 1)
            try await eventually("decided") { try await world.actions().count == 1 }
            try await world.restart(Setup([rule]))
            try await world.touch(.campaign, "11", n: 2)
            try await eventually("paused") { world.emulator.entity("11")?.status == "PAUSED" }
            try await world.settle()
            #expect(try await world.actions().map(\.state) == [.would, .done])
        }
    }

    @Test("writes: dry_run asks Meta to validate and changes nothing")
    func dryRun() async throws {
        let rule = try VersionedRule.when(then: [.budget(by: "+25%")])
        try await World.with(Setup([rule]) { $0.writes = .dryRun }) { world in
            try await world.touch(.campaign, "11")
            try await eventually("validated") { try await world.actions().first?.state == .would }
            try await world.settle()
            let posts = world.emulator.log().filter { $0.method == "POST" }
            #expect(posts.count == 1 && posts[0].validateOnly && posts[0].form["daily_budget"] == "25000")
            #expect(world.changes.isEmpty && world.emulator.entity("11")?.dailyBudget == "20000")
            #expect(try await world.actions()[0].reason?.hasPrefix("validated:") == true)
        }
    }

    @Test("a validation that Meta refuses is failed with Meta's reason")
    func dryRunRefused() async throws {
        let rule = try VersionedRule.when(then: [.budget(to: "1.00")])
        try await World.with(Setup([rule]) { $0.writes = .dryRun }) { world in
            try world.emulator.addInsights(yaml: #"[{level: ad, id: "1111", day: 0, impressions: 5, spend: "150.00"}]"#)
            try await world.touch(.campaign, "11")
            try await eventually("refused") { try await world.actions().first?.state == .failed }
            #expect(world.changes.isEmpty)
        }
    }

    @Test("an action that is no longer allowed when it is to be sent is cancelled")
    func cancelled() async throws {
        let rule = try Self.pause.get()
        let setup = Setup([rule])
        try await World.with(setup) { world in
            try await world.engine.hold("*", untilMs: nil, by: "test")
            try await world.touch(.campaign, "11")
            try await eventually("held") { try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held'") == 1 }
            try await world.restart(Setup([rule]) { $0.actOn = [] })
            _ = try await world.engine.release("*")
            try await eventually("cancelled") { try await world.actions().first?.state == .cancelled }
            #expect(world.posts.isEmpty && world.emulator.entity("11")?.status == "ACTIVE")
        }
    }

    @Test("a change of budget keeps to the rule's bounds and rounds towards less spend")
    func bounds() async throws {
        let rule = try VersionedRule.when(then: [.budget(by: "+33.337%", max: "250.00")])
        try await World.with(Setup([rule]), scene: Scene.base.replacing("daily_budget: 10000", with: "daily_budget: 10001")) {
            world in
            try await world.touch(.campaign, "11", "12")
            try await eventually("both") { try await world.actions().filter { $0.state == .done }.count == 2 }
            #expect(world.emulator.entity("11")?.dailyBudget == "25000")
            #expect(world.emulator.entity("12")?.dailyBudget == "13335")
        }
    }

    @Test("the money envelope refuses a raise beyond it, whole: per entity and day, per workspace and day, per hour")
    func envelope() async throws {
        let raise = try VersionedRule.when(then: [.budget(by: "+60%")])
        let cases: [(MoneyEnvelope, String)] = [
            (MoneyEnvelope(raisePerEntityPerDayPercent: Scaled(50)), "envelope_raise_per_entity"),
            (MoneyEnvelope(raisePerDay: Scaled(100)), "envelope_raise_per_day"),
        ]
        for (money, code) in cases {
            try await World.with(Setup([raise]) { $0.money = money }) { world in
                try await world.touch(.campaign, "11")
                try await eventually("evaluated") { try await world.executions().count == 1 }
                try await world.settle()
                let decisions = try await world.executions()[0].decisions
                #expect(decisions.contains("\"nothing\"") && decisions.contains(code), "\(decisions)")
                #expect(try await world.actions().isEmpty && world.posts.isEmpty)
            }
        }
    }

    @Test("two campaigns together stay within the workspace's raise of the day")
    func envelopeOverEntities() async throws {
        let raise = try VersionedRule.when(then: [.budget(by: "+50%")])  // 100.00 and 50.00
        try await World.with(Setup([raise]) { $0.money = MoneyEnvelope(raisePerDay: Scaled(120)) }) { world in
            try await world.touch(.campaign, "11", "12")
            try await eventually("evaluated") { try await world.executions().count == 2 }
            try await world.settle()
            let done = try await world.actions().filter { $0.state == .done }
            #expect(done.count == 1 && world.posts.count == 1)
            let raised = ["11": 20_000, "12": 10_000].reduce(0) { sum, budget in
                sum + (world.emulator.entity(budget.key)?.dailyBudget.flatMap { Int($0) } ?? 0) - budget.value
            }
            #expect(raised > 0 && raised <= 12_000)
        }
    }

    @Test("adjust_budget waits for its cooldown even on new figures, and steps once more after it")
    func cooldown() async throws {
        let rule = try VersionedRule.when(then: [.budget(by: "+10%")], limits: RuleLimits(cooldownMs: 3_600_000))
        try await World.with(Setup([rule])) { world in
            try await world.touch(.campaign, "11", n: 1)
            try await eventually("once") { try await world.actions().first?.state == .done }
            try world.emulator.addInsights(yaml: #"[{level: ad, id: "1111", day: -1, impressions: 5, spend: "1.00"}]"#)
            try await world.touch(.campaign, "11", n: 2)
            try await eventually("evaluated again") { try await world.executions().count == 2 }
            #expect(try await world.executions()[1].decisions.contains("cooldown"))
            #expect(world.posts.count == 1)
            try world.advance(ms: 3_600_000)
            try await world.touch(.campaign, "11", n: 3)
            try await eventually("twice") { try await world.actions().filter { $0.state == .done }.count == 2 }
            #expect(world.emulator.entity("11")?.dailyBudget == "24200")
        }
    }

    @Test("a rule stops at its actions of the account's day and goes on the next day")
    func actionsPerDay() async throws {
        let rule = try VersionedRule.when("spend", "last_7d", "> 5", then: [.pause], limits: RuleLimits(actionsPerDay: 2))
        try await World.with(Setup([rule]), scene: Scene.campaigns(4)) { world in
            try await world.deliver(Scene.touch(.campaign, (0..<4).map { "\(1000 + $0)" }, n: 1))
            try await eventually("evaluated") { try await world.executions().count == 4 }
            try await world.settle()
            #expect(world.posts.count == 2)
            #expect(try await world.executions().filter { $0.decisions.contains("actions_per_day") }.count == 2)
            try world.advance(ms: 86_400_000)
            world.emulator.advanceClock(ms: 86_400_000)
            try await world.deliver(Scene.touch(.campaign, (0..<4).map { "\(1000 + $0)" }, n: 2))
            try await eventually("the rest") { (0..<4).allSatisfy { world.emulator.entity("\(1000 + $0)")?.status == "PAUSED" } }
            try await world.settle()
            #expect(world.posts.count == 4)
        }
    }

    @Test("a rule resumes what a rule paused, and nothing that a person paused")
    func resume() async throws {
        let rules = [
            try VersionedRule.when("spend", "last_7d", "> 60", then: [.pause], name: "stop"),
            try VersionedRule.when("spend", "last_7d", "> 90", then: [.resume], name: "go", status: .paused),
        ]
        try await World.with(Setup(rules)) { world in
            try await world.touch(.campaign, "11", n: 1)
            try await eventually("paused") { try await world.actions().first?.state == .done }
            world.emulator.edit("12", ["status": "PAUSED"])
            try world.emulator.addInsights(
                yaml:
                    #"[{level: ad, id: "1111", day: -1, impressions: 5, spend: "20.00"}, {level: ad, id: "1211", day: -1, impressions: 5, spend: "90.00"}]"#
            )
            try await world.touch(.campaign, "11", "12", n: 2)
            try await eventually("resumed") { try await world.actions().last?.action == .resume }
            try await world.settle()
            #expect(world.emulator.entity("11")?.status == "ACTIVE" && world.emulator.entity("12")?.status == "PAUSED")
            #expect(try await world.executions().contains { $0.decisions.contains("not_paused_by_rule") })
        }
    }

    @Test("two rules for one budget: the second sees that a change is under way and does nothing")
    func twoRules() async throws {
        let rules = [
            try VersionedRule.when(then: [.budget(by: "+10%")], name: "one"),
            try VersionedRule.when(then: [.budget(by: "+20%")], name: "two"),
        ]
        try await World.with(Setup(rules)) { world in
            try await world.touch(.campaign, "11")
            try await eventually("evaluated") { try await world.executions().count == 2 }
            try await world.settle()
            #expect(try await world.executions()[1].decisions.contains("write_under_way"))
            #expect(world.emulator.entity("11")?.dailyBudget == "22000")
        }
    }
}
