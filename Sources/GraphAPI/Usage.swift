import Core

/// How far one budget of calls is used, as Meta's headers tell it.
package struct Usage: Sendable, Equatable {
    package enum Scope: Hashable, Sendable {
        /// The whole app.
        case app
        /// An ad account (without `act_`), Page or other business object.
        case object(String)
    }

    package enum Kind: Hashable, Sendable {
        /// Every call: the platform limit and the account's score.
        case all
        case insights
        case management
        /// A budget that no call of ours takes from (`pages`, `custom_audience`, …).
        case other(String)

        var isOurs: Bool {
            switch self {
            case .all, .insights, .management: true
            case .other: false
            }
        }
    }

    package let scope: Scope
    package let kind: Kind
    /// 0 to 100 and above, rounded up.
    package let percent: Int
    /// Until calls are let in again; nil when the header names no time.
    package let regainMs: Int64?
    /// Nil when the header names none.
    package let tier: Tier?

    /// The app's access to the Marketing API; the headers keep these names for what the dashboard calls Limited and Full.
    package enum Tier: String, Sendable {
        case development = "development_access"
        case standard = "standard_access"
    }

    package init(scope: Scope, kind: Kind, percent: Int, regainMs: Int64? = nil, tier: Tier? = nil) {
        self.scope = scope
        self.kind = kind
        self.percent = percent
        self.regainMs = regainMs
        self.tier = tier
    }
}

/// Reads the four usage headers: <https://developers.facebook.com/docs/graph-api/overview/rate-limiting>.
///
/// Their absence is normal; what can't be read is left out.
enum UsageHeaders {
    /// Every usage named by the headers of one answer. `account`: the one that the call was about, which two of the headers don't
    /// name.
    static func read(_ headers: [(name: String, value: String)], account: String?) -> [Usage] {
        headers.flatMap { header -> [Usage] in
            switch header.name.lowercased() {
            case "x-app-usage": appUsage(json(header.value))
            case "x-ad-account-usage": accountUsage(json(header.value), account)
            case "x-business-use-case-usage": businessUsage(json(header.value))
            case "x-fb-ads-insights-throttle": insightsThrottle(json(header.value), account)
            case _: []
            }
        }
    }

    private static func json(_ text: String) -> JSON {
        do throws(JSONError) {
            return try JSON.parse(Array(text.utf8))
        } catch {
            return .null
        }
    }

    private static func appUsage(_ json: JSON) -> [Usage] {
        guard let percent = largest(json, ["call_count", "total_time", "total_cputime"]) else { return [] }
        return [Usage(scope: .app, kind: .all, percent: percent)]
    }

    private static func accountUsage(_ json: JSON, _ account: String?) -> [Usage] {
        guard let account, let percent = largest(json, ["acc_id_util_pct"]) else { return [] }
        let regainMs = positive(json["reset_time_duration"]).map { $0 * 1_000 }
        return [Usage(scope: .object(account), kind: .all, percent: percent, regainMs: regainMs, tier: tier(json))]
    }

    private static func businessUsage(_ json: JSON) -> [Usage] {
        json.members.flatMap { object, entries in
            entries.items.compactMap { entry -> Usage? in
                guard let type = entry["type"]?.text, let percent = largest(entry, ["call_count", "total_cputime", "total_time"])
                else { return nil }
                let regainMs = positive(entry["estimated_time_to_regain_access"]).map { $0 * 60_000 }
                return Usage(
                    scope: .object(object), kind: kind(of: type), percent: percent, regainMs: regainMs, tier: tier(entry))
            }
        }
    }

    private static func insightsThrottle(_ json: JSON, _ account: String?) -> [Usage] {
        var usage: [Usage] = []
        if let percent = largest(json, ["app_id_util_pct"]) {
            usage.append(Usage(scope: .app, kind: .insights, percent: percent, tier: tier(json)))
        }
        if let account, let percent = largest(json, ["acc_id_util_pct"]) {
            usage.append(Usage(scope: .object(account), kind: .insights, percent: percent, tier: tier(json)))
        }
        return usage
    }

    private static func kind(of type: String) -> Usage.Kind {
        switch type {
        case "ads_insights": .insights
        case "ads_management": .management
        case _: .other(type)
        }
    }

    private static func tier(_ json: JSON) -> Usage.Tier? { json["ads_api_access_tier"]?.text.flatMap(Usage.Tier.init) }

    private static func largest(_ json: JSON, _ keys: [String]) -> Int? { keys.compactMap { percent(json[$0]) }.max() }

    /// A percentage rounded up: 9.67 is 10, so that the last call before a limit is not taken for free.
    private static func percent(_ json: JSON?) -> Int? {
        let token: String
        switch json {
        case .number(let text), .string(let text): token = text
        case .null, .bool, .array, .object, nil: return nil
        }
        let parts = token.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int(parts[0]), (0...1_000_000).contains(whole) else { return nil }
        guard parts.count == 2 else { return whole }
        return parts[1].contains { $0 != "0" } ? whole + 1 : whole
    }

    /// Times of more than a day are cut to a day.
    private static func positive(_ json: JSON?) -> Int64? {
        guard let value = json?.integer, value > 0 else { return nil }
        return min(value, 86_400)
    }
}
