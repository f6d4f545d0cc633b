import Core
import Testing

@Suite("How often and how long work is tried")
struct PipelineRetryTests {
    private static let reason = Reason("down", "It is down.")
    private static let dayMs: Int64 = 86_400_000
    private let bound = RetryBound(startMs: 0)

    @Test("the last attempt is the twelfth; the code stays, the sentence says how often, and what to do is said")
    func attempts() {
        let last = Int64(Limits.attemptsMax)
        guard
            case .again(let dueAtMs, true, Self.reason) = bound.ending(
                .retry(Self.reason), tries: last - 1, nowMs: 10, draw: 500_000)
        else {
            Issue.record("not tried again")
            return
        }
        #expect(dueAtMs > 10)
        guard case .dead(let reason) = bound.ending(.retry(Self.reason), tries: last, nowMs: 10, draw: 0) else {
            Issue.record("not dead")
            return
        }
        #expect(reason.code == "down" && reason.sentence == "It is down. Given up after 12 attempts.")
        #expect(reason.remedy == "Mend what it says, then `touchstone events retry`.")
    }

    @Test("full jitter: anywhere between nothing and the doubled base")
    func jitter() {
        for (tries, ceilingMs) in [(1, 1_000), (2, 2_000), (5, 16_000), (11, 900_000)] as [(Int64, Int64)] {
            for draw in [0, 250_000, 999_999] as [Int64] {
                #expect(
                    bound.ending(.retry(Self.reason), tries: tries, nowMs: 0, draw: draw)
                        == .again(dueAtMs: max(50, ceilingMs * draw / 1_000_000), counts: true, Self.reason))
            }
        }
    }

    @Test("nothing is put off beyond the deadline: the last try before it is at it")
    func capped() {
        let nowMs = 7 * Self.dayMs - 1_000
        #expect(
            bound.ending(.snooze(untilMs: nowMs + 3_600_000, Self.reason), tries: 1, nowMs: nowMs, draw: 0)
                == .again(dueAtMs: 7 * Self.dayMs, counts: false, Self.reason))
        #expect(
            bound.ending(.retry(Self.reason), tries: 8, nowMs: nowMs, draw: 999_999)
                == .again(dueAtMs: 7 * Self.dayMs, counts: true, Self.reason))
    }

    @Test("reliability 9: past the deadline every try counts, and the fourth is the last, whatever is answered")
    func pastDeadline() {
        let nowMs = 7 * Self.dayMs + 5
        for tries in 1...3 as ClosedRange<Int64> {
            #expect(
                bound.ending(.snooze(untilMs: nowMs + 600_000, Self.reason), tries: tries, nowMs: nowMs, draw: 0)
                    == .again(dueAtMs: nowMs + 600_000, counts: true, Self.reason))
        }
        for disposition in [.snooze(untilMs: nowMs + 1, Self.reason), .retry(Self.reason), .split(Self.reason)] as [Disposition] {
            guard case .dead(let reason) = bound.ending(disposition, tries: 4, nowMs: nowMs, draw: 0) else {
                Issue.record("not dead: \(disposition)")
                return
            }
            #expect(reason.code == "tried_too_long" && reason.sentence.contains("within 7 days; the last time: down"))
            #expect(!reason.remedy.isEmpty)
        }
    }

    @Test("reliability 9: whatever is answered each time, work comes to its end", arguments: [true, false])
    func ends(snoozes: Bool) {
        var nowMs: Int64 = 0
        var tries: Int64 = 0
        for _ in 0..<20_000 {
            tries += 1
            let disposition: Disposition =
                snoozes ? .snooze(untilMs: nowMs + 60_000, Self.reason) : .retry(Self.reason)
            switch bound.ending(disposition, tries: tries, nowMs: nowMs, draw: 999_999) {
            case .again(let dueAtMs, let counts, _):
                nowMs = dueAtMs
                if !counts { tries -= 1 }
            case .dead: return
            case .held:
                Issue.record("held")
                return
            }
        }
        Issue.record("it never ends")
    }

    @Test("a closed gate holds, whatever the time; a refusal is the end at once")
    func others() {
        let late = 100 * Self.dayMs
        #expect(
            bound.ending(.hold(.account("1"), Self.reason), tries: 99, nowMs: late, draw: 0) == .held(.account("1"), Self.reason))
        #expect(bound.ending(.cancel(Self.reason), tries: 1, nowMs: 0, draw: 0) == .dead(Self.reason))
    }
}
