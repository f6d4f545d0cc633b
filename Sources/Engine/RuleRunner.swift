import Core
import Signing
package import Storage

/// Evaluates the rules whose scope holds a touched entity, writes down what each saw and came to, and queues what is to be done.
package struct RuleRunner: Sendable {
    /// Facts are read with the ad sets' own attribution settings.
    static let attribution = "default"
    private let rules: [VersionedRule]
    private let writes: WritesMode

    package init(rules: [VersionedRule], writes: WritesMode) {
        self.rules = rules
        self.writes = writes
    }

    /// Keeps the texts of the rules' versions, so that an action of long ago can still show its rule.
    package func remember(in transaction: Transaction, nowMs: Int64) throws {
        for loaded in rules {
            try transaction.storeRule(
                workspace: loaded.rule.workspace, name: loaded.rule.name, version: loaded.rule.version, text: loaded.text,
                mode: loaded.rule.mode.rawValue, nowMs: nowMs)
        }
    }

    func shapes(workspace: String, accountID: String, level: EntityLevel, today: AccountDay) -> [ReadShape] {
        ReadPlan.shapes(for: inScope(workspace: workspace, accountID: accountID), level: level, today: today)
    }

    /// Calls of one read of an account down to a level, the whole account by default: per level one for the entities and one per date shape.
    func calls(workspace: String, accountID: String, downTo deepest: EntityLevel = .ad) -> Int {
        let day = AccountDay(number: 0)
        return [EntityLevel.campaign, .adset, .ad].filter { $0 <= deepest }.reduce(0) { sum, level in
            sum + 1 + shapes(workspace: workspace, accountID: accountID, level: level, today: day).count
        }
    }

    private func inScope(workspace: String, accountID: String) -> [Rule] {
        rules.map(\.rule).filter {
            $0.workspace == workspace && ($0.scope.accounts.isEmpty || $0.scope.accounts.contains(accountID))
        }
    }

    /// Whether a new event of our own may matter to entities of this level.
    func usesOwn(workspace: String, level: EntityLevel) -> Bool {
        rules.contains { $0.rule.workspace == workspace && $0.rule.scope.level == level && $0.rule.usesOwn }
    }

    /// `ownOnly`: nothing but our own figures has changed, so that other rules would come to what they came to before.
    func evaluate(
        _ causes: [RuleCause], entities: [EntityRef: EntityState], account: AdAccount, workspace: Workspace,
        ownOnly: Bool = false, in transaction: Transaction, nowMs: Int64
    ) throws {
        guard let zone = AccountTimeZone(name: account.timezone) else { throw RefreshFault.timeZone(account.timezone) }
        let rules = inScope(workspace: workspace.name, accountID: account.accountID).filter { !ownOnly || $0.usesOwn }
        for cause in causes {
            guard let entity = entities[cause.ref] else { continue }
            for rule in rules where rule.scope.level == cause.ref.level && rule.scope.contains(entity) {
                let turn = RuleTurn(
                    rule: rule, entity: entity, cause: cause, account: account, workspace: workspace, zone: zone, nowMs: nowMs)
                try run(turn, entities: entities, in: transaction)
            }
        }
    }

    private func run(_ turn: RuleTurn, entities: [EntityRef: EntityState], in transaction: Transaction) throws {
        let input = try turn.input(entities: entities, in: transaction)
        let evaluation = RuleEngine.evaluate(turn.rule, input)
        var history: [ActionSlot: ActionPast] = [:]
        for slot in RuleEngine.slots(turn.rule, input) {
            history[slot] = try transaction.past(
                of: slot, rule: turn.rule.name, workspace: turn.workspace.name, accountID: turn.account.accountID,
                day: turn.today,
                nowMs: turn.nowMs)
        }
        let decisions = RuleEngine.decide(turn.rule, evaluation, input, history: history, money: turn.workspace.money)
        let executionID = try transaction.nextID(turn.nowMs)
        var outcomes: [JSON] = []
        for decision in decisions {
            outcomes.append(try carryOut(decision, evaluation, turn, executionID: executionID, in: transaction))
        }
        try transaction.insertExecution(turn.execution(id: executionID, evaluation, outcomes))
    }

    /// Queues an action, or says why not. What was decided is kept either way.
    private func carryOut(
        _ decision: Decision, _ evaluation: Evaluation, _ turn: RuleTurn, executionID: Int64, in transaction: Transaction
    ) throws -> JSON {
        if case .nothing(let reason) = decision.verdict { return decision.document(outcome: "nothing", reason: reason.text) }
        if decision.field != .notify, try transaction.hasOpenWrite(decision.target, workspace: turn.workspace.name) {
            return decision.document(
                outcome: "nothing", reason: "write_under_way: Another change of this entity is not written yet.")
        }
        let wouldOnly = reasonForWould(decision, turn)
        let keyText = idempotencyKeyText(
            rule: turn.rule.name, version: turn.rule.version, entity: decision.target, evidence: evaluation.evidence,
            own: evaluation.own, action: decision.action)
        let key = (wouldOnly == nil ? "" : "would:") + SHA256.hex(Array("\(turn.workspace.name)\n\(keyText)".utf8))
        let action = NewAction(
            workspace: turn.workspace.name, rule: turn.rule.name, version: turn.rule.version, executionID: executionID,
            accountID: turn.account.accountID, decision: decision, idempotencyKey: key, mode: turn.rule.mode.rawValue,
            state: wouldOnly == nil ? .queued : .would, reason: wouldOnly, eventID: turn.cause.lastEventID, accountDay: turn.today
        )
        guard let actionID = try transaction.insertAction(action, nowMs: turn.nowMs) else {
            return decision.document(outcome: "nothing", reason: "same_evidence: These figures have acted before.")
        }
        if wouldOnly == nil { try queue(decision, key: key, actionID: actionID, turn, in: transaction) }
        return decision.document(outcome: action.state.rawValue, reason: wouldOnly)
    }

    private func queue(_ decision: Decision, key: String, actionID: Int64, _ turn: RuleTurn, in transaction: Transaction) throws {
        let kind: OutboxKind
        switch decision.field {
        case .status: kind = .status
        case .dailyBudget, .lifetimeBudget: kind = .budget
        case .notify: kind = .notify
        }
        let target = "\(decision.target.level.rawValue):\(decision.target.id)"
        var reference: [(String, JSON)] = [("action", .integer(actionID))]
        if kind == .notify { reference.append(("destination", .string(decision.new))) }
        let message = OutboxMessage(
            kind: kind, workspace: turn.workspace.name,
            orderKey: kind == .notify ? "notify:\(decision.new):\(target)" : "write:\(turn.workspace.name):\(target)",
            uniqueKey: "action:\(key)",
            reference: JSON.object(JSONObject(reference.map { .init(key: $0.0, value: $0.1) })).encoded(),
            eventID: turn.cause.lastEventID, actionID: actionID)
        if let outboxID = try transaction.enqueue(message, nowMs: turn.nowMs) {
            try transaction.linkAction(actionID, outboxID: outboxID)
        }
    }

    /// Why a decision is only recorded; nil when it is carried out.
    private func reasonForWould(_ decision: Decision, _ turn: RuleTurn) -> String? {
        if turn.rule.mode == .dryRun { return "rule_dry_run: The rule's mode is dry_run." }
        guard decision.field != .notify else { return nil }
        if writes == .off { return "writes_off: graph.writes is off." }
        if !turn.workspace.actOn.contains(turn.account.accountID) {
            return "account_not_in_act_on: The account is not in the workspace's act_on."
        }
        return nil
    }
}

/// Why rules look at an entity: the events that touched it, and when it was last read.
struct RuleCause: Sendable {
    let ref: EntityRef
    let firstEventID: Int64
    let lastEventID: Int64
    let readAtMs: Int64?
}

/// One rule on one entity at one time.
private struct RuleTurn {
    let rule: Rule
    let entity: EntityState
    let cause: RuleCause
    let account: AdAccount
    let workspace: Workspace
    let zone: AccountTimeZone
    let nowMs: Int64

    var today: AccountDay { AccountDay.of(ms: nowMs, timeZone: zone) }

    func input(entities: [EntityRef: EntityState], in transaction: Transaction) throws -> RuleInput {
        let ranges = rule.windows.map { $0.range(today: today) }
        let facts = try transaction.latestFacts(
            workspace: workspace.name, accountID: account.accountID, ref: entity.ref,
            since: ranges.map(\.lowerBound).min() ?? today,
            until: ranges.map(\.upperBound).max() ?? today, attribution: RuleRunner.attribution)
        var campaign: EntityState?
        if let id = entity.campaignID, entity.ref.level > .campaign {
            let ref = EntityRef(.campaign, id)
            campaign = try entities[ref] ?? transaction.entity(ref, workspace: workspace.name)
        }
        return RuleInput(
            entity: entity, campaign: campaign, currency: Currency(code: account.currency), accountToday: today,
            facts: facts.map(\.fact),
            purchaseAction: account.purchaseAction, leadAction: account.leadAction, knownActions: account.knownActions,
            margin: workspace.margin, minDailyBudgetMinor: account.minDailyBudgetMinor,
            pausedByRule: try transaction.isPausedByRule(entity.ref, workspace: workspace.name), own: try own(in: transaction))
    }

    /// Our own figures over the windows that the rule asks for.
    private func own(in transaction: Transaction) throws -> OwnInput? {
        guard rule.usesOwn else { return nil }
        var windows: [Window: OwnWindow] = [:]
        for window in rule.ownWindows {
            let days = window.range(today: today)
            let (startMs, endMs) = (zone.startMs(of: days.lowerBound), zone.startMs(of: days.upperBound.adding(days: 1)))
            let figures = try transaction.ownFigures(
                workspace: workspace.name, ref: entity.ref, sinceMs: startMs, untilMs: endMs)
            windows[window] = OwnWindow(startMs: startMs, endMs: endMs, figures: figures)
        }
        return OwnInput(
            windows: windows, sinceMs: try transaction.workspaceSince(workspace.name), spendReadAtMs: cause.readAtMs, nowMs: nowMs
        )
    }

    func execution(id: Int64, _ evaluation: Evaluation, _ outcomes: [JSON]) -> RuleExecution {
        RuleExecution(
            id: id, workspace: workspace.name, rule: rule.name, version: rule.version, ref: entity.ref,
            accountID: account.accountID,
            atMs: nowMs, truth: evaluation.truth.text, operands: JSON.array(evaluation.operands.map(\.document)).encoded(),
            evidence: evaluation.evidence, decisions: JSON.array(outcomes).encoded(), firstEventID: cause.firstEventID,
            lastEventID: cause.lastEventID, reason: evaluation.guardHeld)
    }
}

extension Decision {
    fileprivate func document(outcome: String, reason: String?) -> JSON {
        [
            "action": .string(action.text), "target": .string("\(target.level.rawValue):\(target.id)"),
            "field": .string(field.rawValue),
            "old": .string(old), "new": .string(new), "outcome": .string(outcome), "reason": .text(reason),
        ]
    }
}

extension Operand {
    fileprivate var document: JSON {
        [
            "path": .string(path), "metric": .string(metric.text), "window": .text(window?.text), "left": .string(left.text),
            "test": .string(test.text), "right": .array(right.map { .string($0.text) }), "truth": .string(truth.text),
            "own_events": .array(ownEvents.map { .string(String($0)) }), "note": .text(spendAge?.text),
            "spend_read_at_ms": spendAge?.readAtMs.map(JSON.integer) ?? .null,
        ]
    }
}
