import Core
import GraphAPI
import Storage

/// Writes a status or a budget to Meta: read, compare, POST the absolute value, read back (design 5.9).
///
/// After a crash or a lost answer the same procedure starts again from the read, so that a value is never stepped twice.
struct GraphWriter: Sendable {
    let store: Store
    let workspaces: WorkspaceIndex
    let graph: GraphGateway
    let gate: WriteGate
    let writes: WritesMode
    let clock: any WallClock

    func send(_ message: StoredMessage) async throws -> SendOutcome {
        guard let actionID = message.actionID, let action = try await store.read({ try $0.action(actionID) }) else {
            return .failed(.cancel(Reason("action_missing", "The message names no action that is stored.")))
        }
        guard action.state == .queued else {
            return .sent(SendResult(state: action.state, reason: action.reason, readBack: action.readBack))
        }
        guard let workspace = workspaces[action.workspace], let client = graph[action.workspace] else {
            return .failed(.cancel(Reason("workspace_gone", "The workspace is no longer in the configuration.")))
        }
        if let refusal = try await refusal(action, workspace) { return refusal }
        do throws(GraphError) {
            return try await carryOut(action, workspace, client)
        } catch {
            let nowMs = clock.nowMs()
            graph.note(error, app: workspace.app, account: action.accountID, kind: .write, nowMs: nowMs)
            return .failed(error.disposition(nowMs: nowMs, workspace: action.workspace, account: action.accountID))
        }
    }

    /// What may have changed since the decision was queued: the modes, the hold, the money envelope, Meta's quota.
    private func refusal(_ action: StoredAction, _ workspace: Workspace) async throws -> SendOutcome? {
        if action.field.isBudget, Int64(action.newValue) == nil {
            return .sent(
                SendResult(state: .failed, reason: "value_unreadable: The stored budget is no whole number; nothing was written.")
            )
        }
        if let refusal = gate.refusal(workspace.name) { return .failed(refusal) }
        guard writes != .off, workspace.actOn.contains(action.accountID) else {
            return .sent(SendResult(state: .cancelled, reason: "writes_not_allowed: graph.writes or act_on no longer allows it."))
        }
        let nowMs = clock.nowMs()
        if case .wait(let untilMs, let reason) = graph.verdict(
            .write, app: workspace.app, account: action.accountID, nowMs: nowMs)
        {
            return .failed(.snooze(untilMs: untilMs, reason))
        }
        guard let fault = try await envelopeFault(action, workspace, nowMs: nowMs) else { return nil }
        return .sent(SendResult(state: .cancelled, reason: fault.text))
    }

    private func envelopeFault(_ action: StoredAction, _ workspace: Workspace, nowMs: Int64) async throws -> Reason? {
        guard action.field.isBudget, let money = workspace.money, let old = Int64(action.oldValue),
            let new = Int64(action.newValue),
            let day = AccountDay(text: action.accountDay)
        else { return nil }
        return try await store.read { transaction in
            let account = try transaction.account(action.accountID, workspace: action.workspace)
            guard let currency = account.flatMap({ Currency(code: $0.currency) }) else {
                return Reason("currency_unknown", "The account's currency is not in Meta's table of offsets.")
            }
            let past = try transaction.past(
                of: ActionSlot(action.action, action.target), rule: action.rule, workspace: action.workspace,
                accountID: action.accountID,
                day: day, nowMs: nowMs, excluding: action.id)
            return RuleEngine.envelopeFault(old: old, new: new, currency: currency, past: past, money: money)
        }
    }

    private func carryOut(_ action: StoredAction, _ workspace: Workspace, _ client: GraphClient) async throws(GraphError)
        -> SendOutcome
    {
        let before = try await client.entity(action.target, account: action.accountID)
        let seen = action.field.value(in: before)
        if seen == action.newValue { return .sent(SendResult(readBack: seen, entity: before)) }
        guard seen == action.oldValue else {
            let reason = "changed_meanwhile: The decision saw \(action.oldValue); it is \(seen) now, so nothing was written."
            return .sent(SendResult(state: .conflict, reason: reason, readBack: seen, entity: before))
        }
        if let refusal = gate.enter(workspace.name) { return .failed(refusal) }
        do throws(GraphError) {
            try await post(action, client)
            gate.leave(workspace.name)
        } catch {
            gate.leave(workspace.name)
            throw error
        }
        if writes == .dryRun {
            return .sent(
                SendResult(state: .would, reason: "validated: Meta would accept it; graph.writes is dry_run.", readBack: seen))
        }
        return .sent(try await readBack(action, client))
    }

    private func post(_ action: StoredAction, _ client: GraphClient) async throws(GraphError) {
        let validateOnly = writes == .dryRun
        switch action.field {
        case .status:
            try await client.setStatus(
                action.target, account: action.accountID, status: action.newValue, validateOnly: validateOnly)
        case .dailyBudget, .lifetimeBudget:
            // `refusal` has ended it before: never a budget of 0
            guard let minor = Int64(action.newValue) else { throw .cancelled }
            try await client.setBudget(
                action.target, account: action.accountID, field: action.field == .dailyBudget ? .daily : .lifetime,
                minor: minor, validateOnly: validateOnly)
        case .notify:
            return  // goes to a destination, never here: `queue` gives it another kind
        }
    }

    private func readBack(_ action: StoredAction, _ client: GraphClient) async throws(GraphError) -> SendResult {
        let after = try await client.entity(action.target, account: action.accountID)
        let seen = action.field.value(in: after)
        guard seen != action.newValue else { return SendResult(readBack: seen, entity: after) }
        return SendResult(
            state: .conflict,
            reason: "changed_after: We wrote \(action.newValue); read back it is \(seen). Somebody else writes here.",
            readBack: seen, entity: after)
    }
}

extension DecisionField {
    var isBudget: Bool {
        switch self {
        case .dailyBudget, .lifetimeBudget: true
        case .status, .notify: false
        }
    }

    /// The field as `action_history` writes it.
    func value(in entity: EntityState) -> String {
        switch self {
        case .status: entity.status
        case .dailyBudget: entity.dailyBudgetMinor.map(String.init) ?? ""
        case .lifetimeBudget: entity.lifetimeBudgetMinor.map(String.init) ?? ""
        case .notify: ""
        }
    }
}
