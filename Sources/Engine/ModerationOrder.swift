import Core
import GraphAPI
import Storage

/// What a message asks for: ids and names of the configuration.
struct ModerationOrder: Sendable {
    let workspace: String
    let policy: String
    let rule: Int
    let action: ModerationActionKind
    let comment: String
    let platform: SocialPlatform
    let page: String
    let event: Int64?

    init?(_ message: StoredMessage) {
        guard let reference = try? JSON.parse(Array(message.reference.utf8)), let policy = reference["policy"]?.text,
            let rule = reference["rule"]?.integer.flatMap(Int.init(exactly:)),
            let action = reference["action"]?.text.flatMap(ModerationActionKind.init(rawValue:)),
            let comment = reference["comment"]?.text, let page = reference["page"]?.text,
            let platform = reference["platform"]?.text.flatMap(SocialPlatform.init(rawValue:))
        else { return nil }
        workspace = message.workspace
        self.policy = policy
        self.rule = rule
        self.action = action
        self.comment = comment
        self.platform = platform
        self.page = page
        event = message.eventID
    }

    /// The Page whose token is used; nil: the workspace's own.
    func tokenPage(_ workspace: Workspace) -> String? {
        switch platform {
        case .facebook: page
        case .instagram: workspace.pages.count == 1 ? workspace.pages[0] : nil
        }
    }

    /// Whether an answer below the comment is the one that we would give. Instagram's ids of authors differ by app.
    func isOurs(_ reply: CommentReply, _ text: String) -> Bool {
        guard reply.text.trimmed == text.trimmed else { return false }
        return platform == .instagram || reply.authorID == nil || reply.authorID == page
    }
}
