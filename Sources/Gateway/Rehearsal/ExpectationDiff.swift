package import Core

/// Compares what happened with what was expected: a subset is enough, an empty list means "none at all".
package struct ExpectationDiff: Sendable {
    /// One sentence each, the thing that is missing or different first.
    package private(set) var differences: [String] = []

    package init(expected: JSON, actual: JSON) {
        compareAnswer(expected["answer"], actual["answer"])
        for (key, name) in [
            ("events", "event"), ("entities", "touched entity"), ("effects", "effect"), ("graph_calls", "call to the Graph API"),
        ] {
            guard let list = expected[key] else { continue }
            compare(list.items, with: actual[key]?.items ?? [], name)
        }
    }

    private mutating func compareAnswer(_ expected: JSON?, _ actual: JSON?) {
        guard let expected, !Self.holds(expected, in: actual ?? .null) else { return }
        differences.append("answer: expected \(expected.encoded()), got \((actual ?? .null).encoded())")
    }

    /// Every expected thing must have one of its own; what is left over may be.
    private mutating func compare(_ expected: [JSON], with actual: [JSON], _ name: String) {
        if expected.isEmpty, !actual.isEmpty {
            differences.append("\(name): expected none, got " + actual.map { $0.encoded() }.joined(separator: ", "))
        }
        var rest = actual
        for item in expected {
            if let index = rest.firstIndex(where: { Self.holds(item, in: $0) }) {
                rest.remove(at: index)
            } else {
                differences.append(missing(item, among: rest, name))
            }
        }
    }

    private func missing(_ item: JSON, among rest: [JSON], _ name: String) -> String {
        let sentence = "\(name) missing: \(item.encoded())"
        let nearest = rest.map { ($0, Self.likeness(item, $0)) }.max { $0.1 < $1.1 }
        guard let (candidate, likeness) = nearest, likeness > 0 else { return sentence }
        return sentence + "\n      nearest: \(candidate.encoded())"
    }

    /// Members in common.
    private static func likeness(_ a: JSON, _ b: JSON) -> Int {
        guard case .object = a else { return a == b ? 1 : 0 }
        return a.members.count { member in b[member.key].map { holds(member.value, in: $0) } ?? false }
    }

    /// Whether all of `expected` is in `actual`: members of objects, element by element of lists, values that are equal.
    package static func holds(_ expected: JSON, in actual: JSON) -> Bool {
        switch (expected, actual) {
        case (.object, .object):
            return expected.members.allSatisfy { member in
                actual[member.key].map { holds(member.value, in: $0) } ?? member.value.isNull
            }
        case (.array(let a), .array(let b)): return a.count == b.count && zip(a, b).allSatisfy(holds)
        case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _): return expected == actual
        }
    }
}
