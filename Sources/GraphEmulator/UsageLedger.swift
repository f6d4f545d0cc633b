/// What each app and account has used, as Meta's headers tell it.
struct UsageLedger: Sendable {
    /// Which of the two buckets of an account a call goes to.
    enum Bucket: String, Sendable {
        case insights = "ads_insights"
        case management = "ads_management"
    }

    private struct AccountUse {
        /// Read = 1, write = 3, over five minutes.
        var score = SlidingCount(spanMs: 300_000, slotMs: 1_000)
        var insights = SlidingCount(spanMs: 3_600_000, slotMs: 10_000)
        var management = SlidingCount(spanMs: 3_600_000, slotMs: 10_000)
        var blockedUntilMs: Int64 = 0
    }

    let isStandardTier: Bool
    let enforces: Bool
    private var app = SlidingCount(spanMs: 3_600_000, slotMs: 10_000)
    private var appInsights = SlidingCount(spanMs: 3_600_000, slotMs: 10_000)
    private var accounts: [String: AccountUse] = [:]

    /// What an app may call in an hour: Meta reckons it from its users; the emulator takes a thousand of them.
    private static let appCallsPerHour: Int64 = 200_000

    init(isStandardTier: Bool, enforces: Bool) {
        self.isStandardTier = isStandardTier
        self.enforces = enforces
    }

    private var tier: String { isStandardTier ? "standard_access" : "development_access" }
    private var scoreMax: Int64 { isStandardTier ? 9_000 : 60 }

    /// Counts a call; the refusal, if the account has used up its score and limits are enforced.
    mutating func count(account: String?, bucket: Bucket, isWrite: Bool, nowMs: Int64) -> GraphFailure? {
        app.add(1, nowMs: nowMs)
        guard let account else { return nil }
        var use = accounts[account] ?? AccountUse()
        defer { accounts[account] = use }
        if bucket == .insights {
            use.insights.add(1, nowMs: nowMs)
            appInsights.add(1, nowMs: nowMs)
        } else {
            use.management.add(1, nowMs: nowMs)
        }
        guard enforces else {
            use.score.add(isWrite ? 3 : 1, nowMs: nowMs)
            return nil
        }
        guard nowMs >= use.blockedUntilMs else { return .tooManyCalls }
        use.score.add(isWrite ? 3 : 1, nowMs: nowMs)
        guard use.score.sum(nowMs: nowMs) > scoreMax else { return nil }
        use.blockedUntilMs = nowMs + (isStandardTier ? 60_000 : 300_000)
        return .tooManyCalls
    }

    /// The headers of an answer about an account.
    mutating func headers(account: AdAccount?, nowMs: Int64) -> [(name: String, value: String)] {
        let appPercent = percent(app.sum(nowMs: nowMs), of: Self.appCallsPerHour)
        var headers = [("X-App-Usage", Self.calls(appPercent, []).encoded(.plain))]
        guard let account else { return headers }
        var use = accounts[account.number] ?? AccountUse()
        let scoreMicros = use.score.sum(nowMs: nowMs) * 10_000 / scoreMax
        let score = "\(scoreMicros / 100).\(pad(Int(scoreMicros % 100), 2))"
        let resetSeconds = max(0, (use.blockedUntilMs - nowMs + 999) / 1000)
        let ads = Int64(account.adCount)
        let insights = percent(use.insights.sum(nowMs: nowMs), of: (isStandardTier ? 190_000 : 600) + 400 * ads)
        let management = percent(use.management.sum(nowMs: nowMs), of: (isStandardTier ? 100_000 : 300) + 40 * ads)
        accounts[account.number] = use
        headers.append(
            (
                "X-Ad-Account-Usage",
                ([
                    "acc_id_util_pct": .number(score), "reset_time_duration": .integer(resetSeconds),
                    "ads_api_access_tier": .string(tier),
                ] as Value).encoded(.plain)
            ))
        headers.append(("X-Business-Use-Case-Usage", businessUse(account.number, insights, management).encoded(.plain)))
        headers.append(
            (
                "X-FB-Ads-Insights-Throttle",
                ([
                    "app_id_util_pct": .integer(percent(appInsights.sum(nowMs: nowMs), of: Self.appCallsPerHour)),
                    "acc_id_util_pct": .integer(insights), "ads_api_access_tier": .string(tier),
                ] as Value).encoded(.plain)
            ))
        return headers
    }

    private func percent(_ count: Int64, of quota: Int64) -> Int64 { count * 100 / quota }

    private static func calls(_ percent: Int64, _ more: [Value.Member]) -> Value {
        .object(
            ["call_count", "total_time", "total_cputime"].map { .init(key: $0, value: .integer(percent)) } + more)
    }

    private func businessUse(_ account: String, _ insights: Int64, _ management: Int64) -> Value {
        let entries = [(Bucket.insights, insights), (.management, management)].map { bucket, percent in
            let more: [Value.Member] = [
                .init(key: "estimated_time_to_regain_access", value: 0),
                .init(key: "ads_api_access_tier", value: .string(tier)),
            ]
            return Value.object([.init(key: "type", value: .string(bucket.rawValue))] + Self.calls(percent, more).members)
        }
        return .object([.init(key: account, value: .array(entries))])
    }
}
