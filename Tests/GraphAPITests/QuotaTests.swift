import Core
import Testing

@testable import GraphAPI

@Suite("Usage headers and the quota made from them")
struct QuotaTests {
    private static let now: Int64 = 1_000_000

    private func call(_ usage: [Usage], account: String = "1", app: String = "main", atMs: Int64 = now) -> GraphCall {
        GraphCall(
            purpose: .insights, workspace: "w", app: app, account: account, method: "GET", path: "/x", status: 200, code: nil,
            subcode: nil,
            traceID: "", usage: usage, rows: 0, durationMs: 1, atMs: atMs, outcome: "done")
    }

    private static let written: [(String, String, [Usage])] = [
        ("X-App-Usage", #"{"call_count":28,"total_time":25,"total_cputime":25}"#, [Usage(scope: .app, kind: .all, percent: 28)]),
        (
            "x-ad-account-usage", #"{"acc_id_util_pct":9.67,"reset_time_duration":100,"ads_api_access_tier":"standard_access"}"#,
            [Usage(scope: .object("1"), kind: .all, percent: 10, regainMs: 100_000, tier: .standard)]
        ),
        (
            "X-Business-Use-Case-Usage",
            #"{"66":[{"type":"ads_management","call_count":95,"total_cputime":20,"total_time":20,"estimated_time_to_regain_access":19,"ads_api_access_tier":"development_access"},{"type":"pages","call_count":1}],"67":[{"type":"ads_insights","call_count":1,"total_cputime":"100"}]}"#,
            [
                Usage(scope: .object("66"), kind: .management, percent: 95, regainMs: 19 * 60_000, tier: .development),
                Usage(scope: .object("66"), kind: .other("pages"), percent: 1),
                Usage(scope: .object("67"), kind: .insights, percent: 100),
            ]
        ),
        (
            "X-FB-Ads-Insights-Throttle",
            #"{"app_id_util_pct":100,"acc_id_util_pct":10.0,"ads_api_access_tier":"standard_access"}"#,
            [
                Usage(scope: .app, kind: .insights, percent: 100, tier: .standard),
                Usage(scope: .object("1"), kind: .insights, percent: 10, tier: .standard),
            ]
        ),
        ("X-App-Usage", "", []), ("X-App-Usage", "{", []), ("X-App-Usage", #"{"call_count":-3}"#, []),
        ("X-App-Usage", #"{"call_count":1e400}"#, []), ("X-Ad-Account-Usage", "[]", []), ("X-Other", #"{"call_count":99}"#, []),
        ("X-Business-Use-Case-Usage", #"{"1":{"type":"ads_insights"}}"#, []),
    ]

    @Test(
        "headers are read as Meta writes them",
        arguments: written)
    func headers(name: String, value: String, usage: [Usage]) {
        #expect(UsageHeaders.read([(name: name, value: value)], account: "1") == usage)
    }

    @Test(
        "reads stop at 75, writes at 95, and insights do not stop management",
        arguments: [
            (Usage.Kind.all, 74, [true, true, true]), (.all, 75, [false, false, true]), (.all, 95, [false, false, false]),
            (.insights, 100, [false, true, true]), (.management, 80, [true, false, true]),
            (.management, 99, [true, false, false]),
            (.other("pages"), 100, [true, true, true]),
        ])
    func thresholds(kind: Usage.Kind, percent: Int, open: [Bool]) {
        for scope in [Usage.Scope.app, .object("1")] {
            var quota = Quota()
            quota.note(call([Usage(scope: scope, kind: kind, percent: percent)]))
            let verdicts = [CallKind.insights, .read, .write].map {
                quota.verdict($0, app: "main", account: "1", nowMs: Self.now) == .go
            }
            #expect(verdicts == open)
        }
    }

    @Test("an account's use says nothing of another account, an app's nothing of another app")
    func scopes() {
        var quota = Quota()
        quota.note(call([Usage(scope: .object("1"), kind: .all, percent: 100)]))
        #expect(quota.verdict(.write, app: "main", account: "2", nowMs: Self.now) == .go)
        quota.note(call([Usage(scope: .app, kind: .all, percent: 100)]))
        #expect(quota.verdict(.write, app: "main", account: "2", nowMs: Self.now) != .go)
        #expect(quota.verdict(.write, app: "other", account: "2", nowMs: Self.now) == .go)
    }

    @Test("the wait ends when the header says, else when the score has decayed; then one call may ask again")
    func ends() {
        var quota = Quota()
        quota.note(call([Usage(scope: .object("1"), kind: .insights, percent: 100, regainMs: 60_000)]))
        #expect(until(quota, .insights) == Self.now + 60_000)
        #expect(quota.verdict(.insights, app: "main", account: "1", nowMs: Self.now + 60_000) == .go)
        quota.note(call([Usage(scope: .object("1"), kind: .insights, percent: 80)]))
        #expect(until(quota, .insights) == Self.now + Quota.believedMs)
        quota.note(call([Usage(scope: .object("1"), kind: .insights, percent: 3)]))
        #expect(until(quota, .insights) == nil)
    }

    @Test(
        "a refusal closes what it spoke of",
        arguments: [
            (17, 2_446_079, [false, false, false]), (80_000, nil, [false, true, true]), (80_004, nil, [true, false, false]),
            (4, nil, [false, false, false]), (4, 1_504_022, [false, true, true]), (613, 1_487_632, [true, true, true]),
            (190, nil, [true, true, true]),
        ] as [(Int, Int?, [Bool])])
    func refusals(code: Int, subcode: Int?, open: [Bool]) throws {
        let refusal = try #require(ErrorTableTests.refusal(code, subcode))
        var quota = Quota()
        quota.note(.refused(refusal), app: "main", account: "1", kind: .write, nowMs: Self.now)
        let verdicts = [CallKind.insights, .read, .write].map {
            quota.verdict($0, app: "main", account: "1", nowMs: Self.now) == .go
        }
        #expect(verdicts == open)
        let later = Self.now + (refusal.waitMs ?? 0)
        #expect(CallKind.allCases.allSatisfy { quota.verdict($0, app: "main", account: "1", nowMs: later) == .go })
    }

    private func until(_ quota: Quota, _ kind: CallKind) -> Int64? {
        guard case .wait(let untilMs, _) = quota.verdict(kind, app: "main", account: "1", nowMs: Self.now) else { return nil }
        return untilMs
    }
}
