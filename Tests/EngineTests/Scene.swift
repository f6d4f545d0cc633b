import Core
import TestSupport

/// What the emulator plays, and the bodies of the events about it.
///
/// Account 1 (Belmonte, EUR, Warsaw): campaign 11 with a budget of 200.00 spent 78.13 yesterday and earned 328.13; campaign 12 with a budget
/// of 100.00 spent 50.00 and earned nothing. Account 2 belongs to the same workspace and has campaign 21.
enum Scene {
    /// 2026-11-20T12:00:00Z, on the emulator's clock and ours.
    static let startMs: Int64 = 1_795_176_000_000
    static let token = "scene-token"
    static let appSecret = TemporaryStore.appSecret

    static let head = """
        clock: "2026-11-20T12:00:00Z"
        require_proof: true
        apps: [{id: "123", secret: "\(appSecret)"}]
        tokens: [{token: "\(token)", name: belmonte, app: "123"}]

        """

    static let base =
        head + """
            accounts:
              - {id: "1", name: Belmonte, currency: EUR, timezone: Europe/Warsaw, min_daily_budget: 100, campaigns: [
                  {id: "11", name: "Summer A", status: ACTIVE, daily_budget: 20000, adsets: [
                    {id: "111", name: S, status: ACTIVE, ads: [{id: "1111", name: x, status: ACTIVE}, {id: "1112", name: y, status: ACTIVE}]}]},
                  {id: "12", name: "Summer B", status: ACTIVE, daily_budget: 10000, adsets: [
                    {id: "121", name: T, status: ACTIVE, ads: [{id: "1211", name: z, status: ACTIVE}]}]}]}
              - {id: "2", name: Other, currency: USD, timezone: America/New_York, min_daily_budget: 100, campaigns: [
                  {id: "21", name: "Far", status: ACTIVE, daily_budget: 5000, adsets: [
                    {id: "211", name: U, status: ACTIVE, ads: [{id: "2111", name: w, status: ACTIVE}]}]}]}
            insights:
              - {level: ad, id: "1111", day: -1, impressions: 1000, clicks: 50, inline_link_clicks: 40, reach: 900, spend: "78.13", actions: {omni_purchase: 3}, action_values: {omni_purchase: "328.13"}}
              - {level: ad, id: "1211", day: -1, impressions: 800, clicks: 20, inline_link_clicks: 10, reach: 700, spend: "50.00"}
            """

    /// `count` campaigns `1000…` with 100.00 a day each; each but the last spent 10.00 yesterday, and campaign n of `counts` had that many leads.
    static func campaigns(_ count: Int, leads: [Int] = [], withoutRow: Int = 0) -> String {
        let campaigns = (0..<count).map { n in
            #"{id: "\#(1000 + n)", name: "C\#(n)", status: ACTIVE, daily_budget: 10000, adsets: []}"#
        }
        let rows = (0..<count - withoutRow).map { n in
            let actions = n < leads.count && leads[n] > 0 ? ", actions: {lead: \(leads[n])}" : ""
            return #"  - {level: campaign, id: "\#(1000 + n)", day: -1, impressions: 500, spend: "10.00"\#(actions)}"#
        }
        return head + """
            accounts:
              - {id: "1", name: Belmonte, currency: EUR, timezone: Europe/Warsaw, min_daily_budget: 100, campaigns: [\(campaigns.joined(separator: ", "))]}
            insights:
            \(rows.joined(separator: "\n"))
            """
    }

    /// A push of account `account` about entities; `n` makes it a notification of its own.
    static func touch(_ level: EntityLevel, _ ids: [String], n: Int, account: String = "1", moved: Bool = false) -> String {
        let changes = ids.map { id in
            let metric = moved ? #","field":"cpc","current_value":"\#(n)""# : #","field":"daily_budget","current_value":"\#(n)""#
            return
                #"{"field":"subscriptions","value":{"subscription_id":7,"account_id":"\#(account)","object_id":"\#(id)","object_type":"\#(level.rawValue)"\#(metric)}}"#
        }
        return
            #"{"object":"ad_account","entry":[{"id":"\#(account)","time":1795175990,"changes":[\#(changes.joined(separator: ","))]}]}"#
    }

    /// A lead of Page 7243 from an ad; the account is not named.
    static func lead(_ id: Int, ad: String, page: String = "7243") -> String {
        #"{"object":"page","entry":[{"id":"\#(page)","time":1795175990,"changes":[{"field":"leadgen","value":{"leadgen_id":"\#(id)","page_id":"\#(page)","form_id":"5","ad_id":"\#(ad)","adgroup_id":"\#(ad)","created_time":1795175989}}]}]}"#
    }
}
