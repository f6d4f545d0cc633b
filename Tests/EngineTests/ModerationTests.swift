import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Moderation: what a policy says is done at Meta, once", .serialized)
struct ModerationTests {
    private func comment(_ world: World, _ id: String = "1_9") throws -> CommentView {
        try #require(world.emulator.comment(id))
    }

    @Test("a comment that meets the policy is hidden, answered and written to, each once; another is left alone")
    func line() async throws {
        let policy = CommentScene.policy([.hide, .reply("Please write to us."), .privateReply("Hello.")])
        try await CommentScene.moderating([policy]) { world in
            try await world.deliver(.comment("add", "1_9", "a SCAM!", at: 1), .comment("add", "1_8", "hello", at: 1))
            try await world.settle()
            let seen = try comment(world)
            #expect(seen.isHidden && seen.hideCalls == 1 && seen.privateReplies == ["Hello."])
            #expect(try seen.replies.map { try comment(world, $0).message } == ["Please write to us."])
            #expect(try !comment(world, "1_8").isHidden)
            #expect(try await world.messages().map(\.state) == [.done, .done, .done])
            #expect(try await world.messages().allSatisfy { $0.reason == nil })
            // told again, edited, told of the hiding: nothing more
            try await world.deliver(.comment("add", "1_9", "a SCAM!", at: 5), .comment("edited", "1_9", "a scam, I say", at: 6))
            try await world.deliver(.comment("hide", "1_9", at: 7))
            try await world.settle()
            let after = try comment(world)
            #expect(after.hideCalls == 1 && after.replies.count == 1 && after.privateReplies.count == 1)
            #expect(after.privateRepliesRefused == 0)
        }
    }

    @Test("an edit that meets the policy is moderated, a removal, a hiding and a reaction never are")
    func verbs() async throws {
        try await CommentScene.moderating([CommentScene.policy()]) { world in
            try await world.deliver(
                .comment("hide", "1_9", "a scam", at: 1), .comment("remove", "1_9", "a scam", at: 2),
                .comment("unhide", "1_7", "a scam", at: 3))
            try await world.settle()
            #expect(try await world.messages().isEmpty)
            try await world.deliver(.comment("edited", "1_8", "now a scam", at: 4))
            try await world.settle()
            #expect(try comment(world, "1_8").isHidden)
        }
    }

    @Test("Instagram's comments are hidden and answered by its own calls")
    func instagram() async throws {
        let policy = CommentScene.policy([.hide, .reply("Thanks."), .privateReply("Hello.")])
        try await CommentScene.moderating([policy]) { world in
            try await world.deliver(
                .instagram("comments", #"{"id":"1800","from":{"id":"6","username":"u"},"text":"a scam","media":{"id":"180"}}"#))
            try await world.settle()
            let seen = try comment(world, "1800")
            #expect(seen.isHidden && seen.replies.count == 1 && seen.privateReplies == ["Hello."])
            #expect(try await world.messages().map(\.state) == [.done, .done, .done])
        }
    }

    @Test("our own answer comes back as a comment: known as our own, kept, and never answered")
    func echo() async throws {
        let policy = CommentScene.policy([.reply("No scam here.")])
        try await CommentScene.moderating([policy]) { world in
            try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
            try await world.settle()
            let ours = try #require(world.emulator.comments().first { $0.isOwn })
            let echo = try world.emulator.webhookBody([.comment(ours.id, verb: "add")])
            try await world.deliver(String(decoding: echo, as: UTF8.self))
            try await world.settle()
            #expect(try await world.history(ours.id).map(\.isOwn) == [true])
            #expect(try comment(world).replies.count == 1)
            #expect(world.emulator.comments().count { $0.isOwn } == 1)
            #expect(try await world.comments(.ad, "1111") == 1)
        }
    }

    @Test("our own words on Instagram are known even where their author is not")
    func unmarkedEcho() async throws {
        try await CommentScene.moderating([CommentScene.policy([.reply("No scam here.")])]) { world in
            let value =
                #"{"id":"1801","from":{"id":"424242","username":"shop"},"text":"No scam here.","parent_id":"1800","media":{"id":"180"}}"#
            try await world.deliver(.instagram("comments", value))
            try await world.settle()
            #expect(try await world.messages().isEmpty)
            #expect(try await world.history("1801").count == 1)
        }
    }

    @Test("edited and removed before it was handled: all states are kept, nothing is written")
    func goneBefore() async throws {
        try await CommentScene.moderating([CommentScene.policy([.hide, .reply("R"), .privateReply("P")])]) { world in
            try world.emulator.edit(yaml: #"{id: "1_9", deleted: true}"#)
            try await world.deliver(
                .comment("add", "1_9", "a scam", at: 1), .comment("edited", "1_9", "scam again", at: 2),
                .comment("remove", "1_9", at: 3))
            try await world.settle()
            #expect(try await world.history("1_9").map(\.verb) == ["add", "edited", "remove"])
            let messages = try await world.messages()
            #expect(messages.map(\.state) == [.done, .done, .done])
            #expect(messages.allSatisfy { $0.reason?.hasPrefix("comment_gone:") == true })
            #expect(world.posts.isEmpty)
        }
    }

    @Test("told of the removal before the comment: nothing is queued")
    func removalFirst() async throws {
        try await CommentScene.moderating([CommentScene.policy()]) { world in
            try await world.deliver(.comment("remove", "1_9", at: 3))
            try await world.settle()
            try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
            try await world.settle()
            #expect(try await world.history("1_9").map(\.verb) == ["remove", "add"])
            #expect(try await world.messages().isEmpty)
        }
    }

    @Test("on hold nothing is written; released, it is")
    func hold() async throws {
        try await CommentScene.moderating([CommentScene.policy([.hide, .reply("R")])]) { world in
            try await world.engine.hold("belmonte", untilMs: nil, by: "test")
            try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
            try await eventually("held") { try await world.messages().contains { $0.state == .held } }
            try await world.settle()
            #expect(world.posts.isEmpty)
            #expect(try await world.engine.release("belmonte") >= 1)
            try await world.settle()
            let seen = try comment(world)
            #expect(seen.isHidden && seen.hideCalls == 1 && seen.replies.count == 1)
        }
    }

    @Test("without writes it is said what would have been done, and nothing is called", arguments: [WritesMode.off, .dryRun])
    func writesOff(mode: WritesMode) async throws {
        try await CommentScene.moderating([CommentScene.policy([.hide, .reply("R"), .privateReply("P")])], { $0.writes = mode }) {
            world in
            try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
            try await world.settle()
            let messages = try await world.messages()
            #expect(messages.count == 3 && messages.allSatisfy { $0.state == .done })
            let code = mode == .off ? "writes_off:" : "dry_run:"
            #expect(messages.allSatisfy { $0.reason?.hasPrefix(code) == true })
            #expect(world.posts.isEmpty)
        }
    }

    @Test(
        "a write whose answer is lost or that fails is not done twice",
        arguments: [
            #"{lost: true}"#, #"{lost: before}"#, #"{half: length}"#, #"{half: cut}"#,
            #"{status: 500, code: 2, message: "no", work: true}"#,
            #"{status: 500, code: 2, message: "no"}"#, #"{html: true}"#,
        ])
    func lost(what: String) async throws {
        let actions: [(ModerationAction, String)] = [
            (.hide, #"{method: POST, path: "/1_9", exact: true}"#), (.reply("R"), #"{method: POST, path: "/1_9/comments"}"#),
            (.privateReply("P"), #"{method: POST, path: "/messages"}"#),
        ]
        for (action, match) in actions {
            let faults = "[{match: \(match), do: \(what)}]"
            try await CommentScene.moderating([CommentScene.policy([action])], faults: faults) { world in
                try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
                try await world.goOn(until: "done", stepMs: 5_000) { try await world.messages().map(\.state) == [.done] }
                let seen = try comment(world)
                switch action {
                case .hide: #expect(seen.isHidden && seen.hideCalls == 1, "\(what)")
                case .reply: #expect(seen.replies.count == 1, "\(what)")
                case .privateReply: #expect(seen.privateReplies == ["P"], "\(what)")
                }
            }
        }
    }

    @Test("a comment older than seven days gets no private reply, and says why")
    func late() async throws {
        try await CommentScene.moderating([CommentScene.policy([.privateReply("P")])]) { world in
            let old = Int(Scene.startMs / 1000) - 8 * 86_400
            let value =
                #"{"item":"comment","verb":"add","comment_id":"1_7","post_id":"7243_1","from":{"id":"6"},"message":"a scam","created_time":\#(old)}"#
            try await world.deliver(Notice(time: old + 1, value: value))
            try await world.settle()
            let message = try #require(try await world.messages().first)
            #expect(message.state == .dead)
            #expect(message.reason?.hasPrefix("private_reply_late:") == true)
            #expect(world.posts.isEmpty)
        }
    }

    @Test("a comment that may not be hidden is left, with the reason")
    func cannotHide() async throws {
        try await CommentScene.moderating([CommentScene.policy()]) { world in
            try world.emulator.edit(yaml: #"{id: "1_9", can_hide: false}"#)
            try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
            try await world.settle()
            #expect(try await world.messages().map { $0.reason?.hasPrefix("cannot_hide:") } == [true])
            #expect(world.posts.isEmpty)
        }
    }

    @Test("a Page token that Meta refuses holds what it was to do; good again, it is done by itself")
    func pageToken() async throws {
        try await CommentScene.moderating([CommentScene.policy()]) { world in
            try world.emulator.setToken(name: "page", state: "page_role_lost")
            try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
            try await eventually("held") { try await world.messages().first?.state == .held }
            #expect(try await world.messages().first?.gate == "page:7243")
            try world.emulator.setToken(name: "page", state: "valid")
            try await world.goOn(until: "done") { try await world.messages().map(\.state) == [.done] }
            #expect(try comment(world).hideCalls == 1)
        }
    }

    @Test("a policy that is gone when it is to be carried out writes nothing")
    func policyGone() async throws {
        let setup = Setup {
            $0.chains = [CommentScene.moderated]
            $0.moderation = [CommentScene.policy()]
        }
        try await CommentScene.moderating([CommentScene.policy()]) { world in
            try await world.engine.hold("*", untilMs: nil, by: "test")
            try await world.deliver(.comment("add", "1_9", "a scam", at: 1))
            try await eventually("held") { try await world.messages().contains { $0.state == .held } }
            var without = setup
            without.moderation = []
            try await world.restart(without)
            _ = try await world.engine.release("*")
            try await world.settle()
            let message = try #require(try await world.messages().first)
            #expect(message.state == .dead && message.reason?.hasPrefix("policy_changed:") == true)
            #expect(world.posts.isEmpty)
        }
    }

    @Test("conditions on ads need the ads behind the post")
    func onAd() async throws {
        try await CommentScene.moderating([CommentScene.policy([.hide]) { $0.onAd = true }]) { world in
            _ = try world.emulator.add(
                yaml: #"comments: [{id: "2_1", post: "7243_2", from: {id: "5", name: N}, message: "a scam"}]"#)
            try await world.deliver(
                .comment("add", "1_9", "a scam", at: 1), .comment("add", "2_1", "a scam", at: 1, post: "7243_2"))
            try await world.settle()
            #expect(try comment(world).isHidden && !comment(world, "2_1").isHidden)
        }
    }
}
