import Testing

@testable import Core

@Suite("Three values of truth")
struct RulesTruthTests {
    private static let values: [Truth] = [.true, .false, .unknown(.notRead)]
    private static let pairs = values.flatMap { a in values.map { (a, $0) } }

    @Test("all, by Kleene's table", arguments: pairs)
    func all(a: Truth, b: Truth) {
        let expected: Truth =
            switch (a, b) {
            case (.false, _), (_, .false): .false
            case (.true, .true): .true
            case (.unknown, _), (_, .unknown): .unknown(.notRead)
            }
        #expect(Truth.all([a, b]) == expected)
    }

    @Test("any, by Kleene's table", arguments: pairs)
    func any(a: Truth, b: Truth) {
        let expected: Truth =
            switch (a, b) {
            case (.true, _), (_, .true): .true
            case (.false, .false): .false
            case (.unknown, _), (_, .unknown): .unknown(.notRead)
            }
        #expect(Truth.any([a, b]) == expected)
    }

    @Test("not turns twice into the same and leaves unknown alone")
    func negation() {
        for value in Self.values { #expect(value.negated.negated == value) }
        #expect(Truth.unknown(.noRows).negated == .unknown(.noRows))
        #expect(Truth.true.negated == .false)
    }

    @Test("the first reason for not knowing is kept")
    func reasons() {
        #expect(Truth.all([.true, .unknown(.noRows), .unknown(.notRead)]) == .unknown(.noRows))
        #expect(Truth.any([.false, .unknown(.noRows), .unknown(.notRead)]) == .unknown(.noRows))
    }

    /// A drawn condition over three figures of which one is known high, one low, one unknown.
    private func draw(_ random: inout SplitMix, depth: Int) throws -> Condition {
        guard depth > 0, Int.random(in: 0..<4, using: &random) > 0 else {
            let metric = [Metric.impressions, .clicks, .action("never")][Int.random(in: 0..<3, using: &random)]
            return try Sample.compare(metric, .yesterday, "> 100")
        }
        if Int.random(in: 0..<3, using: &random) == 0 { return .not(try draw(&random, depth: depth - 1)) }
        var parts: [Condition] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) { parts.append(try draw(&random, depth: depth - 1)) }
        return Bool.random(using: &random) ? .all(parts) : .any(parts)
    }

    /// True where the condition holds when every unknown is `guess`.
    private func holds(_ condition: Condition, guess: Bool) -> Bool {
        switch condition {
        case .compare(let comparison): comparison.metric == .impressions || (comparison.metric != .clicks && guess)
        case .not(let inner): !holds(inner, guess: guess)
        case .all(let parts): parts.allSatisfy { holds($0, guess: guess) }
        case .any(let parts): parts.contains { holds($0, guess: guess) }
        }
    }

    @Test("drawn conditions: a known answer stands whatever the unknown turns out to be, and not-all is any-not")
    func drawn() throws {
        var random = SplitMix(seed: 3)
        let input = Sample.input([Sample.row(1, daysAgo: 1)], known: [])
        for _ in 0..<500 {
            let condition = try draw(&random, depth: 5)
            let truth = RuleEngine.evaluate(Sample.rule(condition, [.pause]), input).truth
            switch truth {
            case .true: #expect(holds(condition, guess: true) && holds(condition, guess: false))
            case .false: #expect(!holds(condition, guess: true) && !holds(condition, guess: false))
            case .unknown(let reason): #expect(reason == .actionNeverSeen("never"))
            }
            #expect(RuleEngine.evaluate(Sample.rule(.not(condition), [.pause]), input).truth == truth.negated)
            if case .all(let parts) = condition {
                let turned = Condition.any(parts.map(Condition.not))
                #expect(RuleEngine.evaluate(Sample.rule(turned, [.pause]), input).truth == truth.negated)
            }
        }
    }
}
