import Core
import Engine
import GraphEmulator
import Outbound
import Storage
import TestSupport
import Testing

@Suite("Closed gates: work waits, and goes on by itself")
struct GateTests {
    /// Moves the clock until the prober has asked.
    private func probe(_ world: World, until what: String, _ holds: () async throws -> Bool) async throws {
        try await eventually(what) {
            if try await holds() { return true }
            let due = try await world.store.read { try $0.gates().map(\.probeAtMs).min() }
            if let due, due > world.clock.nowMs() { try world.advance(ms: due - world.clock.nowMs()) }
            return false
        }
    }

    @Test(
        "a token that Meta refuses holds what it was to read; valid again, everything is released and done",
        arguments: ["expired", "revoked", "password_changed", "checkpoint"])
    func token(state: String) async throws {
        let rule = try VersionedRule.when(then: [.pause])
        try await World.with(Setup([rule])) { world in
            try world.emulator.setToken(name: "belmonte", state: state)
            try await world.touch(.campaign, "11", "12")
            for id in ["11", "12"] {
                try await eventually("held") { try await world.touched(.campaign, id)?.state == .held }
                #expect(try await world.touched(.campaign, id)?.gate == "token:belmonte")
            }
            let gates = try await world.store.read { try $0.gates() }
            #expect(gates.map(\.gate) == [.token(workspace: "belmonte")])
            try await world.touch(.campaign, "11", n: 2)  // while it is held
            try await world.settle()
            let asked = world.emulator.log().count
            try await probe(world, until: "asked again") { world.emulator.log().count > asked }
            #expect(try await world.touched(.campaign, "11")?.state == .held)
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try await probe(world, until: "both paused") {
                world.emulator.entity("11")?.status == "PAUSED" && world.emulator.entity("12")?.status == "PAUSED"
            }
            try await world.settle()
            #expect(try await world.store.read { try $0.gates() }.isEmpty)
            #expect(try await world.touched(.campaign, "11")?.eventCount == 2)
            #expect(world.changes.count == 2)
        }
    }

    @Test("a token that is refused between read and write holds the write, which is done when it is valid again")
    func tokenAtTheWrite() async throws {
        let rule = try VersionedRule.when(then: [.pause])
        let faults =
            #"[{match: {method: POST}, count: 1, do: {status: 400, code: 190, subcode: 463, type: OAuthException, message: "Session has expired"}}]"#
        try await World.with(Setup([rule]), faults: faults) { world in
            try await world.touch(.campaign, "11")
            try await eventually("held") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held' AND gate = 'token:belmonte'") == 1
            }
            #expect(try await world.actions().map(\.state) == [.queued])
            try await probe(world, until: "done") { try await world.actions().first?.state == .done }
            #expect(world.changes.count == 1)
        }
    }

    @Test("an account that is closed to the token holds its own work only")
    func account() async throws {
        let faults =
            #"[{name: closed, match: {method: GET, path: "/act_2"}, count: forever, do: {status: 403, code: 200, message: "Ad account owner has NOT granted ads_management or ads_read permission"}}]"#
        try await World.with(Setup { $0.accounts = ["1", "2"] }, faults: faults) { world in
            try await world.touch(.campaign, "21", account: "2")
            try await world.touch(.campaign, "11")
            try await eventually("held") { try await world.touched(.campaign, "21")?.state == .held }
            #expect(try await world.touched(.campaign, "21")?.gate == "account:2")
            try await eventually("the other is read") { try await world.touched(.campaign, "11")?.state == .done }
            world.emulator.clearFaults()
            try await probe(world, until: "read") { try await world.touched(.campaign, "21")?.state == .done }
        }
    }

    @Test("a gate that was closed before a restart is asked after it, and opens")
    func restart() async throws {
        let setup = Setup()
        try await World.with(setup) { world in
            try world.emulator.setToken(name: "belmonte", state: "expired")
            try await world.touch(.campaign, "11")
            try await eventually("held") { try await world.touched(.campaign, "11")?.state == .held }
            try await world.restart(setup)
            try world.emulator.setToken(name: "belmonte", state: "valid")
            try await probe(world, until: "read") { try await world.touched(.campaign, "11")?.state == .done }
        }
    }

    @Test(
        "a destination that refuses its key holds its messages; when one gets through again, all do, each once",
        arguments: [401, 404])
    func destination(status: Int) async throws {
        let receiver = try Receiver()
        defer { receiver.stop() }
        receiver.answer(status)
        let destination = try Destination(
            name: "team", url: receiver.url + "/hook", form: .slack, perSecond: 1_000, allowPrivate: true)
        let setup = Setup {
            $0.chains = [[ChainStep(handler: "notify", argument: "team")]]
            $0.destinations = [destination]
        }
        try await World.with(setup) { world in
            for n in 1...5 { try await world.touch(.campaign, "\(10 + n)", n: n) }
            try await eventually("all held") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'held' AND gate = 'destination:team'") == 5
            }
            receiver.answer(200)
            let refused = receiver.requests.count
            #expect(refused >= 1 && refused <= 5)
            try await probe(world, until: "all sent") {
                try await world.count("SELECT COUNT(*) FROM outbox WHERE state = 'done'") == 5
            }
            #expect(receiver.requests.count == refused + 5)
            #expect(try await world.store.read { try $0.gates() }.isEmpty)
        }
    }

    @Test("a destination that fails is tried again a bounded number of times and then dead with its reason")
    func failingDestination() async throws {
        let receiver = try Receiver()
        defer { receiver.stop() }
        receiver.answer(500)
        let destination = try Destination(name: "team", url: receiver.url, form: .slack, perSecond: 1_000, allowPrivate: true)
        let setup = Setup {
            $0.chains = [[ChainStep(handler: "notify", argument: "team")]]
            $0.destinations = [destination]
        }
        try await World.with(setup) { world in
            try await world.touch(.campaign, "11")
            try await eventually("given up", withinMs: 60_000) {
                try await world.settle(untilMs: world.clock.nowMs() + 86_400_000)
                return try await world.count(
                    "SELECT COUNT(*) FROM outbox WHERE state = 'dead' AND reason LIKE 'destination_failed_500:%'") == 1
            }
            #expect(receiver.requests.count == Limits.attemptsMax)
            #expect(Set(receiver.requests.map(\.text)).count == 1)
        }
    }
}
