import Foundation
import GraphEmulator
import Testing

@Suite("Webhooks about leads and comments")
struct WebhookTests {
    private static func head(_ object: String, _ entry: String) -> String {
        #"{"object":"\#(object)","entry":[{"id":"\#(entry)","time":1795176000,"changes":["#
    }

    private static let story =
        #""post":{"status_type":"added_photos","is_published":false,"updated_time":"2026-11-19T12:00:00+0000","#
        + #""permalink_url":"https:\/\/www.facebook.com\/700_1","promotion_status":"active","id":"700_1"},"#

    @Test(
        "as Meta writes them",
        arguments: [
            (
                [.lead("441")],
                head("page", "700")
                    + #"{"field":"leadgen","value":{"created_time":1795172400,"leadgen_id":"441","page_id":"700","#
                    + #""form_id":"555","ad_id":"1111","adgroup_id":"1111"}}]}]}"#
            ),
            (
                [.lead("442")],
                head("page", "700")
                    + #"{"field":"leadgen","value":{"created_time":1795175940,"leadgen_id":"442","page_id":"700","#
                    + #""form_id":"555"}}]}]}"#
            ),
            (
                [.comment("1_1", verb: "hide")],
                head("page", "700") + #"{"field":"feed","value":{"from":{"id":"5","name":"Ann"},"# + story
                    + #""message":"How much?","post_id":"700_1","comment_id":"1_1","created_time":1795175940,"#
                    + #""item":"comment","parent_id":"700_1","verb":"hide"}}]}]}"#
            ),
            (
                [.comment("1_2", verb: "remove")],
                head("page", "700") + #"{"field":"feed","value":{"from":{"id":"6","name":"Bob"},"post_id":"700_1","#
                    + #""comment_id":"1_2","item":"comment","parent_id":"1_1","verb":"remove"}}]}]}"#
            ),
            (
                [.comment("1801", verb: "add")],
                head("instagram", "17841400") + #"{"field":"comments","value":{"from":{"id":"8","username":"ann"},"#
                    + #""media":{"id":"180","media_product_type":"AD","ad_id":"1111","original_media_id":"179"},"#
                    + #""id":"1801","text":"Nice"}}]}]}"#
            ),
        ] as [([WebhookSubject], String)])
    func bodies(_ subjects: [WebhookSubject], _ text: String) async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(String(decoding: try play.emulator.webhookBody(subjects), as: UTF8.self) == text)
        }
    }

    @Test("several changes are one delivery, grouped by Page")
    func batch() async throws {
        try await Shop.with { (play: Play) async throws in
            let body = try play.emulator.webhookBody([.lead("441"), .lead("445"), .comment("1_1", verb: "add")])
            let json = try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any])
            let entries = try #require(json["entry"] as? [[String: Any]])
            #expect(entries.map { $0["id"] as? String } == ["700", "800"])
            #expect(entries.map { ($0["changes"] as? [Any])?.count } == [2, 1])
        }
    }

    @Test(
        "that can't be",
        arguments: [
            ([.lead("9")], "webhook: is about no lead: 9"), ([.comment("9_9", verb: "add")], "webhook: is about no comment: 9_9"),
            (
                [.comment("1_1", verb: "eat")],
                "webhook: has a verb that isn't one of add, edited, hide, unhide, remove"
            ),
            ([.comment("1801", verb: "hide")], "webhook: Instagram only tells of new comments"), ([], "webhook: is empty"),
            (
                [.lead("441"), .comment("1801", verb: "add")],
                "webhook: has changes of a page and of an instagram account: one delivery has one object"
            ),
        ] as [([WebhookSubject], String)])
    func impossible(_ subjects: [WebhookSubject], _ reason: String) async throws {
        try await Shop.with { (play: Play) async throws in
            let error = #expect(throws: ScenarioError.self) { try play.emulator.webhookBody(subjects) }
            #expect(error?.description == reason)
        }
    }

    @Test("are delivered with a signature, over the control port")
    func delivered() async throws {
        try await Shop.with { (receiver: Play) async throws in
            try await Shop.with { (play: Play) async throws in
                let made = try await play.post("/555/test_leads", [:], Shop.page)
                let id = try #require(made.json["id"] as? String)
                let wanted = try await play.control("POST", "webhook", #"{"lead": "\#(id)"}"#)
                #expect((wanted.json["body"] as? String)?.contains(#""ad_id":0,"adgroup_id":0"#) == true)
                let order = #"{"url": "\#(receiver.emulator.url)/700", "app": "123", "webhook": [{"lead": "\#(id)"}]}"#
                let sent = try await play.control("POST", "deliver", order)
                #expect(sent.json["status"] as? Int == 400)
                #expect(receiver.emulator.log().map(\.form) == [["object": "[withheld]", "entry": "[withheld]"]])
                #expect(play.emulator.logLines().last?.contains(#""signature":"valid""#) == true)
                let refused = try await play.control("POST", "deliver", #"{"url": "x", "app": "123", "webhook": {"lead": "9"}}"#)
                #expect(refused.json["error"] as? String == "webhook: is about no lead: 9")
            }
        }
    }
}
