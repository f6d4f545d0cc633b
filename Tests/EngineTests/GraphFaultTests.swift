import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("A Graph API that does not do what it should")
struct GraphFaultTests {
    /// Every way of going wrong, as the emulator's `do`.
    static let ways: [String] = [
        #"{status: 500, code: 2, message: "Service temporarily unavailable"}"#,
        #"{status: 500, code: 1, message: "An unknown error occurred"}"#,
        #"{status: 200, code: 2, message: "an error with the status of a success"}"#,
        #"{html: true}"#,
        #"{status: 200, body: "null"}"#,
        #"{status: 200, body: "[1,2"}"#,
        #"{status: 502, body: ""}"#,
        #"{half: length}"#,
        #"{half: cut}"#,
        #"{lost: true}"#,
        #"{lost: before}"#,
        #"{delay_before_ms: 1500}"#,
    ]

    /// Short only where it is to run out: a busy machine would else add a fault of its own.
    private static func timeoutMs(_ way: String) -> Int64 { way.contains("delay") ? 500 : 15_000 }

    @Test("reads that fail twice are tried again, and everything is done once they work", arguments: ways)
    func reads(way: String) async throws {
        let rule = try VersionedRule.when(then: [.pause])
        let faults = #"[{match: {method: GET, path: "/insights"}, count: 2, do: \#(way)}]"#
        try await World.with(Setup([rule]) { $0.timeoutMs = Self.timeoutMs(way) }, faults: faults) { world in
            try await world.touch(.campaign, "11")
            try await eventually("done after all") {
                try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
                return try await world.actions().contains { $0.state == .done }
            }
            let row = try #require(try await world.touched(.campaign, "11"))
            #expect(row.state == .done && (way.contains("delay") ? row.attempt >= 3 : row.attempt == 3))
            #expect(world.changes.map(\.field) == ["status"])
            #expect(world.emulator.entity("11")?.status == "PAUSED")
            #expect(try await world.actions().count == 1)
        }
    }

    @Test(
        "a write whose answer is lost, late, cut or a page is read back before it is tried again, and written once",
        arguments: ways)
    func writes(way: String) async throws {
        let rule = try VersionedRule.when(then: [.budget(by: "+25%")])
        let faults = #"[{match: {method: POST}, count: 2, do: \#(way)}]"#
        try await World.with(Setup([rule]) { $0.timeoutMs = Self.timeoutMs(way) }, faults: faults) { world in
            try await world.touch(.campaign, "11")
            try await eventually("done after all") {
                try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
                return try await world.actions().contains { $0.state == .done }
            }
            #expect(world.emulator.entity("11")?.dailyBudget == "25000")
            #expect(world.changes.filter { $0.old != $0.new }.count == 1)
            let actions = try await world.actions()
            #expect(actions.count == 1 && actions[0].readBack == "25000" && actions[0].reason == nil)
            guard !way.contains("delay") else { return }  // a late call is logged when it is done, after those that overtook it
            // before every POST stands a read of the same entity, later than the POST before it
            var hasRead = false
            for call in world.emulator.log() where call.path == "/11" {
                if call.method == "POST" {
                    #expect(hasRead)
                    hasRead = false
                } else if call.status == 200 {
                    hasRead = true
                }
            }
        }
    }

    @Test(
        "what never works is dead after a bounded number of attempts, with its reason, and nothing is retried for ever",
        arguments: ["GET", "POST"])
    func bounded(method: String) async throws {
        let rule = try VersionedRule.when(then: [.pause])
        let path = method == "GET" ? "/insights" : "/11"
        let faults =
            #"[{match: {method: \#(method), path: "\#(path)"}, count: forever, do: {status: 500, code: 2, message: "no"}}]"#
        try await World.with(Setup([rule]), faults: faults) { world in
            try await world.touch(.campaign, "11")
            let table: Statement =
                method == "GET"
                ? "SELECT COUNT(*) FROM touched_entities WHERE state = 'dead'"
                : "SELECT COUNT(*) FROM outbox WHERE state = 'dead'"
            try await eventually("given up", withinMs: 60_000) {
                try await world.settle(untilMs: world.clock.nowMs() + 86_400_000)
                return try await world.count(table) == 1
            }
            let calls = world.emulator.log().filter { $0.method == method && $0.path.hasSuffix(path) }
            #expect(calls.count == Limits.attemptsMax)
            if method == "GET" {
                #expect(try await world.touched(.campaign, "11")?.reason?.hasPrefix("meta_unavailable:") == true)
            } else {
                #expect(try await world.actions().map(\.state) == [.failed])
                #expect(try await world.actions()[0].reason?.hasPrefix("meta_unavailable:") == true)
            }
        }
    }

    @Test(
        "a throttled account is left alone until it is over, which counts no attempt",
        arguments: [
            #"{status: 400, code: 17, subcode: 2446079, message: "User request limit reached"}"#,
            #"{status: 400, code: 4, message: "Application request limit reached"}"#,
            #"{status: 400, code: 80004, message: "too many calls to this ad-account", headers: {X-Business-Use-Case-Usage: '{"1":[{"type":"ads_management","call_count":100,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":7}]}'}}"#,
        ])
    func throttled(way: String) async throws {
        let faults = #"[{match: {method: GET, path: "/insights"}, count: 1, do: \#(way)}]"#
        try await World.with(faults: faults) { world in
            try await world.touch(.campaign, "11")
            let waiting = try await eventually("it waits") { () async throws -> TouchedRow? in
                let row = try await world.touched(.campaign, "11")
                return row?.reason != nil ? row : nil
            }
            #expect(waiting.state == .open && waiting.dueAtMs > world.clock.nowMs())
            let before = world.reads.count
            try await world.touch(.campaign, "12")  // the account as a whole is throttled
            try await world.settle()
            #expect(world.reads.count == before)
            try await eventually("done after the wait") {
                try await world.settle(untilMs: world.clock.nowMs() + 7_200_000)
                let states = [try await world.touched(.campaign, "11")?.state, try await world.touched(.campaign, "12")?.state]
                return states == [.done, .done]
            }
        }
    }

    @Test("usage headers at their limit stop further calls before Meta has to refuse one")
    func usageHeaders() async throws {
        let usage = #"{"call_count":100,"total_cputime":100,"total_time":100}"#
        let faults = #"[{match: {method: GET, path: "/insights"}, count: 1, do: {headers: {X-App-Usage: '\#(usage)'}}}]"#
        try await World.with(faults: faults) { world in
            try await world.touch(.campaign, "11")
            try await eventually("it is read") { try await world.touched(.campaign, "11")?.lastReadAtMs != nil }
            let before = world.reads.count
            try await world.touch(.campaign, "12")
            let waiting = try await eventually("the next one waits") { () async throws -> TouchedRow? in
                let row = try await world.touched(.campaign, "12")
                return row?.reason != nil ? row : nil
            }
            #expect(waiting.dueAtMs > world.clock.nowMs() && world.reads.count == before)
            try await eventually("it goes on by itself") {
                try await world.settle(untilMs: world.clock.nowMs() + 7_200_000)
                return try await world.touched(.campaign, "12")?.state == .done
            }
        }
    }

    @Test("asked to reduce the amount of data, it asks for halves until each goes through")
    func split() async throws {
        let way =
            #"{status: 500, code: 1, message: "Please reduce the amount of data you're asking for, then retry your request"}"#
        let faults = #"[{match: {method: GET, path: "/insights"}, count: 3, do: \#(way)}]"#
        try await World.with(scene: Scene.campaigns(8), faults: faults) { world in
            try await world.deliver(Scene.touch(.campaign, (0..<8).map { "\(1000 + $0)" }, n: 1))
            try await eventually("all are read") {
                try await world.settle(untilMs: world.clock.nowMs() + 3_600_000)
                return try await world.count("SELECT COUNT(*) FROM touched_entities WHERE state = 'done'") == 8
            }
            let answered = world.insightReads.filter { $0.code == nil }
            #expect(answered.flatMap(\.ids).sorted() == (0..<8).map { "\(1000 + $0)" })
            #expect(answered.count > 1)
        }
    }

    @Test("one entity that is too much data by itself ends dead with that reason, and the others are read")
    func splitToOne() async throws {
        let way =
            #"{status: 500, code: 1, message: "Please reduce the amount of data you're asking for, then retry your request"}"#
        try await World.with(
            scene: Scene.campaigns(3), faults: #"[{match: {method: GET, path: "/insights"}, count: forever, do: \#(way)}]"#
        ) { world in
            try await world.deliver(Scene.touch(.campaign, ["1000", "1001", "1002"], n: 1))
            try await eventually("given up", withinMs: 60_000) {
                try await world.settle(untilMs: world.clock.nowMs() + 86_400_000)
                return try await world.count(
                    "SELECT COUNT(*) FROM touched_entities WHERE state = 'dead' AND reason LIKE 'too_much_data:%'") == 3
            }
        }
    }
}
