extension MetricValue {
    /// What `self op other` comes to. A lower bound settles only what stays so however much is added to it.
    func compared(_ op: Operator, _ other: MetricValue) -> Truth {
        switch (self, other) {
        case (.value(let left), .value(let right)): Truth(op.holds(left, right))
        case (.unknown(let reason), _), (_, .unknown(let reason)): .unknown(reason)
        case (.atLeast(let bound), .value(let right)): op.settled(from: bound, right)
        case (.value(let left), .atLeast(let bound)): op.mirrored.settled(from: bound, left)
        case (.atLeast, .atLeast): .unknown(.ownIncomplete)
        }
    }

    /// A bound below times a factor below zero would be a bound above: nothing is made of that.
    func multiplied(by factor: Scaled) -> MetricValue {
        switch self {
        case .value(let ratio): return ratio.multiplied(by: factor.ratio).map(MetricValue.value) ?? .unknown(.overflow)
        case .atLeast(let ratio):
            guard factor > .zero else { return factor == .zero ? .value(Ratio(0)) : .unknown(.ownIncomplete) }
            return ratio.multiplied(by: factor.ratio).map(MetricValue.atLeast) ?? .unknown(.overflow)
        case .unknown: return self
        }
    }
}

extension Operator {
    /// What it comes to when the left side is `bound` or anything above it.
    fileprivate func settled(from bound: Ratio, _ right: Ratio) -> Truth {
        switch self {
        case .greater: bound > right ? .true : .unknown(.ownIncomplete)
        case .greaterOrEqual: bound >= right ? .true : .unknown(.ownIncomplete)
        case .less: bound >= right ? .false : .unknown(.ownIncomplete)
        case .lessOrEqual: bound > right ? .false : .unknown(.ownIncomplete)
        case .equal: bound > right ? .false : .unknown(.ownIncomplete)
        case .notEqual: bound > right ? .true : .unknown(.ownIncomplete)
        }
    }

    /// The same test with its sides changed about.
    fileprivate var mirrored: Operator {
        switch self {
        case .greater: .less
        case .greaterOrEqual: .lessOrEqual
        case .less: .greater
        case .lessOrEqual: .greaterOrEqual
        case .equal, .notEqual: self
        }
    }
}
