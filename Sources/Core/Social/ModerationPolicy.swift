/// What is done with comments that meet a condition (`moderation` of the configuration).
package struct ModerationPolicy: Sendable, Equatable {
    package let name: String
    /// The first whose conditions are met counts.
    package let rules: [ModerationRule]

    package init(name: String, rules: [ModerationRule]) {
        self.name = name
        self.rules = rules
    }
}

/// One condition of a policy with what follows from it.
package struct ModerationRule: Sendable, Equatable {
    package let condition: ModerationCondition
    /// Carried out in this order; at most one of each kind.
    package let actions: [ModerationAction]

    package init(condition: ModerationCondition, actions: [ModerationAction]) {
        self.condition = condition
        self.actions = actions
    }
}

/// Which comments; every part that is set must hold. Words are compared without regard to case, as whole words.
package struct ModerationCondition: Sendable, Equatable {
    package var anyWord: [String] = []
    /// The comment holds a link.
    package var hasLink: Bool?
    /// Only comments on posts that back an ad (true) or that don't (false).
    package var onAd: Bool?
    /// Only top-level comments (false) or only answers (true).
    package var isReply: Bool?
    package var platforms: Set<SocialPlatform> = []

    package init() {}
}

package enum ModerationAction: Sendable, Equatable {
    case hide
    /// A public answer.
    case reply(String)
    /// One message to the author, within 7 days of the comment.
    case privateReply(String)
}
