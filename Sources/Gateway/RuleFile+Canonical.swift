import Core

/// The text that a rule's version is the digest of: JSON with sorted keys, the same for two spellings of one rule.
extension Rule {
    var canonicalText: String {
        var members: [(String, JSON)] = [
            ("workspace", .string(workspace)),
            ("name", .string(name)),
            ("scope", scope.document),
            ("when", when.document),
            ("then", .array(actions.map { .string($0.text) })),
            ("mode", .string(mode.rawValue)),
        ]
        if let guards { members.append(("guard", guards.document)) }
        if let count = limits.actionsPerDay { members.append(("actions_per_day", .integer(count))) }
        if let cooldown = limits.cooldownMs { members.append(("cooldown_ms", .integer(cooldown))) }
        return JSON.members(members).encoded(sortedKeys: true)
    }

    func with(version: String) -> Rule {
        Rule(
            workspace: workspace, name: name, version: version, scope: scope, when: when, guards: guards, actions: actions,
            limits: limits,
            mode: mode)
    }
}

extension JSON {
    fileprivate static func members(_ members: [(String, JSON)]) -> JSON {
        .object(JSONObject(members.map { JSONObject.Member(key: $0.0, value: $0.1) }))
    }
}

extension Scope {
    fileprivate var document: JSON {
        var members: [(String, JSON)] = [("level", .string(level.rawValue)), ("status", .string(status.rawValue))]
        if !accounts.isEmpty { members.append(("accounts", .array(accounts.sorted().map(JSON.string)))) }
        switch name {
        case .contains(let text): members.append(("name", ["contains": .string(text)]))
        case .equals(let text): members.append(("name", ["equals": .string(text)]))
        case .startsWith(let text): members.append(("name", ["starts_with": .string(text)]))
        case .endsWith(let text): members.append(("name", ["ends_with": .string(text)]))
        case nil: break
        }
        return .members(members)
    }
}

extension Condition {
    fileprivate var document: JSON {
        switch self {
        case .all(let parts): ["all": .array(parts.map(\.document))]
        case .any(let parts): ["any": .array(parts.map(\.document))]
        case .not(let inner): ["not": inner.document]
        case .compare(let comparison): comparison.document
        }
    }
}

extension Comparison {
    fileprivate var document: JSON {
        var members: [(String, JSON)] = [("metric", .string(metric.text)), ("is", .string(test.text))]
        if let window { members.append(("window", .string(window.text))) }
        return .members(members)
    }
}

extension Guard {
    fileprivate var document: JSON {
        var members: [(String, JSON)] = [("window", .string(window.text))]
        if let minImpressions { members.append(("impressions", .integer(minImpressions))) }
        if let minSpend { members.append(("spend", .string(minSpend.text))) }
        return .members(members)
    }
}
