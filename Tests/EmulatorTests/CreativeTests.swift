import GraphEmulator
import Testing

@Suite("Creatives")
struct CreativeTests {
    private static let fields =
        "id,adset_id,campaign_id,effective_status,creative{id,effective_object_story_id,effective_instagram_media_id}"

    @Test("an account's ads with their creatives, by pages; one story backs two of them")
    func ads() async throws {
        try await Shop.with { (play: Play) async throws in
            var stories: [String: [String]] = [:]
            var after: String?
            var pages = 0
            repeat {
                var query = ["fields": Self.fields, "limit": "1"]
                query["after"] = after
                let answer = try await play.get("/act_1/ads", query, Shop.system)
                pages += 1
                for row in answer.rows {
                    let creative = row["creative"] as? [String: String]
                    stories[creative?["effective_object_story_id"] ?? "", default: []].append(row["id"] as? String ?? "")
                }
                after = answer.paging["next"] == nil ? nil : answer.cursors["after"]
            } while after != nil
            #expect(pages == 3)
            #expect(stories == ["700_1": ["1111", "1112"], "": ["1113"]])
        }
    }

    @Test("without its fields a creative is its id; unknown fields are refused")
    func selection() async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(
                try await play.get("/1111", ["fields": "creative"], Shop.system).text
                    == #"{"creative":{"id":"9001"},"id":"1111"}"#)
            #expect(
                try await play.get(
                    "/1111", ["fields": "creative{effective_instagram_media_id,source_instagram_media_id}"], Shop.system
                )
                .text
                    == #"{"creative":{"effective_instagram_media_id":"180","source_instagram_media_id":"179","#
                    + #""id":"9001"},"id":"1111"}"#
            )
            #expect(try await play.get("/1111", ["fields": "creative{nonsense}"], Shop.system).code == 100)
            #expect(
                try await play.get("/9002", ["fields": "account_id,effective_object_story_id"], Shop.system).text
                    == #"{"account_id":"1","effective_object_story_id":"700_1","id":"9002"}"#)
            #expect(try await play.get("/9002", [:], Shop.readOnly).subcode == 33)
        }
    }
}
