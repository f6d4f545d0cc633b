package import Core
import Storage

/// Queues what a policy of the configuration does with a new or edited comment.
///
/// Never with our own: an answer of ours comes back as a comment, and must not be answered. Each action once per comment and
/// policy.
package struct ModerateComment: Handler {
    package static let name = "moderate_comment"
    package static let needs: Set<Slot> = []
    package static let gives: Set<Slot> = []
    package static let argument = HandlerArgument.moderation

    private let policy: String

    package init(argument: String) { policy = argument }

    package func handle(_ work: inout Work) async throws(HandlerError) {
        guard work.workspace != nil else { return }
        guard let policy = work.reach.moderation[policy] else {
            throw .dead(
                Reason(
                    "policy_gone", "The moderation policy is no longer in the configuration.", remedy: "Put it back, then retry.")
            )
        }
        guard let comment = try await work.engagement(), comment.isNewComment || comment.isComment && comment.isEdit else {
            return
        }
        let isEcho = work.reach.moderation.values.contains { $0.says(comment.text ?? "") }
        guard !comment.isOwn, !isEcho, let verdict = policy.verdict(on: comment.facts) else { return }
        guard try await !wasRemoved(comment, work) else { return }
        for action in verdict.actions {
            work.emit(.send(message(action.kind, rule: verdict.rule, comment, work.event)))
        }
    }

    /// Notifications come in any order: the removal may have been first.
    private func wasRemoved(_ comment: Engagement, _ work: Work) async throws(HandlerError) -> Bool {
        let (target, workspace) = (comment.targetID, work.event.workspace)
        do {
            return try await work.reach.store.read { transaction in
                try transaction.engagements(of: target, workspace: workspace).contains { $0.engagement.isRemoval }
            }
        } catch {
            throw .unread
        }
    }

    private func message(
        _ action: ModerationActionKind, rule: Int, _ comment: Engagement, _ event: StoredEvent
    ) -> OutboxMessage {
        let reference: JSON = [
            "policy": .string(policy), "rule": .integer(rule), "action": .string(action.rawValue),
            "comment": .string(comment.targetID), "platform": .string(comment.platform.rawValue),
            "page": .string(comment.pageID), "event": .integer(event.id),
        ]
        return OutboxMessage(
            kind: .moderate, workspace: event.workspace, orderKey: "comment:\(comment.targetID)",
            uniqueKey: "moderate:\(event.workspace):\(policy):\(comment.targetID):\(action.rawValue)",
            reference: reference.encoded(), eventID: event.id, actionID: nil)
    }
}

extension Engagement {
    /// What policies look at. A comment's parent is its post, or the comment that it answers.
    fileprivate var facts: CommentFacts {
        CommentFacts(
            text: text ?? "", platform: platform, isOnAd: !adIDs.isEmpty, isReply: parentID != nil && parentID != postID)
    }
}
