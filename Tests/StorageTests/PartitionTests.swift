import Core
import Storage
import TestSupport
import Testing

@Suite("Days as partitions", .enabled(if: TemporaryStore.engine == .postgresql))
struct PartitionTests {
    private static let dayMs: Int64 = 86_400_000

    @Test("a day of deliveries has its tables before the first of them comes; those ahead are made, once")
    func ahead() async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        let clock = ManualMs(now)
        options.now = { clock.value }
        let store = try Store.open(options)
        for _ in 0..<3 {
            let seq = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: clock.value)
            #expect(seq >> 29 == clock.value / Self.dayMs)
            clock.advance(Self.dayMs)
        }
        let first = try await store.tendPartitions(RetentionPolicy(), nowMs: clock.value)
        #expect(first.made > 0)
        #expect(try await store.tendPartitions(RetentionPolicy(), nowMs: clock.value).made == 0)
        await store.close()
    }

    @Test("a clock that goes back never gives a place before one that was given")
    func clockBack() async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        let clock = ManualMs(now)
        options.now = { clock.value }
        let store = try Store.open(options)
        let first = try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now)
        clock.advance(-3 * Self.dayMs)
        #expect(try await store.append(try TemporaryStore.envelope("{}"), receivedAtMs: now) > first)
        await store.close()
    }

    @Test("days older than kept are dropped with all that was in them; one with open work stays until it is done")
    func dropped() async throws {
        let temporary = try TemporaryStore()
        var options = try temporary.options()
        let clock = ManualMs(now)
        options.now = { clock.value }
        let store = try Store.open(options)
        let old = try await store.decoded("{}", events: 2, at: clock.value)
        clock.advance(Self.dayMs)
        let stuck = try await store.decoded("{}", events: 1, at: clock.value)
        clock.advance(100 * Self.dayMs)
        let young = try await store.decoded("{}", events: 1, at: clock.value)
        try await store.finishJobs(of: old + young, at: clock.value)
        var report = try await store.tendPartitions(RetentionPolicy(), nowMs: clock.value)
        let (oldDay, stuckDay) = (["deliveries_20260921", "events_20260921"], ["deliveries_20260922", "events_20260922"])
        #expect(Set(report.dropped).isSuperset(of: oldDay))
        #expect(report.waiting == stuckDay)
        #expect(try await store.events() == stuck + young)
        #expect(try await store.count("SELECT COUNT(*) AS count FROM jobs") == 2)
        try await store.finishJobs(of: stuck, at: clock.value + 9)
        report = try await store.tendPartitions(RetentionPolicy(), nowMs: clock.value)
        #expect(report.dropped == stuckDay && report.waiting.isEmpty)
        #expect(try await store.events() == young)
        #expect(try await store.count("SELECT COUNT(*) AS count FROM event_refs WHERE event_id < \(young[0])") == 0)
        await store.close()
    }
}

extension Store {
    fileprivate func events() async throws -> [Int64] {
        try await read { try $0.run("SELECT id FROM events ORDER BY id").map { try $0.int64("id") } }
    }
}
