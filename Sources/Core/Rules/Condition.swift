/// A tree of comparisons.
package indirect enum Condition: Sendable, Equatable {
    case all([Condition])
    case any([Condition])
    case not(Condition)
    case compare(Comparison)

    /// Deepest nesting; beyond it the condition is unknown, and `Rule.faults` refuses it before.
    package static let depthMax = Limits.jsonDepthMax

    /// Every comparison with its path, in the order of the file: `when.all[2].not`.
    package var comparisons: [(path: String, comparison: Comparison)] { comparisons(at: "when", depth: 0) }

    private func comparisons(at path: String, depth: Int) -> [(path: String, comparison: Comparison)] {
        guard depth <= Self.depthMax else { return [] }
        switch self {
        case .compare(let comparison): return [(path, comparison)]
        case .not(let inner): return inner.comparisons(at: "\(path).not", depth: depth + 1)
        case .all(let parts): return Self.each(parts, at: "\(path).all", depth: depth)
        case .any(let parts): return Self.each(parts, at: "\(path).any", depth: depth)
        }
    }

    private static func each(_ parts: [Condition], at path: String, depth: Int) -> [(path: String, comparison: Comparison)] {
        parts.enumerated().flatMap { $1.comparisons(at: "\(path)[\($0)]", depth: depth + 1) }
    }
}
