/// Rules over facts: pure functions, the same for a preview, a backtest and the real thing.
package enum RuleEngine {
    /// What `rule` comes to for the entity of `input`. Every comparison is computed, so that `why` can show all of them.
    package static func evaluate(_ rule: Rule, _ input: RuleInput) -> Evaluation {
        var walk = Walk(metrics: EntityMetrics(input: input))
        let truth = walk.truth(of: rule.when, path: "when", depth: 0)
        let held = rule.guards.flatMap { walk.held(by: $0) }
        return Evaluation(
            truth: truth, operands: walk.operands, evidence: walk.evidence.sorted(), own: walk.own.sorted(), guardHeld: held)
    }

    /// One pass over a condition, which notes what it saw.
    private struct Walk {
        let metrics: EntityMetrics
        var operands: [Operand] = []
        var evidence: Set<Int64> = []
        var own: Set<String> = []
        /// Of the comparison that is being read.
        var ownEvents: Set<Int64> = []
        var spendAge: SpendAge?

        init(metrics: EntityMetrics) { self.metrics = metrics }

        mutating func truth(of condition: Condition, path: String, depth: Int) -> Truth {
            guard depth <= Condition.depthMax else { return .unknown(.malformed) }
            switch condition {
            case .compare(let comparison): return truth(of: comparison, path: path)
            case .not(let inner): return truth(of: inner, path: "\(path).not", depth: depth + 1).negated
            case .all(let parts): return .all(truths(of: parts, path: "\(path).all", depth: depth + 1))
            case .any(let parts): return .any(truths(of: parts, path: "\(path).any", depth: depth + 1))
            }
        }

        private mutating func truths(of parts: [Condition], path: String, depth: Int) -> [Truth] {
            var truths: [Truth] = []
            for (index, part) in parts.enumerated() { truths.append(truth(of: part, path: "\(path)[\(index)]", depth: depth)) }
            return truths
        }

        private mutating func truth(of comparison: Comparison, path: String) -> Truth {
            (ownEvents, spendAge) = ([], nil)
            let left = read(comparison.metric, comparison.window)
            let right: [MetricValue]
            let truth: Truth
            switch comparison.test {
            case .compare(let op, let side):
                right = [read(side, comparison.window)]
                truth = left.compared(op, right[0])
            case .between(let low, let high):
                right = [read(low, comparison.window), read(high, comparison.window)]
                truth = .all([left.compared(.greaterOrEqual, right[0]), left.compared(.lessOrEqual, right[1])])
            }
            let operand = Operand(
                path: path, metric: comparison.metric, window: comparison.window, left: left, test: comparison.test, right: right,
                truth: truth, ownEvents: ownEvents.sorted(), spendAge: spendAge)
            operands.append(operand)
            return truth
        }

        private mutating func read(_ metric: Metric, _ window: Window?) -> MetricValue {
            let reading = metrics.value(of: metric, over: window)
            evidence.formUnion(reading.evidence)
            own.formUnion(reading.own)
            ownEvents.formUnion(reading.events)
            spendAge = spendAge ?? reading.spendAge
            return reading.value
        }

        private mutating func read(_ side: Side, _ window: Window?) -> MetricValue {
            switch side {
            case .number(let number): return .value(number.ratio)
            case .multiple(let factor, let metric):
                return read(metric, window).multiplied(by: factor)
            }
        }

        /// Why the guard holds the rule back; nil when enough was delivered.
        mutating func held(by guards: Guard) -> String? {
            let impressions = guards.minImpressions.map { Scaled($0) ?? Scaled(units: .max) }
            let tests: [(path: String, metric: Metric, least: Scaled?)] = [
                ("guard.impressions", .impressions, impressions), ("guard.spend", .spend, guards.minSpend),
            ]
            var held: String?
            for (path, metric, least) in tests {
                guard let least else { continue }
                let comparison = Comparison(
                    metric: metric, window: guards.window, test: .compare(.greaterOrEqual, .number(least)))
                switch truth(of: comparison, path: path) {
                case .true: continue
                case .false:
                    let seen = operands.last?.left.text ?? ""
                    held = held ?? "\(metric.text) over \(guards.window.text) is \(seen), below the guard's \(least.text)."
                case .unknown(let reason):
                    held = held ?? "\(metric.text) over \(guards.window.text) is unknown: \(reason.sentence)"
                }
            }
            return held
        }
    }
}
