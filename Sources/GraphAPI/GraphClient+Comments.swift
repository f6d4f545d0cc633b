package import Core

extension GraphClient {
    /// How a comment stands at Meta; `gone` when Meta does not show it.
    package func comment(
        _ id: String, _ platform: SocialPlatform, credentials: GraphCredentials? = nil
    ) async throws(GraphError) -> CommentState {
        let fields =
            switch platform {
            case .facebook: "id,is_hidden,can_hide,can_reply_privately"
            case .instagram: "id,hidden"
            }
        let request = GraphRequest(
            purpose: .comment, target: .comment, shape: .object, node: try Self.checkedComment(id),
            query: [.init("fields", fields)], account: nil)
        do throws(GraphError) {
            return CommentState(try await perform(request, credentials).json, platform)
        } catch .refused(let refusal) where refusal.isUnseen {
            return .gone
        }
    }

    /// The answers below a comment.
    package func replies(
        to id: String, _ platform: SocialPlatform, credentials: GraphCredentials? = nil
    ) async throws(GraphError) -> [CommentReply] {
        let text = platform.textField
        let request = GraphRequest(
            purpose: .comment, target: .comment, shape: .list, node: "\(try Self.checkedComment(id))/\(platform.repliesEdge)",
            query: [.init("fields", "id,\(text),from{id}"), .init("limit", "100")], account: nil)
        return try await pages(request, credentials).flatMap(\.rows).compactMap { row in
            row["id"]?.id.map { CommentReply(id: $0, authorID: row["from"]?["id"]?.id, text: row[text]?.text ?? "") }
        }
    }

    /// Hides a comment or shows it again. Done when it returns; after `answerLost` read it first.
    package func setHidden(
        _ id: String, _ platform: SocialPlatform, hidden: Bool, credentials: GraphCredentials? = nil
    ) async throws(GraphError) {
        let field =
            switch platform {
            case .facebook: "is_hidden"
            case .instagram: "hide"
            }
        _ = try await perform(
            GraphRequest(
                purpose: .moderate, target: .comment, shape: .success, node: try Self.checkedComment(id),
                form: [.init(field, hidden ? "true" : "false")], account: nil), credentials)
    }

    /// Answers for all to see, and gives the answer's id. Meta lets the same answer through twice: after `answerLost` look into
    /// `replies` first.
    package func reply(
        to id: String, _ platform: SocialPlatform, text: String, credentials: GraphCredentials? = nil
    ) async throws(GraphError) -> String {
        let answer = try await perform(
            GraphRequest(
                purpose: .moderate, target: .comment, shape: .object,
                node: "\(try Self.checkedComment(id))/\(platform.repliesEdge)", form: [.init("message", text)], account: nil),
            credentials)
        return answer.json["id"]?.id ?? ""
    }

    /// Writes to the author of a comment; Meta takes one such message per comment, within seven days.
    package func privateReply(
        page: String, comment: String, text: String, credentials: GraphCredentials? = nil
    ) async throws(GraphError) -> PrivateReply {
        let message: JSON = [
            "recipient": ["comment_id": .string(try Self.checkedComment(comment))], "message": ["text": .string(text)],
        ]
        let request = GraphRequest(
            purpose: .moderate, target: .comment, shape: .message, node: "\(try Self.checked(page))/messages",
            json: Array(message.encoded().utf8), account: nil)
        do throws(GraphError) {
            return .sent(messageID: try await perform(request, credentials).json["message_id"]?.text ?? "")
        } catch .refused(let refusal) where refusal.code == ErrorTable.alreadyReplied {
            return .alreadyReplied
        }
    }

    /// Facebook's ids of comments are `{post}_{comment}`.
    private static func checkedComment(_ id: String) throws(GraphError) -> String {
        let parts = id.split(separator: "_", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { throw .badID }
        for part in parts { _ = try checked(String(part)) }
        return id
    }
}

extension SocialPlatform {
    fileprivate var repliesEdge: String {
        switch self {
        case .facebook: "comments"
        case .instagram: "replies"
        }
    }

    fileprivate var textField: String {
        switch self {
        case .facebook: "message"
        case .instagram: "text"
        }
    }
}

/// How a comment stands at Meta.
package struct CommentState: Sendable, Equatable {
    package let isHidden: Bool
    /// Nil where Meta does not say.
    package let canHide: Bool?
    package let canReplyPrivately: Bool?
    package let exists: Bool

    /// Deleted, or never there.
    package static let gone = CommentState(isHidden: false, canHide: nil, canReplyPrivately: nil, exists: false)

    package init(isHidden: Bool, canHide: Bool?, canReplyPrivately: Bool?, exists: Bool) {
        self.isHidden = isHidden
        self.canHide = canHide
        self.canReplyPrivately = canReplyPrivately
        self.exists = exists
    }

    fileprivate init(_ json: JSON, _ platform: SocialPlatform) {
        let hidden =
            switch platform {
            case .facebook: json["is_hidden"]
            case .instagram: json["hidden"]
            }
        self.init(
            isHidden: hidden?.truth ?? false, canHide: json["can_hide"]?.truth,
            canReplyPrivately: json["can_reply_privately"]?.truth, exists: true)
    }
}

/// An answer below a comment. `text` is what a person wrote.
package struct CommentReply: Sendable, Equatable {
    package let id: String
    /// Nil where Meta does not say.
    package let authorID: String?
    package let text: String

    package init(id: String, authorID: String?, text: String) {
        self.id = id
        self.authorID = authorID
        self.text = text
    }
}

/// What came of a private reply.
package enum PrivateReply: Sendable, Equatable {
    case sent(messageID: String)
    /// The comment had its one private reply before, perhaps by an attempt whose answer was lost.
    case alreadyReplied
}
