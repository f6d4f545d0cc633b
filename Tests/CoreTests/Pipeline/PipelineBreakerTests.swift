import Core
import Testing

@Suite("Circuit breaker")
struct PipelineBreakerTests {
    /// One thing that happens, and what is to be seen then.
    private enum Step {
        case ask(_ nowMs: Int64, CircuitBreaker.Verdict)
        case note(_ success: Bool, _ nowMs: Int64, turns: Bool)
        case withdraw(_ nowMs: Int64)
    }

    /// Three failures at 0 open it for 30 s.
    private static let opening: [Step] = [
        .note(false, 0, turns: false), .note(false, 0, turns: false), .note(false, 0, turns: true),
    ]

    private func play(_ steps: [Step], location: SourceLocation = #_sourceLocation) -> CircuitBreaker {
        var breaker = CircuitBreaker(policy: BreakerPolicy(after: 3, forMs: 30_000))
        for (place, step) in steps.enumerated() {
            switch step {
            case .ask(let nowMs, let expected):
                let verdict = breaker.ask(nowMs: nowMs)
                #expect(verdict == expected, "step \(place)", sourceLocation: location)
            case .note(let success, let nowMs, let turns):
                let hasTurned = breaker.note(success: success, nowMs: nowMs)
                #expect(hasTurned == turns, "step \(place)", sourceLocation: location)
            case .withdraw(let nowMs): breaker.withdraw(nowMs: nowMs)
            }
        }
        return breaker
    }

    @Test("so many failures in a row open it; one success in between, and they count anew")
    func opens() {
        let breaker = play([
            .note(false, 1, turns: false), .note(false, 2, turns: false), .note(true, 3, turns: false),
            .note(false, 4, turns: false), .note(false, 5, turns: false), .ask(6, .go(isProbe: false)),
            .note(false, 10, turns: true), .ask(10, .wait(untilMs: 30_010)), .ask(30_009, .wait(untilMs: 30_010)),
        ])
        #expect(breaker.state == .open && breaker.sinceMs == 10 && breaker.failures == 3 && breaker.reopensAtMs == 30_010)
    }

    @Test("half open, one message goes and no other; its success closes it")
    func closes() {
        let breaker = play(
            Self.opening + [
                .ask(30_000, .go(isProbe: true)), .ask(30_001, .wait(untilMs: 60_000)), .note(true, 30_002, turns: true),
                .ask(30_003, .go(isProbe: false)),
            ])
        #expect(breaker.state == .closed && breaker.failures == 0 && breaker.reopensAtMs == nil)
    }

    @Test("half open, a failure opens it for as long again, without a word that it has turned")
    func staysOpen() {
        let breaker = play(Self.opening + [.ask(31_000, .go(isProbe: true)), .note(false, 32_000, turns: false)])
        #expect(breaker.state == .open && breaker.reopensAtMs == 62_000)
    }

    @Test("a probe that tells nothing makes room for the next; one that never reports is given up")
    func silentProbe() {
        _ = play(
            Self.opening + [
                .ask(30_000, .go(isProbe: true)), .withdraw(30_500), .ask(30_500, .go(isProbe: true)),
                .ask(60_499, .wait(untilMs: 60_500)), .ask(60_500, .go(isProbe: true)),
            ])
    }

    @Test("what was under way when it opened changes nothing when it fails, and closes it when it succeeds")
    func late() {
        let breaker = play(
            Self.opening + [.note(false, 200, turns: false), .ask(29_999, .wait(untilMs: 30_000)), .note(true, 300, turns: true)])
        #expect(breaker.state == .closed)
    }

    @Test("reliability 31: from every state a way leads back to closed, whatever happened before")
    func noDeadEnd() {
        for _ in 0..<500 {
            var breaker = CircuitBreaker(policy: BreakerPolicy(after: 2, forMs: 1_000))
            var nowMs: Int64 = 0
            for _ in 0..<40 {
                nowMs += Int64.random(in: 0...700)
                switch Int.random(in: 0..<4) {
                case 0: _ = breaker.ask(nowMs: nowMs)
                case 1: breaker.note(success: false, nowMs: nowMs)
                case 2: breaker.withdraw(nowMs: nowMs)
                case _: breaker.note(success: Bool.random(), nowMs: nowMs)
                }
            }
            nowMs += 1_000
            let verdict = breaker.ask(nowMs: nowMs)
            breaker.note(success: true, nowMs: nowMs)
            #expect(breaker.state == .closed)
            guard case .go = verdict else {
                Issue.record("nothing goes: \(breaker)")
                return
            }
        }
    }
}
