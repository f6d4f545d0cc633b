import GraphEmulator
import Synchronization
import Testing

@Suite("In the process of its user")
struct EmbeddedTests {
    /// A clock that only its owner moves.
    private final class HandClock: Sendable {
        private let now = Mutex<Int64>(Shop.now * 1000)
        var nowMs: Int64 { now.withLock { $0 } }
        func advance(ms: Int64) { now.withLock { $0 += ms } }
    }

    @Test("its time is the embedder's, whatever the scenario says, and timed proofs follow it")
    func clock() async throws {
        let clock = HandClock()
        let scenario = try Scenario(yaml: Shop.scenario.replacing("2026-11-20T12:00:00Z", with: "2020-01-01T00:00:00Z"))
        let emulator = try await GraphEmulator.start(scenario: scenario, clock: { clock.nowMs })
        let play = Play(emulator: emulator)
        let proof = "37eac3bc16a075d8a5617db7880fc67f73ac11826b1b8e20208c188704747a75"
        let target = "/441?fields=created_time&access_token=SYSTEM-TOKEN&appsecret_time=1795176000&appsecret_proof=\(proof)"
        let first = try await play.send("GET", target)
        clock.advance(ms: 301_000)
        let second = try await play.send("GET", target)
        let nowMs = emulator.nowMs
        emulator.setClock(ms: 0)
        let set = emulator.nowMs
        await emulator.stop()
        #expect(first.json["created_time"] as? String == "2026-11-20T11:00:00+0000")
        #expect(second.code == 100)
        #expect(emulator.log().map(\.atMs) == [1_795_176_000_000, 1_795_176_301_000])
        #expect(nowMs == 1_795_176_301_000)
        #expect(set == 0)
    }

    @Test("two of them know nothing of each other")
    func two() async throws {
        try await Shop.with { (one: Play) async throws in
            try await Shop.with { (other: Play) async throws in
                #expect(one.emulator.port != other.emulator.port)
                #expect(try await one.post("/1_1", ["is_hidden": "true"], Shop.page).status == 200)
                #expect(one.emulator.comment("1_1")?.isHidden == true)
                #expect(other.emulator.comment("1_1")?.isHidden == false)
                #expect(other.emulator.log().isEmpty)
            }
        }
    }
}
