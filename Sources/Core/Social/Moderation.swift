/// What a policy looks at in a comment.
package struct CommentFacts: Sendable, Equatable {
    package let text: String
    package let platform: SocialPlatform
    /// Its post backs an ad.
    package let isOnAd: Bool
    /// It answers another comment.
    package let isReply: Bool

    package init(text: String, platform: SocialPlatform, isOnAd: Bool, isReply: Bool) {
        self.text = text
        self.platform = platform
        self.isOnAd = isOnAd
        self.isReply = isReply
    }
}

/// What a policy wants done with one comment.
package struct ModerationVerdict: Sendable, Equatable {
    /// Place of the rule in the policy, from 0.
    package let rule: Int
    /// At most one of each kind, in the order of the rule.
    package let actions: [ModerationAction]

    package init(rule: Int, actions: [ModerationAction]) {
        self.rule = rule
        self.actions = actions
    }
}

extension ModerationPolicy {
    /// What the first rule whose conditions are met says; nil when none is.
    package func verdict(on comment: CommentFacts) -> ModerationVerdict? {
        guard let place = rules.firstIndex(where: { $0.condition.holds(for: comment) }) else { return nil }
        var kinds: Set<ModerationActionKind> = []
        return ModerationVerdict(rule: place, actions: rules[place].actions.filter { kinds.insert($0.kind).inserted })
    }

    /// The action of a verdict, as the policy has it now; nil when it is no longer there.
    package func action(_ kind: ModerationActionKind, rule: Int) -> ModerationAction? {
        guard rules.indices.contains(rule) else { return nil }
        return rules[rule].actions.first { $0.kind == kind }
    }

    /// Whether the policy answers in these very words: an echo of ours, whoever it is said to be by.
    package func says(_ text: String) -> Bool {
        rules.contains { rule in
            rule.actions.contains { action in
                switch action {
                case .reply(let own): own.trimmed == text.trimmed
                case .hide, .privateReply: false
                }
            }
        }
    }
}

/// Part of a message's key, never renamed.
package enum ModerationActionKind: String, Sendable, CaseIterable {
    case hide, reply
    case privateReply = "private_reply"
}

extension ModerationAction {
    package var kind: ModerationActionKind {
        switch self {
        case .hide: .hide
        case .reply: .reply
        case .privateReply: .privateReply
        }
    }
}

extension ModerationCondition {
    /// Every part that is set holds.
    func holds(for comment: CommentFacts) -> Bool {
        if !platforms.isEmpty, !platforms.contains(comment.platform) { return false }
        if let onAd, onAd != comment.isOnAd { return false }
        if let isReply, isReply != comment.isReply { return false }
        guard !anyWord.isEmpty || hasLink != nil else { return true }
        let text = CommentText(comment.text)
        if let hasLink, hasLink != text.hasLink { return false }
        return anyWord.isEmpty || anyWord.contains(where: text.holds)
    }
}
