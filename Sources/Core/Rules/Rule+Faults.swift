extension Rule {
    /// Everything in the rule that can't go together, each with its place and its reason; empty for a sound rule.
    package var faults: [RuleFault] {
        generalFaults + conditionFaults(when, at: "when", depth: 0) + guardFaults + actionFaults + limitFaults
    }

    private var generalFaults: [RuleFault] {
        var faults: [RuleFault] = []
        if name.isEmpty { faults.append(RuleFault(path: "name", sentence: "A rule needs a name.")) }
        if actions.isEmpty { faults.append(RuleFault(path: "then", sentence: "A rule needs at least one action.")) }
        return faults
    }

    // MARK: conditions

    private func conditionFaults(_ condition: Condition, at path: String, depth: Int) -> [RuleFault] {
        guard depth <= Condition.depthMax else {
            return [RuleFault(path: path, sentence: "The condition is nested deeper than \(Condition.depthMax) levels.")]
        }
        switch condition {
        case .compare(let comparison): return comparisonFaults(comparison).map { RuleFault(path: path, sentence: $0) }
        case .not(let inner): return conditionFaults(inner, at: "\(path).not", depth: depth + 1)
        case .all(let parts): return partFaults(parts, at: "\(path).all", depth: depth)
        case .any(let parts): return partFaults(parts, at: "\(path).any", depth: depth)
        }
    }

    private func partFaults(_ parts: [Condition], at path: String, depth: Int) -> [RuleFault] {
        guard !parts.isEmpty else {
            return [RuleFault(path: path, sentence: "The list is empty: expected at least one condition.")]
        }
        return parts.enumerated().flatMap { conditionFaults($1, at: "\(path)[\($0)]", depth: depth + 1) }
    }

    private func comparisonFaults(_ comparison: Comparison) -> [String] {
        windowFaults(comparison) + levelFaults(comparison) + unitFaults(comparison) + rangeFaults(comparison.test)
    }

    private func windowFaults(_ comparison: Comparison) -> [String] {
        let needing = comparison.metrics.filter { !$0.isBudget }
        switch (comparison.window, needing.first) {
        case (nil, let metric?): return ["\(metric.text) needs a window, such as last_7d."]
        case (_?, nil): return ["\(comparison.metric.text) is a setting of the entity and has no window."]
        case (nil, nil), (_?, _?): return []
        }
    }

    private func levelFaults(_ comparison: Comparison) -> [String] {
        comparison.metrics.compactMap { metric in
            switch scope.level {
            case .account where metric.isOwn:
                "\(metric.text) does not exist at level account: our own events are counted for campaigns, ad sets and ads."
            case .account where metric.isBudget, .ad where metric.isBudget:
                "\(metric.text) does not exist at level \(scope.level.rawValue): only campaigns and ad sets have budgets."
            case .account, .campaign, .adset, .ad: nil
            }
        }
    }

    private func unitFaults(_ comparison: Comparison) -> [String] {
        let unit = comparison.metric.unit
        return comparison.test.metrics.filter { $0.unit != unit }.map {
            "\(comparison.metric.text) (\(unit.rawValue)) can't be compared with \($0.text) (\($0.unit.rawValue))."
        }
    }

    private func rangeFaults(_ test: RuleTest) -> [String] {
        guard case .between(.number(let low), .number(let high)) = test, low > high else { return [] }
        return ["between \(low.text) and \(high.text) is never true: the first number must not be above the second."]
    }

    // MARK: guard, actions, limits

    private var guardFaults: [RuleFault] {
        guard let guards else { return [] }
        var faults: [RuleFault] = []
        if guards.minImpressions == nil, guards.minSpend == nil {
            faults.append(RuleFault(path: "guard", sentence: "The guard is empty: expected impressions or spend."))
        }
        if let least = guards.minImpressions, least < 0 {
            faults.append(RuleFault(path: "guard.impressions", sentence: "A number of impressions can't be below zero."))
        }
        if let least = guards.minSpend, least < .zero {
            faults.append(RuleFault(path: "guard.spend", sentence: "An amount of spend can't be below zero."))
        }
        return faults
    }

    private var actionFaults: [RuleFault] {
        actions.enumerated().flatMap { index, action in
            let earlier = actions[..<index]
            return (faults(of: action) + clashes(of: action, with: earlier)).map {
                RuleFault(path: "then[\(index)]", sentence: $0)
            }
        }
    }

    private func faults(of action: RuleAction) -> [String] {
        switch action {
        case .pause:
            if scope.level == .account { return ["An ad account can't be paused."] }
            return scope.status == .paused ? ["The scope holds only paused entities, so that pause never does anything."] : []
        case .resume:
            if scope.level == .account { return ["An ad account can't be resumed."] }
            guard scope.status == .active else { return [] }
            return ["The scope holds only active entities, so that resume never does anything: say status: paused."]
        case .adjustBudget(let change):
            switch scope.level {
            case .account, .ad:
                return ["adjust_budget does not work at level \(scope.level.rawValue): only campaigns and ad sets have budgets."]
            case .campaign, .adset: return faults(of: change)
            }
        case .notify(let destination):
            return destination.isEmpty ? ["notify needs the name of a destination."] : []
        }
    }

    private func faults(of change: BudgetChange) -> [String] {
        if let low = change.min, let high = change.max, low > high { return ["min \(low.text) is above max \(high.text)."] }
        guard case .to(let target) = change.step else { return [] }
        if let low = change.min, target < low { return ["to \(target.text) is below min \(low.text)."] }
        if let high = change.max, target > high { return ["to \(target.text) is above max \(high.text)."] }
        return []
    }

    private func clashes(of action: RuleAction, with earlier: ArraySlice<RuleAction>) -> [String] {
        let kinds = earlier.map(\.kind)
        switch action {
        case .pause where kinds.contains(.resume), .resume where kinds.contains(.pause):
            return ["pause and resume in one rule contradict each other."]
        case .pause, .resume, .adjustBudget: return kinds.contains(action.kind) ? ["\(action.kind.rawValue) is there twice."] : []
        case .notify: return earlier.contains(action) ? ["The same destination is there twice."] : []
        }
    }

    private var limitFaults: [RuleFault] {
        var faults: [RuleFault] = []
        if let count = limits.actionsPerDay, count < 1 {
            faults.append(
                RuleFault(path: "limits.actions_per_day", sentence: "\(count) actions per day never act: expected 1 or more."))
        }
        if let cooldown = limits.cooldownMs, cooldown < 0 {
            faults.append(RuleFault(path: "limits.cooldown", sentence: "A cooldown can't be below zero."))
        }
        return faults
    }
}
