package import Core
import GraphAPI
package import Logging
package import Storage
import Synchronization

/// An account of a workspace; `accountID` is empty for entities whose account is not known yet.
package struct AccountKey: Hashable, Sendable {
    package let workspace: String
    package let accountID: String

    package init(workspace: String, accountID: String) {
        self.workspace = workspace
        self.accountID = accountID
    }
}

/// Reads what was touched, and nothing else: one pass per account, one call per level and date shape.
///
/// The facts, the states of the entities, the rules' decisions and the completion of the touched rows are one transaction.
package struct Refresher: Sendable {
    let store: Store
    let workspaces: WorkspaceIndex
    let graph: GraphGateway
    let rules: RuleRunner
    let policy: RefreshPolicy
    let pollsPerHour: Int
    let clock: any WallClock
    let logger: Logger
    private let busy = AccountSet()

    package init(
        store: Store, workspaces: WorkspaceIndex, graph: GraphGateway, rules: RuleRunner, policy: RefreshPolicy,
        pollsPerHour: Int,
        clock: any WallClock, logger: Logger
    ) {
        self.store = store
        self.workspaces = workspaces
        self.graph = graph
        self.rules = rules
        self.policy = policy
        self.pollsPerHour = pollsPerHour
        self.clock = clock
        self.logger = logger
    }

    /// Accounts with due work that nobody is reading now, marked as being read.
    func claimAccounts(_ room: Int) async throws -> [AccountKey] {
        let nowMs = clock.nowMs()
        let due = try await store.read { try $0.dueAccounts(nowMs: nowMs, limit: 256) }
        return due.map { AccountKey(workspace: $0.workspace, accountID: $0.accountID) }.filter(busy.insert)
    }

    func handle(_ key: AccountKey) async {
        defer { busy.remove(key) }
        do {
            let claimed = try await claim(key)
            guard !claimed.isEmpty else { return }
            key.accountID.isEmpty ? await locate(claimed, key) : await refresh(claimed, key)
        } catch {
            WorkerStumbled(worker: "refresher", error: "\(error)").emit(to: logger)
        }
    }

    private func claim(_ key: AccountKey) async throws -> [ClaimedTouched] {
        let nowMs = clock.nowMs()
        let bootID = store.bootID
        // What was touched by the same delivery is due some ms apart: one call for all of it.
        let slackMs = min(policy.gatherMs, 1_000)
        return try await store.write { transaction in
            let rows = try transaction.claimTouched(
                nowMs: nowMs + slackMs, leaseMs: Limits.leaseMs, limit: Limits.touchedPerRefreshMax, owner: bootID,
                accountID: key.accountID)
            return try rows.filter { claimed in
                guard claimed.row.workspace != key.workspace else { return true }
                // Another workspace's turn.
                _ = try transaction.snooze(
                    .touched, id: claimed.claim.id, attempt: claimed.claim.attempt, dueAtMs: nowMs, reason: "")
                return false
            }
        }
    }

    /// Reads the account's touched entities. What goes wrong with the read goes wrong for all of them alike.
    private func refresh(_ claimed: [ClaimedTouched], _ key: AccountKey) async {
        guard let workspace = workspaces[key.workspace], let client = graph[key.workspace] else {
            return await settle(
                claimed, key,
                .cancel(
                    Reason(
                        "workspace_gone", "The workspace is no longer in the configuration.", remedy: "Put it back, or leave it.")
                ))
        }
        guard workspace.accounts.contains(key.accountID) else {
            return await settle(
                claimed, key,
                .cancel(
                    Reason(
                        "account_not_in_workspace", "The ad account \(key.accountID) is not in the workspace's accounts.",
                        remedy: "Add it under workspaces.accounts, then retry.")))
        }
        let nowMs = clock.nowMs()
        let deepest = claimed.map(\.row.ref.level).max() ?? .ad
        if let wait = mustWait(key, app: workspace.app, deepest: deepest, nowMs: nowMs) {
            return await settle(claimed, key, wait)
        }
        let pass = RefreshPass(
            store: store, client: client, workspace: workspace, accountID: key.accountID, rules: rules, policy: policy,
            clock: clock)
        var claimed = claimed
        do {
            try await pass.run(&claimed)
        } catch let error as GraphError {
            await failed(claimed, key, workspace, error)
        } catch {
            RefreshFailed(
                workspace: key.workspace, accountID: key.accountID, entities: claimed.count, trace: claimed.first?.trace,
                reason: "\(error)"
            ).emit(to: logger)
            await settle(claimed, key, .retry(Reason("refresh_failed", "What was read could not be understood or stored.")))
        }
    }

    private func failed(_ claimed: [ClaimedTouched], _ key: AccountKey, _ workspace: Workspace, _ error: GraphError) async {
        let nowMs = clock.nowMs()
        graph.note(error, app: workspace.app, account: key.accountID, kind: .insights, nowMs: nowMs)
        let disposition = error.disposition(nowMs: nowMs, workspace: key.workspace, account: key.accountID)
        if case .split = disposition, claimed.count > 1 {
            let middle = claimed.count / 2
            await refresh(Array(claimed[..<middle]), key)
            await refresh(Array(claimed[middle...]), key)
            return
        }
        RefreshFailed(
            workspace: key.workspace, accountID: key.accountID, entities: claimed.count, trace: claimed.first?.trace,
            reason: error.code
        ).emit(to: logger)
        await settle(claimed, key, disposition)
    }

    /// The quota of Meta's headers, then our own budget.
    private func mustWait(_ key: AccountKey, app: String, deepest: EntityLevel, nowMs: Int64) -> Disposition? {
        for kind in [CallKind.read, .insights] {  // a pass reads entities and insights; Meta counts them apart
            switch graph.verdict(kind, app: app, account: key.accountID, nowMs: nowMs) {
            case .wait(let untilMs, let reason): return .snooze(untilMs: untilMs, reason)
            case .go: continue
            }
        }
        let perPoll = rules.calls(workspace: key.workspace, accountID: key.accountID)
        let wanted = rules.calls(workspace: key.workspace, accountID: key.accountID, downTo: deepest)
        let untilMs = graph.budget.waitUntil(
            account: key.accountID, wanted: wanted, perHour: perPoll * max(1, pollsPerHour), nowMs: nowMs)
        return untilMs.map { untilMs in
            .snooze(
                untilMs: untilMs,
                Reason(
                    "call_budget", "The account's reads of the last hour have reached what polling it would cost.",
                    remedy: "They go on by themselves."))
        }
    }

    /// Finds the account of entities whose event did not name it, one direct read each.
    private func locate(_ claimed: [ClaimedTouched], _ key: AccountKey) async {
        guard let workspace = workspaces[key.workspace], let client = graph[key.workspace] else {
            return await refresh(claimed, key)
        }
        for touched in claimed {
            do throws(GraphError) {
                let accountID: String
                if workspace.accounts.count == 1 {
                    accountID = workspace.accounts[0]
                } else {
                    accountID = try await client.entity(touched.row.ref, account: nil).accountID
                }
                await assign(accountID, to: touched)
            } catch {
                await settle([touched], key, error.disposition(nowMs: clock.nowMs(), workspace: key.workspace, account: nil))
            }
        }
        store.notifier.ring(.touched)
    }

    private func assign(_ accountID: String, to touched: ClaimedTouched) async {
        let nowMs = clock.nowMs()
        do {
            try await store.write { transaction in
                try transaction.assignAccount(accountID, touchedID: touched.row.id)
                _ = try transaction.snooze(
                    .touched, id: touched.claim.id, attempt: touched.claim.attempt, dueAtMs: nowMs, reason: "")
            }
        } catch {
            WorkNotSettled(queue: .touched, id: touched.claim.id, trace: touched.trace, error: "\(error)").emit(to: logger)
        }
    }

    private func settle(_ claimed: [ClaimedTouched], _ key: AccountKey, _ disposition: Disposition) async {
        if case .hold(let gate, let reason) = disposition {
            WorkHeld(queue: .touched, trace: claimed.first?.trace, gate: gate.text, reason: reason.code).emit(to: logger)
        }
        let nowMs = clock.nowMs()
        var disposition = disposition
        // cut off because the program stops: it counts no attempt, and the next one goes on at once
        if Task.isCancelled, case .retry = disposition { disposition = .snooze(untilMs: nowMs, .stopped) }
        do {
            let dead = try await store.write { [disposition] transaction in
                try claimed.compactMap { touched in
                    try transaction.settle(.touched, touched.claim, disposition, touched.bound, nowMs: nowMs).map {
                        WorkDied(queue: .touched, id: touched.claim.id, trace: touched.trace, reason: $0.code)
                    }
                }
            }
            for died in dead { died.emit(to: logger) }
        } catch {
            WorkNotSettled(
                queue: .touched, id: claimed.first?.claim.id ?? 0, trace: claimed.first?.trace, error: "\(error)"
            ).emit(to: logger)
        }
    }
}

/// Accounts that are being read: one pass at a time each.
final class AccountSet: Sendable {
    private let keys = Mutex<Set<AccountKey>>([])

    /// False when it is in already, or when there is no room.
    func insert(_ key: AccountKey) -> Bool {
        keys.withLock { $0.count < Limits.accountsAtOnceMax && $0.insert(key).inserted }
    }

    func remove(_ key: AccountKey) { keys.withLock { _ = $0.remove(key) } }
}

extension ClaimedTouched {
    /// Of the last event that named it.
    var trace: TraceID { TraceID(eventID: row.lastEventID) }
    fileprivate var bound: RetryBound { RetryBound(startMs: row.firstTouchedAtMs) }
}
