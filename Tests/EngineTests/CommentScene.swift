import Core
import Engine
import GraphEmulator
import Storage
import TestSupport

/// Page 7243 of Belmonte and its Instagram account 1784.
///
/// Post 7243_1 backs three ads in two campaigns (1111, 1112, 1211) and one of account 2 (2111); 7243_2 backs none. Media 180 is ad 1212's
/// copy of 179.
enum CommentScene {
    static let chain = [ChainStep(handler: "resolve_ad"), ChainStep(handler: "store_engagement")]
    static let moderated = chain + [ChainStep(handler: "moderate_comment", argument: "clean")]

    static let scene =
        Scene.head + """
            accounts:
              - {id: "1", name: Belmonte, currency: EUR, timezone: Europe/Warsaw, min_daily_budget: 100, campaigns: [
                  {id: "11", name: A, status: ACTIVE, daily_budget: 20000, adsets: [{id: "111", name: S, status: ACTIVE, ads: [
                    {id: "1111", name: x, status: ACTIVE, creative: {id: "91", effective_object_story_id: "7243_1"}},
                    {id: "1112", name: y, status: PAUSED, creative: {id: "92", effective_object_story_id: "7243_1"}}]}]},
                  {id: "12", name: B, status: ACTIVE, daily_budget: 10000, adsets: [{id: "121", name: T, status: ACTIVE, ads: [
                    {id: "1211", name: z, status: ACTIVE, creative: {id: "93", effective_object_story_id: "7243_1"}},
                    {id: "1212", name: i, status: ACTIVE, creative: {id: "94", effective_instagram_media_id: "180", source_instagram_media_id: "179"}}]}]}]}
              - {id: "2", name: Other, currency: USD, timezone: America/New_York, min_daily_budget: 100, campaigns: [
                  {id: "21", name: Far, status: ACTIVE, daily_budget: 5000, adsets: [{id: "211", name: U, status: ACTIVE, ads: [
                    {id: "2111", name: w, status: ACTIVE, creative: {id: "95", effective_object_story_id: "7243_1"}},
                    {id: "2112", name: v, status: ACTIVE, creative: {id: "96", effective_object_story_id: "7243_9"}}]}]}]}
            pages: [{id: "7243", name: Shop, token: PAGE-TOKEN, token_name: page, app: "123", instagram: "1784"}]
            posts: [{id: "7243_1", page: "7243", message: ad}, {id: "7243_2", page: "7243", message: organic}]
            media: [{id: "180", page: "7243", product_type: AD, ad: "1212", original: "179"}, {id: "179", page: "7243", product_type: FEED}]
            comments:
              - {id: "1_9", post: "7243_1", from: {id: "5", name: N}, message: "a scam", created: "2026-11-20T11:59:00Z"}
              - {id: "1_8", post: "7243_1", from: {id: "6", name: M}, message: "hello", created: "2026-11-20T11:59:00Z"}
              - {id: "1_7", post: "7243_1", from: {id: "6", name: M}, message: "a scam", created: "2026-11-10T11:59:00Z"}
              - {id: "1800", media: "180", from: {id: "6", username: u}, message: "a scam"}

            """

    static func policy(_ actions: [ModerationAction] = [.hide], _ change: (inout ModerationCondition) -> Void = { _ in })
        -> ModerationPolicy
    {
        var condition = ModerationCondition()
        condition.anyWord = ["scam"]
        change(&condition)
        return ModerationPolicy(name: "clean", rules: [ModerationRule(condition: condition, actions: actions)])
    }

    static func with(
        _ chain: [ChainStep] = chain, _ change: (inout Setup) -> Void = { _ in }, faults: String? = nil,
        _ body: (World) async throws -> Void
    ) async throws {
        let setup = Setup {
            $0.chains = [chain]
            $0.instagram = ["1784"]
            change(&$0)
        }
        try await World.with(setup, scene: scene, faults: faults, body)
    }

    static func moderating(
        _ policies: [ModerationPolicy], _ change: (inout Setup) -> Void = { _ in }, faults: String? = nil,
        _ body: (World) async throws -> Void
    ) async throws {
        try await with(
            moderated,
            {
                $0.moderation = policies
                change(&$0)
            }, faults: faults, body)
    }
}

/// One change with the time of its entry: a notification, whatever delivery it comes in.
struct Notice: Sendable {
    var object = "page"
    var page = "7243"
    var field = "feed"
    var time: Int
    let value: String

    /// Of a comment on Facebook; `time` is seconds after the scene's start.
    static func comment(
        _ verb: String, _ id: String = "1_9", _ text: String? = nil, at time: Int = 0, post: String = "7243_1",
        parent: String? = nil,
        from: String = "5", page: String = "7243"
    ) -> Notice {
        let message = text.map { #","message":\#(JSON.string($0).encoded())"# } ?? ""
        let now = Int(Scene.startMs / 1000)
        let value =
            #"{"item":"comment","verb":"\#(verb)","comment_id":"\#(id)","post_id":"\#(post)","parent_id":"\#(parent ?? post)","#
            + #""from":{"id":"\#(from)","name":"Nadia Nowak"},"created_time":\#(now - 60)\#(message)}"#
        return Notice(page: page, time: now + time, value: value)
    }

    static func instagram(_ field: String, _ value: String, at time: Int = 0) -> Notice {
        Notice(object: "instagram", page: "1784", field: field, time: Int(Scene.startMs / 1000) + time, value: value)
    }

    /// One delivery of all of them, each in an entry of its own.
    static func body(_ notices: [Notice]) -> String {
        let entries = notices.map { notice in
            #"{"id":"\#(notice.page)","time":\#(notice.time),"changes":[{"field":"\#(notice.field)","value":\#(notice.value)}]}"#
        }
        return #"{"object":"\#(notices.first?.object ?? "page")","entry":[\#(entries.joined(separator: ","))]}"#
    }
}

extension World {
    @discardableResult
    func deliver(_ notices: Notice...) async throws -> Int64 { try await deliver(Notice.body(notices)) }

    func history(_ target: String) async throws -> [Engagement] {
        try await store.read { try $0.engagements(of: target, workspace: "belmonte").map(\.engagement) }
    }

    /// Comments that count for an entity.
    func comments(_ level: EntityLevel, _ id: String) async throws -> Int64 {
        try await store.read {
            try $0.ownFigures(workspace: "belmonte", ref: EntityRef(level, id), sinceMs: 0, untilMs: .max).comments
        }
    }

    /// Pages of the accounts' ads that were read.
    var storyReads: [LogEntry] { emulator.log().filter { $0.path.hasSuffix("/ads") && $0.query["filtering"] == nil } }

    func calls(_ name: String) -> [LogEntry] { emulator.log().filter { $0.call == name } }
}
