package import Core

/// Whether a call may be made now, from what Meta's headers and refusals said so far.
///
/// A value without a clock. From `readPercentMax` on reads wait, so that writes (a pause must not stand behind a report) keep
/// what is left; from `writePercentMax` on writes wait too. A percentage without a time of its own is believed for `believedMs`,
/// the time in which Meta's own score decays; then one call is let through, whose answer brings the next percentage.
package struct Quota: Sendable {
    /// Share of a budget at which reads stop.
    package static let readPercentMax = 75
    /// Share at which writes stop too; a call at 100 costs a block of minutes.
    package static let writePercentMax = 95
    /// How long a percentage is believed that came without a time.
    package static let believedMs: Int64 = 300_000

    private struct Key: Hashable {
        let app: String
        let scope: Usage.Scope
        let kind: Usage.Kind
    }

    private struct Level {
        var percent: Int
        var untilMs: Int64
    }

    private var levels: [Key: Level] = [:]
    private var closed: [Key: Int64] = [:]

    package init() {}

    /// Takes in the usage headers of an answer.
    package mutating func note(_ call: GraphCall) {
        for usage in call.usage where usage.kind.isOurs {
            let untilMs = call.atMs + (usage.regainMs ?? Self.believedMs)
            levels[Key(app: call.app, scope: usage.scope, kind: usage.kind)] = Level(percent: usage.percent, untilMs: untilMs)
        }
    }

    /// Closes what a throttling refusal spoke of, for as long as it said. Other errors change nothing.
    package mutating func note(_ error: GraphError, app: String, account: String?, kind: CallKind, nowMs: Int64) {
        guard case .refused(let refusal) = error, refusal.kind == .throttle, let scope = refusal.throttled else { return }
        let key: Key
        switch scope {
        case .app: key = Key(app: app, scope: .app, kind: .all)
        case .appInsights: key = Key(app: app, scope: .app, kind: .insights)
        case .account, .accountInsights, .accountManagement:
            guard let account else { return }
            key = Key(app: app, scope: .object(account), kind: Self.kind(of: scope))
        case .call: return
        }
        closed[key] = max(closed[key] ?? 0, nowMs + (refusal.waitMs ?? Self.believedMs))
    }

    /// Go, or wait until a time and why.
    package func verdict(_ kind: CallKind, app: String, account: String, nowMs: Int64) -> QuotaVerdict {
        let percentMax = kind == .write ? Self.writePercentMax : Self.readPercentMax
        var untilMs: Int64 = 0
        for key in Self.keys(kind, app, account) {
            if let level = levels[key], level.percent >= percentMax, level.untilMs > nowMs {
                untilMs = max(untilMs, level.untilMs)
            }
            untilMs = max(untilMs, closed[key] ?? 0)
        }
        guard untilMs > nowMs else { return .go }
        return .wait(
            untilMs: untilMs,
            Reason(
                "quota_low", "Meta's budget of calls for ad account \(account) is nearly used.",
                remedy: "Nothing to do: the call goes out when Meta says that there is room."))
    }

    private static func keys(_ kind: CallKind, _ app: String, _ account: String) -> [Key] {
        let own: Usage.Kind = kind == .insights ? .insights : .management
        return [Usage.Scope.app, .object(account)].flatMap { scope in
            [Key(app: app, scope: scope, kind: .all), Key(app: app, scope: scope, kind: own)]
        }
    }

    private static func kind(of scope: ThrottleScope) -> Usage.Kind {
        switch scope {
        case .accountInsights, .appInsights: .insights
        case .accountManagement: .management
        case .account, .app, .call: .all
        }
    }
}

/// The answer of `Quota`.
package enum QuotaVerdict: Sendable, Equatable {
    case go
    case wait(untilMs: Int64, Reason)
}
