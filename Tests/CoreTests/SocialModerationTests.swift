import Core
import Testing

@Suite("What a moderation policy does with a comment")
struct SocialModerationTests {
    private static func condition(_ change: (inout ModerationCondition) -> Void) -> ModerationCondition {
        var condition = ModerationCondition()
        change(&condition)
        return condition
    }

    private static func holds(_ condition: ModerationCondition, _ comment: CommentFacts) -> Bool {
        let policy = ModerationPolicy(name: "p", rules: [ModerationRule(condition: condition, actions: [.hide])])
        return policy.verdict(on: comment) != nil
    }

    private static func comment(
        _ text: String, _ platform: SocialPlatform = .facebook, onAd: Bool = false, reply: Bool = false
    ) -> CommentFacts {
        CommentFacts(text: text, platform: platform, isOnAd: onAd, isReply: reply)
    }

    @Test(
        "words are whole words, in any case",
        arguments: [
            ("scam", "It's a SCAM!", true), ("scam", "scammer", false), ("scam", "a s\u{200B}cam", true), ("scam", "", false),
            ("free money", "FREE, money", true), ("free money", "money free", false), ("free money", "free of money", false),
            ("oszust", "To OSZUST.", true), ("złodziej", "ZŁODZIEJ", true), ("cafe\u{301}", "caf\u{e9}", true),
            ("$$$", "get $$$ now", true), ("$$$", "get $$ now", false), ("🤮", "no🤮", true), ("", "anything", false),
            ("a.b", "see a.b", true), ("2", "2", true),
        ])
    func words(word: String, text: String, expected: Bool) {
        #expect(Self.holds(Self.condition { $0.anyWord = ["nothere", word] }, Self.comment(text)) == expected)
    }

    @Test(
        "links",
        arguments: [
            ("see https://x.y", true), ("see HTTP://x", true), ("www.shop", true), ("buy at cheap-shop.com!", true),
            ("(bit.ly/3abc)", true), ("t.me/x", true), ("example.co.uk/path?x=1", true), ("no link here", false),
            ("great.Thanks", false), ("1.5 of 2.0", false), ("3/4", false), ("wait... what", false), ("etc.", false),
            ("e.g. this", false), ("", false), ("and/or", false), ("a@b.pl", true), ("...com", false), (".com", false),
        ])
    func links(text: String, expected: Bool) {
        #expect(Self.holds(Self.condition { $0.hasLink = true }, Self.comment(text)) == expected)
        #expect(Self.holds(Self.condition { $0.hasLink = false }, Self.comment(text)) == !expected)
    }

    @Test("every part that is set must hold")
    func parts() {
        let onAd = Self.condition { $0.onAd = true }
        #expect(Self.holds(onAd, Self.comment("a", onAd: true)) && !Self.holds(onAd, Self.comment("a")))
        let organic = Self.condition { $0.onAd = false }
        #expect(!Self.holds(organic, Self.comment("a", onAd: true)) && Self.holds(organic, Self.comment("a")))
        let top = Self.condition { $0.isReply = false }
        #expect(!Self.holds(top, Self.comment("a", reply: true)) && Self.holds(top, Self.comment("a")))
        let instagram = Self.condition { $0.platforms = [.instagram] }
        #expect(Self.holds(instagram, Self.comment("a", .instagram)) && !Self.holds(instagram, Self.comment("a")))
        let all = Self.condition {
            $0.anyWord = ["scam"]
            $0.hasLink = true
            $0.onAd = true
        }
        #expect(Self.holds(all, Self.comment("scam www.x", onAd: true)))
        #expect(!Self.holds(all, Self.comment("scam", onAd: true)) && !Self.holds(all, Self.comment("www.x", onAd: true)))
    }

    @Test("the first rule whose conditions are met counts, each kind of action once")
    func first() {
        let scam = Self.condition { $0.anyWord = ["scam"] }
        let policy = ModerationPolicy(
            name: "p",
            rules: [
                ModerationRule(condition: scam, actions: [.hide, .reply("a"), .reply("b"), .hide]),
                ModerationRule(condition: ModerationCondition(), actions: [.privateReply("c")]),
            ])
        #expect(policy.verdict(on: Self.comment("scam")) == ModerationVerdict(rule: 0, actions: [.hide, .reply("a")]))
        #expect(policy.verdict(on: Self.comment("hello")) == ModerationVerdict(rule: 1, actions: [.privateReply("c")]))
        #expect(policy.action(.reply, rule: 0) == .reply("a") && policy.action(.reply, rule: 1) == nil)
        #expect(policy.action(.hide, rule: 2) == nil && policy.action(.hide, rule: -1) == nil)
        #expect(ModerationPolicy(name: "p", rules: []).verdict(on: Self.comment("a")) == nil)
    }

    @Test("a policy knows its own public words again")
    func echo() {
        let actions: [ModerationAction] = [.reply("Thank you! "), .privateReply("Hello")]
        let policy = ModerationPolicy(
            name: "p", rules: [ModerationRule(condition: ModerationCondition(), actions: actions)])
        #expect(policy.says("Thank you!") && !policy.says("Hello") && !policy.says("thanks") && !policy.says(""))
    }
}
