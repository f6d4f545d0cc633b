package import Core

/// What became of an action.
package enum ActionState: String, Sendable, CaseIterable {
    /// Would have been done; writes are off, in dry run, or not allowed for the account.
    case would
    /// In the outbox.
    case queued
    case done
    /// The entity no longer had the value that the decision saw: nothing was written, or another hand wrote after us.
    case conflict
    /// Meta or a destination refused it for good.
    case failed
    /// No longer allowed when it was to be sent.
    case cancelled
}

/// One action of a rule, from decision to read-back.
package struct StoredAction: Sendable, Equatable {
    package let id: Int64
    package let workspace: String
    package let rule: String
    package let version: String
    package let executionID: Int64
    package let target: EntityRef
    package let accountID: String
    package let action: ActionKind
    package let field: DecisionField
    package let oldValue: String
    package let newValue: String
    package let idempotencyKey: String
    package let mode: String
    package let state: ActionState
    package let reason: String?
    package let eventID: Int64?
    package let outboxID: Int64?
    package let accountDay: String
    package let createdAtMs: Int64
    package let finishedAtMs: Int64?
    package let readBack: String?
}

/// An action to be written down, before it has an id.
package struct NewAction: Sendable {
    package let workspace: String
    package let rule: String
    package let version: String
    package let executionID: Int64
    package let accountID: String
    package let decision: Decision
    package let idempotencyKey: String
    package let mode: String
    package let state: ActionState
    package let reason: String?
    package let eventID: Int64?
    package let accountDay: AccountDay

    package init(
        workspace: String, rule: String, version: String, executionID: Int64, accountID: String, decision: Decision,
        idempotencyKey: String,
        mode: String, state: ActionState, reason: String?, eventID: Int64?, accountDay: AccountDay
    ) {
        self.workspace = workspace
        self.rule = rule
        self.version = version
        self.executionID = executionID
        self.accountID = accountID
        self.decision = decision
        self.idempotencyKey = idempotencyKey
        self.mode = mode
        self.state = state
        self.reason = reason
        self.eventID = eventID
        self.accountDay = accountDay
    }
}

extension Transaction {
    /// Nil when the same evidence has acted before: the key is unique for all time.
    package func insertAction(_ action: NewAction, nowMs: Int64) throws(StoreError) -> Int64? {
        let id = try nextID(nowMs)
        let finishedAtMs: Int64? = action.state == .queued ? nil : nowMs
        let rows = try run(
            """
            INSERT INTO action_history (id, workspace_id, rule, version, execution_id, level, entity_id, account_id, action, field, old_value,
                new_value, idempotency_key, mode, state, reason, event_id, outbox_id, account_day, created_at, finished_at, read_back)
            VALUES (\(id), \(action.workspace), \(action.rule), \(action.version), \(action.executionID), \(action.decision.target.level.rawValue),
                \(action.decision.target.id), \(action.accountID), \(action.decision.action.kind.rawValue), \(action.decision.field.rawValue),
                \(action.decision.old), \(action.decision.new), \(action.idempotencyKey), \(action.mode), \(action.state.rawValue),
                \(action.reason), \(action.eventID), \(Int64?.none), \(action.accountDay.text), \(nowMs), \(finishedAtMs), \(String?.none))
            ON CONFLICT (idempotency_key) DO NOTHING RETURNING id
            """)
        return rows.isEmpty ? nil : id
    }

    package func linkAction(_ id: Int64, outboxID: Int64) throws(StoreError) {
        try run("UPDATE action_history SET outbox_id = \(outboxID) WHERE id = \(id)")
    }

    package func finishAction(_ id: Int64, state: ActionState, reason: String?, readBack: String?, nowMs: Int64)
        throws(StoreError)
    {
        try run(
            """
            UPDATE action_history SET state = \(state.rawValue), reason = \(reason), read_back = \(readBack), finished_at = \(nowMs)
            WHERE id = \(id)
            """)
    }

    package func action(_ id: Int64) throws(StoreError) -> StoredAction? {
        try run("SELECT * FROM action_history WHERE id = \(id)").first.map { row throws(StoreError) in try StoredAction(row) }
    }

    /// Newest first.
    package func actions(workspace: String?, state: ActionState?, limit: Int, before: Int64? = nil) throws(StoreError)
        -> [StoredAction]
    {
        let rows = try run(
            """
            SELECT * FROM action_history WHERE id < \(before ?? Int64.max) AND (\(workspace) IS NULL OR workspace_id = \(workspace))
                AND (\(state?.rawValue) IS NULL OR state = \(state?.rawValue))
            ORDER BY id DESC LIMIT \(Int64(limit))
            """)
        var actions: [StoredAction] = []
        for row in rows { actions.append(try StoredAction(row)) }
        return actions
    }

    /// True when the last status that a rule set on the entity is a pause.
    package func isPausedByRule(_ ref: EntityRef, workspace: String) throws(StoreError) -> Bool {
        let rows = try run(
            """
            SELECT action FROM action_history WHERE workspace_id = \(workspace) AND level = \(ref.level.rawValue) AND entity_id = \(ref.id)
                AND field = \(DecisionField.status.rawValue) AND state = \(ActionState.done.rawValue)
            ORDER BY id DESC LIMIT 1
            """)
        return try rows.first?.text("action") == ActionKind.pause.rawValue
    }

    /// True while a status or budget of the entity waits to be written: a second decision would not see what the first one does.
    package func hasOpenWrite(_ ref: EntityRef, workspace: String) throws(StoreError) -> Bool {
        try !run(
            """
            SELECT id FROM action_history WHERE workspace_id = \(workspace) AND level = \(ref.level.rawValue) AND entity_id = \(ref.id)
                AND state = 'queued' AND field <> \(DecisionField.notify.rawValue) LIMIT 1
            """
        ).isEmpty
    }

    /// What has been done before that limits one kind of action on one target, leaving one action out when it is checked again.
    package func past(
        of slot: ActionSlot, rule: String, workspace: String, accountID: String, day: AccountDay, nowMs: Int64,
        excluding actionID: Int64 = 0
    ) throws(StoreError) -> ActionPast {
        let counted = Statement(
            "id <> \(actionID) AND state IN (\(ActionState.would.rawValue), \(ActionState.queued.rawValue), \(ActionState.done.rawValue))"
        )
        let written = Statement("id <> \(actionID) AND state IN (\(ActionState.queued.rawValue), \(ActionState.done.rawValue))")
        let isBudget = Statement("field IN (\(DecisionField.dailyBudget.rawValue), \(DecisionField.lifetimeBudget.rawValue))")
        let isTarget = Statement(
            "workspace_id = \(workspace) AND level = \(slot.target.level.rawValue) AND entity_id = \(slot.target.id)")
        let last = try run(
            """
            SELECT MAX(created_at) AS value FROM action_history WHERE \(isTarget) AND rule = \(rule) AND action = \(slot.kind.rawValue)
                AND \(counted)
            """
        ).first?.int64OrNil("value")
        let today = try run(
            """
            SELECT COUNT(*) AS value FROM action_history WHERE workspace_id = \(workspace) AND account_id = \(accountID) AND rule = \(rule)
                AND account_day = \(day.text) AND field <> \(DecisionField.notify.rawValue) AND \(counted)
            """
        ).first?.int("value")
        let writes = try run(
            "SELECT COUNT(*) AS value FROM action_history WHERE \(isTarget) AND \(isBudget) AND created_at > \(nowMs - 3_600_000) AND \(written)"
        ).first?.int("value")
        let start = try run(
            """
            SELECT old_value FROM action_history WHERE \(isTarget) AND \(isBudget) AND account_day = \(day.text) AND \(written)
            ORDER BY id LIMIT 1
            """
        ).first?.text("old_value")
        return ActionPast(
            nowMs: nowMs, lastActionAtMs: last ?? nil, actionsTodayByRule: today ?? 0,
            raisedTodayMinorInWorkspace: try raisedToday(workspace: workspace, day: day, written: written, isBudget: isBudget),
            budgetTodayStartMinor: start.flatMap { Int64($0) }, budgetWritesLastHour: writes ?? 0)
    }

    /// Net raises of the day, each entity's last value above its first.
    private func raisedToday(
        workspace: String, day: AccountDay, written: Statement, isBudget: Statement
    ) throws(StoreError) -> Int64 {
        var first: [EntityRef: Int64] = [:], last: [EntityRef: Int64] = [:]
        let rows = try run(
            """
            SELECT level, entity_id, old_value, new_value FROM action_history
            WHERE workspace_id = \(workspace) AND account_day = \(day.text) AND \(isBudget) AND \(written) ORDER BY id
            """)
        for row in rows {
            let ref = EntityRef(try row.level("level"), try row.text("entity_id"))
            if first[ref] == nil { first[ref] = Int64(try row.text("old_value")) }
            last[ref] = Int64(try row.text("new_value"))
        }
        return first.reduce(0) { sum, entry in sum + max(0, (last[entry.key] ?? entry.value) - entry.value) }
    }
}

extension StoredAction {
    init(_ row: Row) throws(StoreError) {
        guard let action = ActionKind(rawValue: try row.text("action")) else {
            throw .column(name: "action", problem: "is no action")
        }
        guard let field = DecisionField(rawValue: try row.text("field")) else {
            throw .column(name: "field", problem: "is no field of an action")
        }
        guard let state = ActionState(rawValue: try row.text("state")) else {
            throw .column(name: "state", problem: "is no state of an action")
        }
        self.init(
            id: try row.int64("id"), workspace: try row.text("workspace_id"), rule: try row.text("rule"),
            version: try row.text("version"),
            executionID: try row.int64("execution_id"), target: EntityRef(try row.level("level"), try row.text("entity_id")),
            accountID: try row.text("account_id"), action: action, field: field, oldValue: try row.text("old_value"),
            newValue: try row.text("new_value"), idempotencyKey: try row.text("idempotency_key"), mode: try row.text("mode"),
            state: state,
            reason: try row.textOrNil("reason"), eventID: try row.int64OrNil("event_id"),
            outboxID: try row.int64OrNil("outbox_id"),
            accountDay: try row.text("account_day"), createdAtMs: try row.int64("created_at"),
            finishedAtMs: try row.int64OrNil("finished_at"),
            readBack: try row.textOrNil("read_back"))
    }
}
