import Core
import GraphAPI
import Storage

/// Hides and answers comments at Meta: read, compare, POST, read back, as the writer of statuses does.
///
/// After a crash or a lost answer the same procedure starts again from the read: nothing is said twice. What is said stands in
/// the
/// configuration only.
struct CommentWriter: Sendable {
    let store: Store
    let workspaces: WorkspaceIndex
    let graph: GraphGateway
    let pages: PageDesk
    let gate: WriteGate
    let writes: WritesMode
    let moderation: [String: ModerationPolicy]
    let clock: any WallClock

    func send(_ message: StoredMessage) async throws -> SendOutcome {
        guard let order = ModerationOrder(message) else {
            return .failed(.cancel(Reason("reference_unreadable", "The message does not say what is done with which comment.")))
        }
        guard let action = moderation[order.policy]?.action(order.action, rule: order.rule) else {
            return .failed(
                .cancel(
                    Reason(
                        "policy_changed", "The policy that wanted this no longer has it.", remedy: "Put it back, then retry.")))
        }
        guard let workspace = workspaces[message.workspace], let client = graph[message.workspace] else {
            return .failed(.cancel(Reason("workspace_gone", "The workspace is no longer in the configuration.")))
        }
        if let refusal = try await refusal(order, workspace) { return refusal }
        do throws(GraphError) {
            return try await carryOut(action, order, workspace, client)
        } catch {
            return .failed(failure(error, order, workspace))
        }
    }

    /// What may have changed since it was queued: the hold, the mode, Meta's quota, the comment's age.
    private func refusal(_ order: ModerationOrder, _ workspace: Workspace) async throws -> SendOutcome? {
        if let refusal = gate.refusal(workspace.name) { return .failed(refusal) }
        switch writes {
        case .off: return .done("writes_off", "It would have been done; graph.writes is off.")
        case .dryRun: return .done("dry_run", "It would have been done; graph.writes is dry_run.")
        case .on: break
        }
        let nowMs = clock.nowMs()
        if case .wait(let untilMs, let reason) = graph.verdict(.write, app: workspace.app, account: "", nowMs: nowMs) {
            return .failed(.snooze(untilMs: untilMs, reason))
        }
        guard order.action == .privateReply, let saidAtMs = try await saidAtMs(order) else { return nil }
        guard nowMs - saidAtMs >= Limits.privateReplyMs else { return nil }
        return .failed(
            .cancel(Reason("private_reply_late", "The comment is older than seven days: Meta takes no private reply any more.")))
    }

    /// When the comment was made: the earliest that any notification said of it.
    private func saidAtMs(_ order: ModerationOrder) async throws -> Int64? {
        try await store.read { transaction in
            let history = try transaction.engagements(of: order.comment, workspace: order.workspace)
            let event = try order.event.flatMap { try transaction.event($0) }?.listing.event
            return (history.map(\.engagement.occurredAtMs) + [event?.occurredAtMs].compactMap(\.self)).min()
        }
    }

    private func carryOut(
        _ action: ModerationAction, _ order: ModerationOrder, _ workspace: Workspace, _ client: GraphClient
    ) async throws(GraphError) -> SendOutcome {
        let credentials = try await credentials(order, workspace)
        let state = try await client.comment(order.comment, order.platform, credentials: credentials)
        guard state.exists else { return .gone }
        switch action {
        case .hide:
            return try await hide(order, state, client, credentials)
        case .reply(let text):
            return try await reply(text, order, client, credentials)
        case .privateReply(let text):
            let sent = try await enter(order) { () async throws(GraphError) in
                try await client.privateReply(page: order.page, comment: order.comment, text: text, credentials: credentials)
            }
            return switch sent {
            case .done(.sent): .sent(SendResult())
            case .done(.alreadyReplied): .done("already_replied", "The comment has had its private reply.")
            case .refused(let refusal): .failed(refusal)
            }
        }
    }

    private func hide(
        _ order: ModerationOrder, _ state: CommentState, _ client: GraphClient, _ credentials: GraphCredentials?
    ) async throws(GraphError) -> SendOutcome {
        if state.isHidden { return .sent(SendResult()) }
        if state.canHide == false { return .done("cannot_hide", "Meta does not let this comment be hidden.") }
        let written: Passage<Void> = try await enter(order) { () async throws(GraphError) in
            try await client.setHidden(order.comment, order.platform, hidden: true, credentials: credentials)
        }
        if case .refused(let refusal) = written { return .failed(refusal) }
        let after = try await client.comment(order.comment, order.platform, credentials: credentials)
        guard after.exists else { return .gone }
        return after.isHidden
            ? .sent(SendResult())
            : .done("shown_again", "We hid it; read back it is shown. Somebody else moderates here.")
    }

    private func reply(
        _ text: String, _ order: ModerationOrder, _ client: GraphClient, _ credentials: GraphCredentials?
    ) async throws(GraphError) -> SendOutcome {
        let replies = try await client.replies(to: order.comment, order.platform, credentials: credentials)
        if replies.contains(where: { order.isOurs($0, text) }) { return .sent(SendResult()) }
        let written = try await enter(order) { () async throws(GraphError) in
            try await client.reply(to: order.comment, order.platform, text: text, credentials: credentials)
        }
        if case .refused(let refusal) = written { return .failed(refusal) }
        return .sent(SendResult())
    }

    /// What came of a write that has to pass the gate.
    private enum Passage<T> {
        case done(T)
        case refused(Disposition)
    }

    /// A write through the gate that `touchstone hold` shuts.
    private func enter<T>(
        _ order: ModerationOrder, _ write: () async throws(GraphError) -> T
    ) async throws(GraphError) -> Passage<T> {
        if let refusal = gate.enter(order.workspace) { return .refused(refusal) }
        defer { gate.leave(order.workspace) }
        return .done(try await write())
    }

    /// Of the Page; an Instagram account has the token of the workspace's Page, where there is one Page, else the workspace's
    /// own.
    private func credentials(_ order: ModerationOrder, _ workspace: Workspace) async throws(GraphError) -> GraphCredentials? {
        guard let page = order.tokenPage(workspace) else { return nil }
        return try await pages.access(page, workspace: workspace).credentials
    }

    private func failure(_ error: GraphError, _ order: ModerationOrder, _ workspace: Workspace) -> Disposition {
        let nowMs = clock.nowMs()
        graph.note(error, app: workspace.app, account: nil, kind: .write, nowMs: nowMs)
        let page = order.tokenPage(workspace)
        let disposition = error.disposition(nowMs: nowMs, workspace: workspace.name, account: nil, page: page)
        if case .hold = disposition, let page { pages.forget(page) }
        return disposition
    }
}

extension SendOutcome {
    fileprivate static func done(_ code: String, _ sentence: String) -> SendOutcome {
        .sent(SendResult(reason: Reason(code, sentence).text))
    }

    fileprivate static let gone = SendOutcome.done("comment_gone", "The comment was removed before anything was done with it.")
}
