import Foundation
import GraphEmulator
import Testing

@Suite("Posts, comments and their moderation")
struct CommentTests {
    @Test(
        "are read by their fields",
        arguments: [
            ("/700_1", "id,promotion_status,is_published", #"{"id":"700_1","promotion_status":"active","is_published":false}"#),
            (
                "/700_2", "is_published,permalink_url",
                #"{"is_published":true,"permalink_url":"https:\/\/www.facebook.com\/700_2","id":"700_2"}"#
            ),
            (
                "/1_1", "",
                #"{"created_time":"2026-11-20T11:59:00+0000","from":{"id":"5","name":"Ann"},"message":"How much?","id":"1_1"}"#
            ),
            (
                "/1_1", "id,is_hidden,can_hide,can_reply_privately,comment_count",
                #"{"id":"1_1","is_hidden":false,"can_hide":true,"can_reply_privately":true,"comment_count":1}"#
            ),
            ("/1_2", "parent,object", #"{"parent":{"id":"1_1"},"object":{"id":"700_1"},"id":"1_2"}"#),
            ("/1_3", "can_hide,can_reply_privately", #"{"can_hide":false,"can_reply_privately":false,"id":"1_3"}"#),
            ("/1_4", "can_reply_privately", #"{"can_reply_privately":false,"id":"1_4"}"#),
            ("/2_1", "from,message", #"{"message":"Nobody","id":"2_1"}"#),
            (
                "/1801", "id,hidden,text,from,media",
                #"{"id":"1801","hidden":false,"text":"Nice","from":{"id":"8","username":"ann"},"#
                    + #""media":{"id":"180","media_product_type":"AD"}}"#
            ),
            (
                "/180", "id,media_product_type,ad_id,original_media_id",
                #"{"id":"180","media_product_type":"AD","ad_id":"1111","original_media_id":"179"}"#
            ),
        ])
    func reading(_ path: String, _ fields: String, _ text: String) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await play.get(path, fields.isEmpty ? [:] : ["fields": fields], Shop.page)
            #expect(answer.text == text)
            let entry = try #require(play.emulator.log().last)
            #expect(entry.page == "700")
            #expect(entry.ids == [String(path.dropFirst())])
        }
    }

    @Test(
        "are listed",
        arguments: [
            ("/700_1/comments", [:], ["1_1", "1_3", "1_4"]),
            ("/700_1/comments", ["filter": "stream"], ["1_1", "1_2", "1_3", "1_4"]),
            ("/1_1/comments", [:], ["1_2"]), ("/180/comments", [:], ["1801"]),
        ] as [(String, [String: String], [String])])
    func lists(_ path: String, _ query: [String: String], _ ids: [String]) async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(try await play.get(path, query, Shop.page).ids == ids)
            #expect(play.emulator.log().last?.call == "comments")
        }
    }

    @Test("hide and show again, on both networks", arguments: [("1_1", "is_hidden", "is_hidden"), ("1801", "hide", "hidden")])
    func hiding(_ id: String, _ parameter: String, _ field: String) async throws {
        try await Shop.with { (play: Play) async throws in
            for (number, hidden) in [true, false, true].enumerated() {
                let answer = try await play.post("/\(id)", [parameter: String(hidden)], Shop.page)
                #expect(answer.text == #"{"success":true}"#)
                #expect(try await play.get("/\(id)", ["fields": field], Shop.page).json[field] as? Bool == hidden)
                #expect(play.emulator.comment(id)?.isHidden == hidden)
                #expect(play.emulator.comment(id)?.hideCalls == number + 1)
            }
            let entry = try #require(play.emulator.log().first)
            #expect(entry.call == "hide")
            #expect(entry.form == [parameter: "true"])
            #expect(
                entry.changed.map { [$0.id, $0.field, $0.old, $0.new] } == [[id, "is_hidden", "false", "true"]])
        }
    }

    @Test(
        "what can't be done to a comment",
        arguments: [
            ("POST", "/1_3", ["is_hidden": "true"], 100, nil), ("POST", "/1_1", ["is_hidden": "maybe"], 100, nil),
            ("POST", "/1_1", [:], 100, nil), ("POST", "/1_1", ["message": "Not mine"], 200, nil),
            ("POST", "/1_1/comments", ["message": ""], 100, nil), ("POST", "/1_99", ["is_hidden": "true"], 100, 33),
            ("GET", "/1_99", [:], 100, 33), ("POST", "/1801/comments", ["message": "m"], 2500, nil),
        ] as [(String, String, [String: String], Int, Int?)])
    func refusals(_ method: String, _ path: String, _ form: [String: String], _ code: Int, _ subcode: Int?) async throws {
        try await Shop.with { (play: Play) async throws in
            let before = play.emulator.comments()
            let answer = try await play.call(method, path, form: method == "GET" ? nil : form, token: Shop.page)
            #expect(answer.code == code)
            #expect(answer.subcode == subcode)
            #expect(play.emulator.comments() == before)
        }
    }

    @Test(
        "public replies and deletion",
        arguments: [("1_1", "comments", "message"), ("1801", "replies", "text"), ("700_1", "comments", "message")])
    func replies(_ id: String, _ edge: String, _ field: String) async throws {
        try await Shop.with { (play: Play) async throws in
            let text = "Thank you, dear CANARY-WORD"
            let made = try await play.post("/\(id)/\(edge)", ["message": text], Shop.page)
            let reply = try #require(made.json["id"] as? String)
            #expect(try await play.get("/\(reply)", ["fields": field], Shop.page).json[field] as? String == text)
            #expect(try await play.get("/\(id)/\(edge)", [:], Shop.page).ids.last == reply)
            #expect(play.emulator.comment(reply)?.isOwn == true)
            if id != "700_1" { #expect(play.emulator.comment(id)?.replies.last == reply) }
            #expect(try await play.call("DELETE", "/\(reply)", token: Shop.page).text == #"{"success":true}"#)
            #expect(try await play.get("/\(reply)", [:], Shop.page).subcode == 33)
            #expect(try await play.call("DELETE", "/\(reply)", token: Shop.page).subcode == 33)
            #expect(play.emulator.comment(id)?.replies.contains(reply) != true)
            let lines = play.emulator.logLines().joined() + (try await play.control("GET", "state").text)
            #expect(!lines.contains("CANARY-WORD"))
            let calls = play.emulator.log().map(\.call)
            #expect(calls == ["reply", "comment", "comments", "delete_comment", "comment", "delete_comment"])
        }
    }

    @Test("a deleted comment takes its answers with it")
    func deletion() async throws {
        try await Shop.with { (play: Play) async throws in
            #expect(try await play.call("DELETE", "/1_1", token: Shop.page).status == 200)
            #expect(try await play.get("/1_2", [:], Shop.page).subcode == 33)
            #expect(try await play.get("/700_1/comments", ["filter": "stream"], Shop.page).ids == ["1_3", "1_4"])
        }
    }

    private static func message(_ comment: String, _ text: String) -> String {
        #"{"recipient":{"comment_id":"\#(comment)"},"message":{"text":"\#(text)"}}"#
    }

    @Test("one private reply per comment", arguments: [("700", "1_1", "5"), ("700", "1801", "8"), ("17841400", "1801", "8")])
    func privateReply(_ edge: String, _ comment: String, _ author: String) async throws {
        try await Shop.with { (play: Play) async throws in
            let sent = try await play.json("POST", "/\(edge)/messages", Self.message(comment, "CANARY-WORD"))
            #expect(sent.json["recipient_id"] as? String == author)
            #expect(sent.json["message_id"] as? String != nil)
            let again = try await play.json("POST", "/\(edge)/messages", Self.message(comment, "More"))
            #expect(again.status == 400)
            #expect(again.code == 10_900)
            let view = try #require(play.emulator.comment(comment))
            #expect(view.privateReplies == ["CANARY-WORD"])
            #expect(view.privateRepliesRefused == 1)
            #expect(play.emulator.log().map(\.ids) == [[comment], [comment]])
            #expect(!play.emulator.logLines().joined().contains("CANARY-WORD"))
            if comment == "1_1" {
                let field = try await play.get("/1_1", ["fields": "can_reply_privately"], Shop.page)
                #expect(field.json["can_reply_privately"] as? Bool == false)
            }
        }
    }

    @Test(
        "private replies that are refused",
        arguments: [
            ("/700/messages", "1_4", 10_903, nil), ("/700/messages", "1_3", 10_903, nil),
            ("/700/messages", "9_9", 100, 2_018_292),
            ("/17841400/messages", "1_1", 100, 2_018_292),
        ] as [(String, String, Int, Int?)])
    func privateRefusals(_ path: String, _ comment: String, _ code: Int, _ subcode: Int?) async throws {
        try await Shop.with { (play: Play) async throws in
            let answer = try await play.json("POST", path, Self.message(comment, "Hello"))
            #expect(answer.code == code)
            #expect(answer.subcode == subcode)
            #expect(play.emulator.comments().allSatisfy { $0.privateReplies.isEmpty })
        }
    }

    @Test("a private reply is possible for seven days")
    func sevenDays() async throws {
        try await Shop.with { (play: Play) async throws in
            play.emulator.advanceClock(ms: 7 * 86_400_000 - 60_000)
            #expect(try await play.json("POST", "/700/messages", Self.message("1_1", "In time")).status == 200)
            play.emulator.advanceClock(ms: 60_001)
            #expect(try await play.json("POST", "/700/messages", Self.message("1801", "Late")).code == 10_903)
            #expect(try await play.json("POST", "/700/messages", Self.message("1_1", "")).code == 100)
        }
    }

    @Test("comments and posts can be added and changed while it runs; the state shows them without their words")
    func adding() async throws {
        try await Shop.with { (play: Play) async throws in
            let added = try await play.control(
                "POST", "comments", #"{"post": "700_3", "from": {"id": 9, "name": "CANARY-NAME"}, "message": "Hello A"}"#)
            let id = try #require((added.json["ids"] as? [String])?.first)
            #expect(id.hasPrefix("3_"))
            #expect(try await play.control("POST", "edit", #"{"id": "\#(id)", "message": "Hello B"}"#).status == 200)
            #expect(play.emulator.comment(id)?.message == "Hello B")
            #expect(
                try await play.control("POST", "edit", #"{"id": "\#(id)", "message": "Hello A", "can_hide": false}"#).status
                    == 200)
            #expect(try await play.post("/\(id)", ["is_hidden": "true"], Shop.page).code == 100)
            _ = try await play.json("POST", "/700/messages", Self.message(id, "In private"))
            let state = try await play.control("GET", "state")
            let comments = try #require(state.json["comments"] as? [[String: Any]])
            let mine = try #require(comments.last)
            #expect(mine["text_sha256"] as? String == "4a71927b5067b6ec5bbc1a9a804d2dca0d317dc777b96374b156fbed16acd816")
            #expect(mine["private_text_sha256"] as? String == "59edb046cb6cbc22a0c353b4deea00da2025f33f3f6853c7fc4fc5007b5536fd")
            #expect(mine["private_replies"] as? Int == 1)
            #expect(!state.text.contains("Hello"))
            #expect(!(state.text + play.emulator.logLines().joined()).contains("CANARY-NAME"))
        }
    }
}
