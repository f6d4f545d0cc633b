/// A comment, on Facebook or on Instagram.
struct Comment: Sendable {
    let id: String
    let page: String
    let network: Post.Network
    /// The post or the media that it hangs on.
    let post: String
    /// The comment that it answers.
    let parent: String?
    let from: Value?
    var message: String
    let createdMs: Int64
    /// Whether the Page itself wrote it.
    let isOwn: Bool
    var isHidden: Bool
    var canHide: Bool
    var canReplyPrivately: Bool
    var isDeleted = false
    /// How often it was hidden or shown again through the API.
    var hideCalls = 0
    /// Comments that answer it.
    var replies: [String] = []
    /// Texts that went to its author in private.
    var privateReplies: [String] = []
    var privateRepliesRefused = 0

    /// How long after a comment its author can be written to.
    static let privateReplyMs: Int64 = 7 * 86_400_000

    func takesPrivateReply(nowMs: Int64) -> Bool {
        canReplyPrivately && !isOwn && privateReplies.isEmpty && nowMs - createdMs <= Self.privateReplyMs
    }
}
