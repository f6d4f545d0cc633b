import Core
import TestSupport
import Testing

@Suite("Comments, reactions, mentions and posts as notifications tell them")
struct SocialReadingTests {
    private static func read(_ value: String, _ object: String = "page", _ field: String = "feed", page: String = "7") throws
        -> Engagement?
    {
        Engagement.read(
            object: object, field: field, pageID: page, occurredAtMs: 5, value: try JSON.parse(Array(value.utf8)))
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let path, target: String
        let kind: EngagementKind
        let verb: String
        var post, parent, author, name, text, link: String?
        var isOwn = false
        var testDescription: String { path }
    }

    static let cases: [Case] = [
        Case(
            path: "page-feed-comment-add", target: "901097836652708_903438993085259", kind: .comment, verb: "add",
            post: "1234567890321_901097836652708", parent: "1234567890321_901097836652708", author: "1234567890321",
            name: "Tester", text: "and the next one", isOwn: true),
        Case(
            path: "page-feed-comment-edited", target: "900728623356296_900744590021366", kind: .comment, verb: "edited",
            post: "1234567890321_900728623356296", parent: "1234567890321_900728623356296", author: "1234567890321",
            name: "Tester", text: "Let's see the Webhooks in action :D", isOwn: true),
        Case(
            path: "page-feed-comment-remove", target: "905578656204626_905579239537901", kind: .comment, verb: "remove",
            post: "1234567890321_905578656204626", parent: "1234567890321_905578656204626", author: "1234567890321",
            name: "John Doe", isOwn: true),
        Case(
            path: "page-feed-reaction-add", target: "1234567890321_98735342324352", kind: .reaction, verb: "add",
            post: "1234567890321_98735342324352", parent: "1234567890321_901097836652708", author: "1234567890321",
            name: "John Doe", text: "love", isOwn: true),
        Case(
            path: "page-feed-post-add", target: "1234567890321_7293787835232", kind: .post, verb: "add",
            post: "1234567890321_7293787835232", author: "8423678347823", name: "John Doe", text: "Let's check this"),
        Case(
            path: "page-feed-photo-add", target: "1234567890321_900767076685784", kind: .post, verb: "add",
            post: "1234567890321_900767076685784", author: "1234567890321",
            name: "Testers Paradise", link: "https://www.example.org/test.jpg", isOwn: true),
        Case(
            path: "page-feed-status-hide", target: "1234567890321_7293787835232", kind: .post, verb: "hide",
            post: "1234567890321_7293787835232", author: "94847453432", name: "Some Tester", text: "Hide me fast"),
        Case(
            path: "page-feed-share-add", target: "1234567890321_98735342324352", kind: .other, verb: "add",
            post: "1234567890321_98735342324352", author: "1234567890321", name: "Test Sender",
            text: "Ein Link zu was ganz anderem: www.daserste.de", link: "http://www.google.com/", isOwn: true),
        Case(
            path: "page-mention-post-add-legacy", target: "44444444_444444444", kind: .mention, verb: "add",
            post: "44444444_444444444", author: "44444444", name: "Example Name"),
        Case(
            path: "page-ratings-rating-add", target: "904801129604590", kind: .other, verb: "add", author: "705955836155788",
            name: "Tester", text: "Ja ziemlich coole Sache"),
        Case(
            path: "instagram-comments", target: "123456789", kind: .comment, verb: "add", post: "76543987", parent: "987654321",
            author: "1234536447", name: "testuser", text: "This is an example."),
        Case(
            path: "instagram-comments-fb-login-docs", target: "17900000000000001", kind: .comment, verb: "add",
            post: "18000000000000001", parent: "17900000000000000", author: "1234567890", name: "example_user",
            text: "How much?"),
        Case(
            path: "instagram-mentions", target: "17887498072083520", kind: .mention, verb: "add", post: "17887498072083520"),
    ]

    @Test("captured notifications", arguments: cases)
    func captured(_ wanted: Case) throws {
        let fixture = try Fixture("deliveries/\(wanted.path).http")
        let event = try #require(decode(fixture).first)
        let value = try #require(WebhookDecoder.value(of: 0, in: fixture.body))
        let read = Engagement.read(
            object: event.object, field: event.field, pageID: event.objectID, occurredAtMs: event.occurredAtMs, value: value)
        let expected = Engagement(
            platform: event.object == "page" ? .facebook : .instagram, kind: wanted.kind, targetID: wanted.target,
            postID: wanted.post, parentID: wanted.parent, pageID: event.objectID, verb: wanted.verb,
            occurredAtMs: event.occurredAtMs, isOwn: wanted.isOwn, authorID: wanted.author, authorName: wanted.name,
            text: wanted.text, link: wanted.link, adIDs: [])
        #expect(read == expected)
    }

    @Test("a flat entry on Instagram reads as one in a list does")
    func flat() throws {
        let fixture = try Fixture("shapes/instagram-flat-comment.http")
        let value = try #require(WebhookDecoder.value(of: 0, in: fixture.body))
        let read = Engagement.read(object: "instagram", field: "comments", pageID: "1", occurredAtMs: 5, value: value)
        #expect(read?.targetID == "18220742947333330" && read?.kind == .comment && read?.text != nil)
    }

    @Test("live comments are told apart, and moderated as comments are")
    func live() throws {
        let read = try Self.read(#"{"id":"5","text":"a","media":{"id":"6"}}"#, "instagram", "live_comments")
        #expect(read?.kind == .liveComment && read?.targetID == "5" && read?.postID == "6")
    }

    @Test(
        "our own comment on Instagram: by its author's id, or by Meta's mark",
        arguments: [
            (#"{"id":"7","username":"shop"}"#, true), (#"{"id":"8","self_ig_scoped_id":"99"}"#, true),
            (#"{"id":"8","self_ig_scoped_id":null}"#, false), (#"{"id":"8","username":"other"}"#, false), ("null", false),
        ])
    func own(from: String, isOwn: Bool) throws {
        #expect(try Self.read(#"{"id":"5","from":\#(from),"text":"a"}"#, "instagram", "comments")?.isOwn == isOwn)
    }

    @Test("nobody's comment is not our own")
    func nobody() throws {
        #expect(try Self.read(#"{"item":"comment","comment_id":"1_2"}"#, page: "")?.isOwn == false)
    }

    @Test(
        "what names nothing, or is about something else, is no engagement",
        arguments: [
            ("page", "feed", #"{"item":"comment","verb":"add"}"#), ("page", "feed", #"{"item":"like","verb":"add"}"#),
            ("page", "feed", #""text""#), ("page", "leadgen", #"{"leadgen_id":"5"}"#), ("instagram", "story_insights", "{}"),
            ("user", "feed", #"{"item":"comment","comment_id":"1_2"}"#), ("instagram", "comments", #"{"text":"a"}"#),
        ])
    func none(object: String, field: String, value: String) throws {
        #expect(try Self.read(value, object, field) == nil)
    }

    @Test(
        "what may back an ad: our posts, an ad's media and the media that it was made from",
        arguments: [
            ("page", "feed", #"{"post_id":"9_1"}"#, ["9_1"]), ("page", "mention", #"{"post_id":"9_1"}"#, []),
            ("page", "ratings", #"{"post_id":"9_1"}"#, []), ("page", "feed", #"{"item":"like"}"#, []),
            ("instagram", "comments", #"{"media":{"id":"5","original_media_id":"6"}}"#, ["5", "6"]),
            ("instagram", "live_comments", #"{"media":{"id":5,"original_media_id":"5"}}"#, ["5"]),
            ("instagram", "mentions", #"{"media_id":"5"}"#, []),
        ])
    func stories(object: String, field: String, value: String, expected: [String]) throws {
        #expect(Engagement.stories(object: object, field: field, value: try JSON.parse(Array(value.utf8))) == expected)
    }
}
