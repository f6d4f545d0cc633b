import Foundation
import GraphEmulator
import Testing

@Suite("Usage headers and limits")
struct UsageTests {
    @Test("every answer tells the usage, refused ones too")
    func headers() async throws {
        try await Play.with("tier: development\n" + Play.scenario) { play in
            for _ in 1...6 { _ = try await play.get("/act_1/insights") }
            let answer = try await play.post("/11", ["status": "nonsense"])
            #expect(answer.status == 400)
            func header(_ name: String) throws -> [String: Any] {
                let text = try #require(answer.headers[name]?.first)
                return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            }
            #expect(try header("x-app-usage")["call_count"] as? Int == 0)
            #expect(try header("x-ad-account-usage")["acc_id_util_pct"] as? Double == 15)
            #expect(try header("x-ad-account-usage")["ads_api_access_tier"] as? String == "development_access")
            #expect(try header("x-fb-ads-insights-throttle")["acc_id_util_pct"] as? Int == 0)
            let uses = try #require(try header("x-business-use-case-usage")["1"] as? [[String: Any]])
            #expect(uses.compactMap { $0["type"] as? String } == ["ads_insights", "ads_management"])
        }
    }

    @Test("an account without score left is throttled until its time has passed")
    func enforced() async throws {
        try await Play.with("tier: development\nenforce_limits: true\n" + Play.scenario) { play in
            for _ in 1...60 { #expect(try await play.get("/11").status == 200) }
            let refused = try await play.get("/11")
            #expect(refused.code == 17)
            #expect(refused.subcode == 2_446_079)
            #expect(refused.headers["x-ad-account-usage"]?.first?.contains(#""reset_time_duration":300"#) == true)
            #expect(try await play.get("/21", [:], .all).status == 200)
            play.emulator.advanceClock(ms: 301_000)
            #expect(try await play.get("/11").status == 200)
        }
    }
}
