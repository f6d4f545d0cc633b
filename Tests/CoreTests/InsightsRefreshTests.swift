import Testing

@testable import Core

@Suite("What is read, and when")
struct InsightsRefreshTests {
    private static let second: Int64 = 1_000
    private static let minute: Int64 = 60_000
    private let policy = RefreshPolicy()

    @Test(
        "a touch is due",
        arguments: [
            // touched, last read, waiting, moved → due; in seconds
            (1_000, nil, nil, false, 1_000),  // the first ever, at once
            (1_000, nil, 1_000, false, 1_000),  // a second one while the first waits
            (1_000, 0, nil, false, 1_000),  // quiet for longer than the floor
            (900, 0, nil, false, 900),  // exactly the floor is quiet
            (899, 0, nil, false, 929),  // gathered, and the floor is over by then
            (100, 0, nil, false, 900),  // no sooner than the floor
            (860, 0, nil, false, 900), (880, 0, nil, false, 910),
            (100, 0, nil, true, 130),  // the metric moved: only gathered
            (120, 0, 130, true, 130), (120, 0, 900, true, 150), (120, 0, 900, false, 900),
            (100, 0, 500, false, 500),  // a read that waits is never put off
            (1_000, 0, 3_600, false, 1_000),  // a follow-up far away is not waited for
            (100, 200, nil, false, 1_100),  // a clock that went back
        ] as [(Int64, Int64?, Int64?, Bool, Int64)])
    func due(touched: Int64, lastRead: Int64?, pending: Int64?, moved: Bool, due: Int64) {
        let result = policy.dueAt(
            touchedAtMs: touched * Self.second, lastReadAtMs: lastRead.map { $0 * Self.second },
            pendingDueAtMs: pending.map { $0 * Self.second }, metricMoved: moved)
        #expect(result == due * Self.second)
    }

    @Test("without the leading edge the first touch is gathered too")
    func gathered() {
        let policy = RefreshPolicy(firstAtOnce: false)
        #expect(policy.dueAt(touchedAtMs: 0, lastReadAtMs: nil, pendingDueAtMs: nil, metricMoved: false) == 30_000)
    }

    @Test("two follow-ups come 15 and 60 minutes after the read that a touch caused")
    func followUps() throws {
        let first = try #require(policy.followUp(afterReadAtMs: 0, step: 0))
        #expect(first == 15 * Self.minute)
        #expect(policy.followUp(afterReadAtMs: first, step: 1) == 60 * Self.minute)
        #expect(policy.followUp(afterReadAtMs: 60 * Self.minute, step: 2) == nil)
        #expect(policy.followUp(afterReadAtMs: 0, step: -1) == nil)
        #expect(RefreshPolicy(followUpMs: []).followUp(afterReadAtMs: 0, step: 0) == nil)
    }

    @Test("whatever touches come, reads keep the floor unless the metric moved")
    func floorHolds() {
        var random = SplitMix(seed: 7)
        var (now, lastRead, pending): (Int64, Int64?, Int64?) = (0, nil, nil)
        for _ in 0..<5_000 {
            now += Int64.random(in: 1...120_000, using: &random)
            if let due = pending, due <= now {
                if let lastRead { #expect(due - lastRead >= policy.floorMs) }
                (lastRead, pending) = (due, nil)
            }
            pending = policy.dueAt(touchedAtMs: now, lastReadAtMs: lastRead, pendingDueAtMs: pending, metricMoved: false)
        }
    }

    private func rule(_ metric: Metric, _ window: Window, level: EntityLevel = .campaign, guards: Guard? = nil) throws -> Rule {
        Sample.rule(try Sample.compare(metric, window, "> 1"), [.pause], level: level, guards: guards)
    }

    private func shape(_ since: Int, _ until: Int, daily: Bool, reach: Bool) -> ReadShape {
        ReadShape(
            level: .campaign, since: Sample.today.adding(days: -since), until: Sample.today.adding(days: -until), daily: daily,
            needsReach: reach)
    }

    @Test("one daily series covers all windows, without rules the last week and today")
    func daily() throws {
        #expect(ReadPlan.shapes(for: [], level: .campaign, today: Sample.today) == [shape(7, 0, daily: true, reach: false)])
        let rules = try [
            rule(.spend, .lastDays(3)), rule(.roas, .lastDays(14), guards: Guard(window: .lastDays(28), minImpressions: 1)),
            rule(.spend, .lastDays(60), level: .ad),
        ]
        #expect(ReadPlan.shapes(for: rules, level: .campaign, today: Sample.today) == [shape(28, 0, daily: true, reach: false)])
    }

    @Test("reach and frequency cost one more call per window, a single day none")
    func windowed() throws {
        let rules = try [
            rule(.frequency, .lastDays(7)), rule(.reach, .lastDays(7)), rule(.reach, .lastDaysAndToday(7)),
            rule(.frequency, .today),
            Sample.rule(Sample.compare(.impressions, .lastDays(3), "> 2 x reach"), [.pause]),
        ]
        let expected = [
            shape(7, 0, daily: true, reach: true), shape(7, 1, daily: false, reach: true), shape(3, 1, daily: false, reach: true),
            shape(7, 0, daily: false, reach: true),
        ]
        #expect(ReadPlan.shapes(for: rules, level: .campaign, today: Sample.today) == expected)
    }

    @Test("a read asks for the ids of its level and for reach only when needed")
    func fields() {
        let plain = ReadShape(level: .ad, since: Sample.today, until: Sample.today, daily: true, needsReach: false)
        #expect(plain.fields.prefix(3) == ["campaign_id", "adset_id", "ad_id"])
        #expect(!plain.fields.contains("reach"))
        #expect(shape(7, 1, daily: false, reach: true).fields.contains("reach"))
    }
}
