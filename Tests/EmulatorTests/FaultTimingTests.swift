import Foundation
import GraphEmulator
import Testing

@Suite("Scripted faults by chance, for a while, above a rate")
struct FaultTimingTests {
    private static let down = "do: {status: 503, code: 2, message: down}"

    private func statuses(_ play: Play, _ count: Int) async throws -> [Int] {
        var statuses: [Int] = []
        for _ in 0..<count { statuses.append(try await play.get("/11").status) }
        return statuses
    }

    @Test("a share strikes about so many, and the same ones for the same seed")
    func share() async throws {
        try await Play.with { play in
            var runs: [[Int]] = []
            for seed in [7, 7, 8] {
                try play.emulator.setFaults(yaml: "{share: 0.2, seed: \(seed), \(Self.down)}")
                runs.append(try await statuses(play, 200))
            }
            #expect(runs[0] == runs[1] && runs[0] != runs[2])
            for run in runs { #expect((20...60).contains(run.count { $0 == 503 }), "\(run.count { $0 == 503 })") }
            try play.emulator.setFaults(yaml: "{share: 0, \(Self.down)}")
            #expect(try await statuses(play, 20).allSatisfy { $0 == 200 })
            try play.emulator.setFaults(yaml: "{share: 1, \(Self.down)}")
            #expect(try await statuses(play, 20).allSatisfy { $0 == 503 })
            // a number still bounds it
            try play.emulator.setFaults(yaml: "{share: 1, count: 3, \(Self.down)}")
            #expect(try await statuses(play, 5) == [503, 503, 503, 200, 200])
        }
    }

    @Test("what one share lets pass, the next one may strike")
    func shares() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(
                yaml:
                    "[{name: a, share: 0.5, seed: 1, do: {status: 503, code: 2}}, {name: b, share: 0.5, seed: 2, do: {status: 500, code: 1}}]"
            )
            let statuses = try await statuses(play, 200)
            #expect(Set(statuses) == [200, 500, 503])
        }
    }

    @Test("down for a while from when it was put there, or from later on, by the emulator's clock")
    func period() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: "{down_ms: 60000, after_ms: 1000, \(Self.down)}")
            #expect(try await statuses(play, 2) == [200, 200])
            play.emulator.advanceClock(ms: 1_000)
            #expect(try await statuses(play, 3) == [503, 503, 503])
            play.emulator.advanceClock(ms: 59_999)
            #expect(try await statuses(play, 1) == [503])
            play.emulator.advanceClock(ms: 1)
            #expect(try await statuses(play, 2) == [200, 200])
        }
    }

    @Test("above so many in a second the rest is turned away; a second later as many pass again")
    func rate() async throws {
        try await Play.with { play in
            try play.emulator.setFaults(yaml: "{above_per_second: 3, do: {status: 400, code: 80004, message: slow}}")
            #expect(try await statuses(play, 5) == [200, 200, 200, 400, 400])
            play.emulator.advanceClock(ms: 1_100)
            #expect(try await statuses(play, 4) == [200, 200, 200, 400])
        }
    }

    @Test(
        "a timing that can't be is refused with its place",
        arguments: [
            ("{share: 1.5, do: {status: 500}}", "share: must be a share from 0 to 1"),
            ("{share: some, do: {status: 500}}", "share: must be a share from 0 to 1"),
            ("{down_ms: long, do: {status: 500}}", "down_ms: must be a whole number"),
            ("{down: 5, do: {status: 500}}", "doesn't know the key 'down'"),
        ])
    func faulty(_ yaml: String, _ reason: String) async throws {
        try await Play.with { play in
            let error = #expect(throws: ScenarioError.self) { try play.emulator.setFaults(yaml: yaml) }
            #expect(error?.description == reason)
        }
    }
}
