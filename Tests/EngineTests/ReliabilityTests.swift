import Core
import Engine
import GraphEmulator
import Storage
import Synchronization
import TestSupport
import Testing

/// Failures that other gateways had, one test each; `reliability N` is the failure's number.
@Suite("What others failed at", .serialized)
struct ReliabilityTests {
    private static let campaigns = ["1000", "1001"]

    private static func pausing(_ watch: (@Sendable (DriverCall) throws(StoreError) -> Void)? = nil) throws -> Setup {
        Setup([try VersionedRule.when("spend", "last_7d", "> 5", then: [.pause])]) { $0.watch = watch }
    }

    @Test(
        "reliability 1; reliability 34: the process is gone after any of its commits: the next does all that was acknowledged, by itself"
    )
    func everyCommit() async throws {
        var commits = 0
        var isOver = false
        while !isOver {
            let life = Life(commits: commits)
            let world = try await World.start(try Self.pausing(life.watch), scene: Scene.campaigns(Self.campaigns.count))
            life.begin()
            var acknowledged: [String] = []
            for (n, id) in Self.campaigns.enumerated() {
                do {
                    try await world.touch(.campaign, id, n: n)
                    acknowledged.append(id)
                } catch is StoreError {
                    continue  // not acknowledged: its sender keeps it
                }
            }
            isOver = try await eventually("it is gone, or all is done") { try await self.end(world, life) }
            // what was leased by a process that is gone is another's when the lease is over
            world.clock.advance(ms: Limits.leaseMs)
            try await world.restart(try Self.pausing())
            try await world.settle(untilMs: world.clock.nowMs() + 60_000)
            try await check(world, acknowledged, "gone after \(commits) commits")
            await world.end()
            commits += 1
        }
        #expect(commits > 8)
    }

    /// True: it has done all. False: it is gone. Nil: neither yet.
    private func end(_ world: World, _ life: Life) async throws -> Bool? {
        guard !life.isGone else { return false }
        do {
            let done = try await world.actions().filter { $0.state == .done }.count == Self.campaigns.count
            let isRead = try await world.count("SELECT COUNT(*) FROM touched_entities WHERE state <> 'done'") == 0
            return done && isRead ? true : nil
        } catch is StoreError {
            return nil
        }
    }

    private func check(_ world: World, _ acknowledged: [String], _ stage: String) async throws {
        for id in acknowledged {
            #expect(try await world.touched(.campaign, id)?.state == .done, "\(stage)")
            #expect(world.emulator.entity(id)?.status == "PAUSED", "\(stage)")
            #expect(world.changes.filter { $0.id == id && $0.old != $0.new }.count == 1, "\(stage)")
        }
        #expect(try await world.actions().allSatisfy { $0.state == .done }, "\(stage)")
        let standings = try await world.store.read { [clock = world.clock] in try $0.depths(nowMs: clock.nowMs()) }
        #expect(standings.allSatisfy { $0.count == 0 }, "\(stage), \(standings.filter { $0.count > 0 })")
    }

    @Test("reliability 2: the database goes and comes back a hundred times: work resumes each time, and all of it is done")
    func hundredTimes() async throws {
        let isDown = Gone()
        let setup = Setup { $0.watch = { call throws(StoreError) in if isDown.isSet { throw .ioFailure(code: 10) } } }
        try await World.with(setup, scene: Scene.campaigns(100)) { world in
            let driver = try world.store.options.location.connect(.setup)
            for n in 0..<100 {
                if TemporaryStore.engine == .postgresql {
                    _ = try driver.run(
                        """
                        SELECT COUNT(pg_terminate_backend(pid)) AS count FROM pg_stat_activity
                        WHERE datname = current_database() AND pid <> pg_backend_pid()
                        """)
                } else {
                    isDown.set(true)
                    await #expect(throws: StoreError.self) { try await world.touch(.campaign, "\(1000 + n)", n: n) }
                    isDown.set(false)
                }
                try await eventually("stored") {
                    try await self.tolerating { try await world.touch(.campaign, "\(1000 + n)", n: n) }
                }
            }
            driver.close()
            try await eventually("all are read") { try await self.tolerating { try await self.areRead(100, world) } == true }
            try await world.settle()
            #expect(try world.engine.loops.values.allSatisfy { $0 < Limits.loopSilentMs })
        }
    }

    /// What became of a read could not always be written down: when nothing else is left to do, its lease runs out.
    private func areRead(_ count: Int, _ world: World) async throws -> Bool {
        guard try await world.count("SELECT COUNT(*) FROM touched_entities WHERE state = 'done'") < count else { return true }
        let nowMs = world.clock.nowMs()
        let isIdle = try await world.store.read { try $0.depths(nowMs: nowMs).allSatisfy { $0.state != .due || $0.count == 0 } }
        if isIdle { world.clock.advance(ms: Limits.leaseMs) }
        return false
    }

    /// Nil while the database does not serve.
    private func tolerating<T>(_ work: () async throws -> T) async throws -> T? {
        do {
            return try await work()
        } catch is StoreError {
            return nil
        }
    }

    @Test("reliability 13: what lies in a table and no bell told of is found by each loop's own look")
    func noBell() async throws {
        try await World.with(try Self.pausing(), scene: Scene.campaigns(1)) { world in
            let seq = try await world.touch(.campaign, "1000")
            try await world.settle()
            #expect(world.posts.count == 1)
            // As a process leaves them that is gone before it rings. A plain statement rings no bell.
            for (table, left) in [
                ("deliveries", "UPDATE deliveries SET decoded = 0"), ("jobs", "UPDATE jobs SET state = 'open', due_at = 1"),
                ("touched_entities", "UPDATE touched_entities SET state = 'open', due_at = 1"),
                ("outbox", "UPDATE outbox SET state = 'open', due_at = 1"),
            ] as [(String, Statement)] {
                try await world.store.write { _ = try $0.run(left) }
                try await eventually("found in \(table)") {
                    try await world.store.read { try $0.depths(nowMs: .max - 1).allSatisfy { $0.count == 0 } }
                }
            }
            let delivery = try #require(try await world.store.read { try $0.delivery(seq) })
            #expect(delivery.decoded && delivery.duplicates == 1)
            #expect(world.insightReads.count > 1 && world.changes.count == 1)
        }
    }

    @Test("reliability 23: a delivery that can't be read any more is told of and stays; those after it are decoded")
    func damaged() async throws {
        let lines = LogLines()
        let isDown = Gone()
        let setup = Setup {
            $0.logger = lines.logger
            $0.watch = { call throws(StoreError) in
                guard isDown.isSet, case .run(let statement) = call, statement.text.contains("decoded = 0") else { return }
                throw .ioFailure(code: 10)
            }
        }
        try await World.with(setup, scene: Scene.campaigns(4)) { world in
            isDown.set(true)
            var seqs: [Int64] = []
            for n in 0..<4 { seqs.append(try await world.touch(.campaign, "\(1000 + n)", n: n)) }
            let bad = [seqs[0], seqs[2]]
            try await world.store.write { transaction in
                for seq in bad { try transaction.run("UPDATE deliveries SET kind = 'scrambled' WHERE seq = \(seq)") }
            }
            isDown.set(false)
            try await eventually("the others are read") {
                try await world.count("SELECT COUNT(*) FROM touched_entities WHERE state = 'done'") == 2
            }
            let standings = try await world.store.read { [clock = world.clock] in try $0.depths(nowMs: clock.nowMs()) }
            #expect(standings.first { $0.queue == "deliveries" }?.count == 2)
            try await world.touch(.campaign, "1000", n: 9)
            try await eventually("a later one, too") { try await world.touched(.campaign, "1000")?.state == .done }
            for seq in bad { #expect(lines.text.split(separator: TraceID(seq: seq).text).count == 2) }
        }
    }

    @Test("reliability 28: a gateway that has nothing to do asks little and writes next to nothing")
    func idle() async throws {
        let tally = Tally()
        let setup = Setup { $0.watch = { call throws(StoreError) in tally.note(call) } }
        try await World.with(setup) { world in
            try await world.touch(.campaign, "11")
            try await world.settle()
            // The loops look by the machine's clock: a slow machine makes them fewer, and none makes them more.
            let clock = ContinuousClock()
            tally.clear()
            let start = clock.now
            try await eventually("the decoder has looked some times") { tally.value.looks >= 4 }
            let (found, seconds) = (tally.value, (clock.now - start) / .seconds(1))
            #expect(Double(found.all) <= 100 * (seconds + 1))
            #expect(Double(found.writes) <= 3 * (seconds + 1))
        }
    }
}

/// A process that is gone after so many commits: nothing that it does then reaches the database.
private final class Life: Sendable {
    private let state: Mutex<(left: Int, hasBegun: Bool, isGone: Bool)>

    init(commits: Int) { state = Mutex((commits, false, false)) }

    var isGone: Bool { state.withLock { $0.isGone } }

    /// From here on commits count.
    func begin() { state.withLock { $0.hasBegun = true } }

    var watch: @Sendable (DriverCall) throws(StoreError) -> Void {
        { call throws(StoreError) in
            let isGone = self.state.withLock { state -> Bool in
                guard state.hasBegun, !state.isGone else { return state.isGone }
                switch call {
                case .commit, .together:
                    state.isGone = state.left == 0
                    state.left -= 1
                case .run, .script, .begin: break
                }
                return state.isGone
            }
            if isGone { throw .ioFailure(code: 10) }
        }
    }
}

private final class Gone: Sendable {
    private let state = Mutex(false)

    var isSet: Bool { state.withLock { $0 } }
    func set(_ value: Bool) { state.withLock { $0 = value } }
}

/// Calls of a store to its database.
private final class Tally: Sendable {
    private let state = Mutex((all: 0, looks: 0, writes: 0))

    var value: (all: Int, looks: Int, writes: Int) { state.withLock { $0 } }
    func clear() { state.withLock { $0 = (0, 0, 0) } }

    func note(_ call: DriverCall) {
        state.withLock { state in
            state.all += 1
            switch call {
            case .run(let statement): if statement.text.contains("FROM deliveries WHERE decoded = 0 AND") { state.looks += 1 }
            case .begin, .together: state.writes += 1
            case .script, .commit: break
            }
        }
    }
}
