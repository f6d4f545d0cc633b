import Core
import Engine
import GraphEmulator
import Storage
import TestSupport
import Testing

@Suite("Comments and engagement, from the notification to their history", .serialized)
struct CommentTests {
    /// One comment added, hidden, shown and hidden, another edited three times.
    private static let states: [Notice] = [
        .comment("add", "1_9", "first", at: 10), .comment("hide", "1_9", at: 11), .comment("unhide", "1_9", at: 12),
        .comment("hide", "1_9", at: 13), .comment("edited", "1_8", "A", at: 14), .comment("edited", "1_8", "B", at: 15),
        .comment("edited", "1_8", "A", at: 16),
    ]

    private func expectStates(_ world: World) async throws {
        #expect(try await world.history("1_9").map(\.verb) == ["add", "hide", "unhide", "hide"])
        #expect(try await world.history("1_8").map(\.text) == ["A", "B", "A"])
        #expect(try await world.count("SELECT COUNT(*) FROM social_engagements") == 7)
    }

    @Test("hide, unhide, hide and edit A, B, A: four and three states in order; in other batches and bytes no more")
    func states() async throws {
        try await CommentScene.with { world in
            for notice in Self.states { try await world.deliver(notice) }
            try await world.settle()
            try await expectStates(world)

            let all = Notice.body(Self.states)
            let document = try JSON.parse(Array(all.utf8))
            let variants = [
                all, Notice.body(Self.states.reversed()), Notice.body(Array(Self.states.prefix(3))),
                String(decoding: document.bytes(sortedKeys: true), as: UTF8.self),
                all.replacing(",", with: " ,\n").replacing(":", with: " : ").replacing("/", with: "\\/"),
                all.replacing("first", with: "f\\u0069rst"), Notice.body(Self.states + Self.states),
            ]
            for body in variants { try await world.deliver(body) }
            try await world.settle()
            try await expectStates(world)
            #expect(try await world.comments(.campaign, "11") == 1)
        }
    }

    @Test("all in one delivery: the same four and three")
    func oneDelivery() async throws {
        try await CommentScene.with { world in
            try await world.deliver(Notice.body(Self.states))
            try await world.settle()
            try await expectStates(world)
        }
    }

    @Test("a story that backs three ads: all three are behind the comment; it counts once for their campaign")
    func threeAds() async throws {
        try await CommentScene.with { world in
            try await world.deliver(.comment("add", "1_9", "hello"))
            try await world.settle()
            #expect(try await world.history("1_9").map(\.adIDs) == [["1111", "1112", "1211"]])
            for (level, id, wanted) in [
                (EntityLevel.ad, "1111", 1), (.ad, "1112", 1), (.ad, "1212", 0), (.campaign, "11", 1), (.campaign, "12", 1),
            ] {
                #expect(try await world.comments(level, id) == Int64(wanted), "\(level) \(id)")
            }
            #expect(world.storyReads.count == 1)
        }
    }

    @Test("only new comments of others count")
    func counted() async throws {
        try await CommentScene.with { world in
            try await world.deliver(
                .comment("edited", "1_9", "b", at: 1), .comment("hide", "1_9", at: 2), .comment("remove", "1_9", at: 3),
                .comment("add", "1_6", "ours", from: "7243"))
            try await world.settle()
            #expect(try await world.comments(.ad, "1111") == 0)
            #expect(try await world.history("1_6").map(\.isOwn) == [true])
            #expect(try await world.history("1_9").map(\.isOwn) == [false, false, false])
        }
    }

    @Test(
        "an organic post costs one read of the index for twenty comments, and another only when that is a quarter of an hour old")
    func organic() async throws {
        try await CommentScene.with { world in
            let comments = (0..<20).map { Notice.comment("add", "2_\($0 + 1)", "hello \($0)", post: "7243_2") }
            try await world.deliver(Notice.body(comments))
            try await world.settle()
            #expect(world.storyReads.count == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM social_engagements WHERE ads = '[]'") == 20)
            try world.advance(ms: Limits.storyIndexFreshMs - 60_000)
            try await world.deliver(.comment("add", "2_30", "later", post: "7243_2"))
            try await world.settle()
            #expect(world.storyReads.count == 1)
            try world.advance(ms: 61_000)
            try await world.deliver(.comment("add", "2_31", "later", post: "7243_2"))
            try await world.settle()
            #expect(world.storyReads.count == 2)
        }
    }

    @Test("an account that can't be read does not hide what another one shows, and keeps the organic ones waiting")
    func twoAccounts() async throws {
        let faults = #"[{match: {path: "act_1/ads"}, count: forever, do: {status: 403, code: 200, message: "no"}}]"#
        try await CommentScene.with(CommentScene.chain, { $0.accounts = ["1", "2"] }, faults: faults) { world in
            try await world.deliver(.comment("add", "1_9", "hello"), .comment("add", "2_1", "organic", post: "7243_2"))
            try await world.settle()
            #expect(try await world.history("1_9").map(\.adIDs) == [["2111"]])
            #expect(try await world.history("2_1").isEmpty)
            #expect(try await world.store.read { try $0.gates() }.map(\.gate) == [.account("1")])
            world.emulator.clearFaults()
            try await world.goOn(until: "the organic one is stored") { try await world.history("2_1").map(\.adIDs) == [[]] }
        }
    }

    @Test(
        "a read of the index that fails loses no comment",
        arguments: [
            #"{status: 500, code: 2, message: "no"}"#, #"{status: 400, code: 80004, message: "slow down"}"#, #"{lost: true}"#,
        ])
    func failing(what: String) async throws {
        try await CommentScene.with(faults: "[{match: {path: \"act_1/ads\"}, count: 2, do: \(what)}]") { world in
            try await world.deliver(.comment("add", "1_9", "hello"))
            try await world.goOn(until: "stored with its ads") {
                try await world.history("1_9").map(\.adIDs) == [["1111", "1112", "1211"]]
            }
            #expect(world.storyReads.count == 3)
        }
    }

    @Test("the index is read under the account's budget of calls: the comment waits, and is not lost")
    func budget() async throws {
        try await CommentScene.with(CommentScene.chain + [ChainStep(handler: "touch")], { $0.pollsPerHour = 1 }) { world in
            for n in 0..<2 {
                try await world.touch(.ad, "1111", n: n)
                try await world.settle()
            }
            let before = world.emulator.log().count
            try await world.deliver(.comment("add", "1_9", "hello"))
            try await world.settle()
            #expect(world.emulator.log().count == before && world.storyReads.isEmpty)
            #expect(try await world.history("1_9").isEmpty)
            try await world.settle(untilMs: world.clock.nowMs() + 2 * 3_600_000)
            #expect(try await world.history("1_9").map(\.adIDs.count) == [3])
        }
    }

    @Test("a page of ads that is too much for Meta is asked for again in halves")
    func halves() async throws {
        let much =
            #"{status: 500, code: 1, subcode: 99, message: "Please reduce the amount of data you're asking for, then retry your request"}"#
        try await CommentScene.with(faults: #"[{match: {path: "act_1/ads"}, count: 2, do: \#(much)}]"#) { world in
            try await world.deliver(.comment("add", "1_9", "hello"))
            try await world.settle()
            #expect(try await world.history("1_9").map(\.adIDs.count) == [3])
            #expect(world.storyReads.map { $0.query["limit"] } == ["200", "100", "50"])
        }
    }

    @Test("more ads than are read in one go: the next look goes on where the last one ended")
    func halfRead() async throws {
        let ads = (0..<450).map {
            #"{id: "5\#(1000 + $0)", name: x, status: ACTIVE, creative: {id: "6\#($0)", effective_object_story_id: "7243_\#(5000 + $0)"}}"#
        }
        let last = #"{id: "1212", name: i,"#
        let scene = CommentScene.scene.replacing(last, with: ads.joined(separator: ", ") + ", " + last)
        let setup = Setup { $0.chains = [CommentScene.chain] }
        let faults = #"[{match: {path: "act_1/ads"}, from: 2, do: {delay_before_ms: 1500}}]"#
        try await World.with(setup, scene: scene, faults: faults) { world in
            try await world.deliver(.comment("add", "1_9", "hello", post: "7243_5449"))
            try await eventually("the first page is read") { world.storyReads.count == 1 }
            try world.advance(ms: Limits.leaseMs / 2 + 1)
            try await world.goOn(until: "stored", stepMs: 1) { try await world.history("1_9").map(\.adIDs) == [["51449"]] }
            #expect(world.storyReads.count == 3)
        }
    }

    @Test("Instagram in its three shapes: the ad that it names, the media of an ad, and what an ad was made from")
    func instagram() async throws {
        try await CommentScene.with { world in
            let flat =
                #"{"object":"instagram","entry":[{"id":"1784","time":1795176000,"field":"comments","value":{"id":"31","from":{"id":"6","username":"u"},"text":"flat","media":{"id":"180","media_product_type":"AD"}}}]}"#
            try await world.deliver(flat)
            try await world.deliver(
                .instagram(
                    "comments",
                    #"{"comment_id":"32","from":{"id":"6","username":"u"},"text":"fb login","media":{"id":"999","original_media_id":"179"}}"#
                ),
                .instagram(
                    "comments",
                    #"{"id":"33","from":{"id":"6","username":"u"},"text":"business login","media":{"id":"998","media_product_type":"AD","ad_id":"1111","original_media_id":"179"}}"#
                ))
            try await world.settle()
            #expect(try await world.history("31").map(\.adIDs) == [["1212"]])
            #expect(try await world.history("32").map(\.adIDs) == [["1212"]])
            #expect(try await world.history("33").map(\.adIDs) == [["1111"]])
            #expect(try await world.history("33").map(\.text) == ["business login"])
            #expect(try await world.comments(.campaign, "12") == 2)
            #expect(try await world.comments(.ad, "1111") == 1)
            #expect(try await world.comments(.campaign, "11") == 1)
        }
    }

    @Test("an ad's comment that Instagram tells of twice is one")
    func twice() async throws {
        try await CommentScene.with { world in
            let value = #"{"id":"31","from":{"id":"6","username":"u"},"text":"t","media":{"id":"180"}}"#
            try await world.deliver(.instagram("comments", value, at: 1))
            try await world.deliver(.instagram("comments", value, at: 9))
            try await world.settle()
            #expect(try await world.history("31").count == 1)
            #expect(try await world.comments(.ad, "1212") == 1)
        }
    }

    @Test("live comments, mentions, reactions, posts, shares and ratings are kept, each as what it is")
    func kinds() async throws {
        try await CommentScene.with { world in
            try await world.deliver(
                .instagram("live_comments", #"{"id":"41","from":{"id":"6","username":"u"},"text":"hi","media":{"id":"179"}}"#),
                .instagram("mentions", #"{"media_id":"777","comment_id":"42"}"#), .instagram("mentions", #"{"media_id":"778"}"#))
            let page = [
                (
                    "feed",
                    #"{"item":"reaction","verb":"add","post_id":"7243_1","reaction_type":"love","from":{"id":"5","name":"N"},"created_time":1}"#
                ),
                (
                    "feed",
                    #"{"item":"reaction","verb":"edit","post_id":"7243_1","reaction_type":"angry","from":{"id":"5","name":"N"},"created_time":2}"#
                ),
                (
                    "feed",
                    #"{"item":"reaction","verb":"remove","post_id":"7243_1","reaction_type":"angry","from":{"id":"5","name":"N"},"created_time":3}"#
                ),
                (
                    "feed",
                    #"{"item":"photo","verb":"add","post_id":"7243_5","link":"https://x/y.jpg","from":{"id":"7243","name":"S"},"created_time":4}"#
                ),
                (
                    "feed",
                    #"{"item":"share","verb":"add","post_id":"7243_6","share_id":9,"from":{"id":"5","name":"N"},"created_time":5}"#
                ),
                (
                    "mention",
                    #"{"item":"post","verb":"add","post_id":"88_1","message":"look","sender_name":"N","created_time":6}"#
                ),
                (
                    "ratings",
                    #"{"item":"rating","verb":"add","open_graph_story_id":55,"reviewer_id":5,"review_text":"ok","created_time":7}"#
                ),
            ]
            try await world.deliver(Notice.body(page.map { Notice(field: $0, time: 1_795_176_000, value: $1) }))
            try await world.settle()
            #expect(try await world.history("41").map(\.kind) == [.liveComment])
            #expect(try await world.comments(.ad, "1212") == 1)
            #expect(try await world.history("42").map(\.kind) == [.mention])
            #expect(try await world.history("778").map(\.kind) == [.mention])
            let reactions = try await world.history("7243_1")
            #expect(reactions.map(\.verb) == ["add", "edit", "remove"] && reactions.map(\.text) == ["love", "angry", "angry"])
            #expect(reactions.allSatisfy { $0.kind == .reaction && $0.adIDs == ["1111", "1112", "1211"] })
            #expect(try await world.history("7243_5").map(\.kind) == [.post])
            #expect(try await world.history("7243_5").map(\.isOwn) == [true])
            #expect(try await world.history("7243_6").map(\.kind) == [.other])
            #expect(try await world.history("88_1").map(\.kind) == [.mention])
            #expect(try await world.history("55").map(\.text) == ["ok"])
            #expect(try await world.comments(.ad, "1111") == 0)
        }
    }

    @Test("a Page that nobody owns: nothing is read, stored or done")
    func nobodys() async throws {
        try await CommentScene.moderating([CommentScene.policy()]) { world in
            try await world.deliver(.comment("add", "1_9", "a scam", page: "99"))
            try await world.settle()
            #expect(try await world.count("SELECT COUNT(*) FROM social_engagements") == 0)
            #expect(try await world.messages().isEmpty && world.emulator.log().isEmpty)
            #expect(try await world.count("SELECT COUNT(*) FROM jobs WHERE state = 'done'") == 1)
        }
    }

    @Test("texts, names and author ids are nowhere in the clear")
    func canaries() async throws {
        let lines = LogLines()
        let faults =
            #"[{match: {path: "/comments", method: POST}, count: 3, do: {status: 400, code: 100, message: "bad canary-reply text"}}]"#
        let policy = CommentScene.policy([.hide, .reply("canary-reply to you"), .privateReply("canary-private for you")])
        try await CommentScene.moderating([policy], { $0.logger = lines.logger }, faults: faults) { world in
            try await world.deliver(.comment("add", "1_9", "canary-comment is a scam", at: 1))
            try await world.deliver(.comment("edited", "1_9", "canary-edit scam https://canary-link", at: 2))
            try await world.deliver(
                .instagram(
                    "comments",
                    #"{"id":"1800","from":{"id":"987654321012","username":"canary-user"},"text":"canary-ig scam","media":{"id":"180"}}"#
                ))
            try await world.deliver(
                #"{"object":"whatsapp_business_account","entry":[{"id":"55","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"77"},"messages":[{"from":"48601222333","id":"wamid.HBgLNDg2MDEyMjIzMzM","timestamp":"1795176000","text":{"body":"canary-message"}}]}}]}]}"#
            )
            try await world.settle()
            #expect(try await world.count("SELECT COUNT(*) FROM events WHERE order_key LIKE 'thread:%:77'") == 1)
            #expect(try await world.count("SELECT COUNT(*) FROM social_engagements") == 3)
            #expect(try await world.count("SELECT COUNT(*) FROM outbox") == 6)
            let bytes = String(decoding: try world.filesOnDisk(), as: UTF8.self)
            #expect(bytes.contains("social_engagements") && !lines.text.isEmpty)
            for canary in ["canary-", "Nadia Nowak", "987654321012", "48601222333", "wamid.HBgLNDg2MDEyMjIzMzM"] {
                #expect(!bytes.contains(canary), "\(canary) in the database")
                #expect(!lines.text.contains(canary), "\(canary) in the log")
            }
        }
    }
}
