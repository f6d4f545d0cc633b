extension RuleEngine {
    /// The kinds of action and their targets for which `decide` needs the past, each once.
    package static func slots(_ rule: Rule, _ input: RuleInput) -> [ActionSlot] {
        var slots: [ActionSlot] = []
        for action in rule.actions {
            let slot = ActionSlot(action.kind, target(of: action, input))
            if !slots.contains(slot) { slots.append(slot) }
        }
        return slots
    }

    /// What to do about an evaluation, one decision per action of the rule and in its order; none when the rule does not match.
    ///
    /// `history` has an entry for each of `slots`; an action without one does nothing. `money` nil: no envelope.
    package static func decide(
        _ rule: Rule, _ evaluation: Evaluation, _ input: RuleInput, history: [ActionSlot: ActionPast], money: MoneyEnvelope?
    ) -> [Decision] {
        guard evaluation.isMatch else { return [] }
        var writes: [Int: Decision] = [:]
        for (index, action) in rule.actions.enumerated() where action.kind != .notify {
            let before = writes.values.count { $0.acts }
            let proposal = propose(action, input)
            let past = history[ActionSlot(action.kind, proposal.target)]
            writes[index] = proposal.limited(rule: rule, past: past, actedBefore: before, currency: input.currency, money: money)
        }
        return rule.actions.enumerated().map { index, action in
            writes[index] ?? notification(action, rule, input, history: history, writes: Array(writes.values))
        }
    }

    /// Which entity would be written.
    private static func target(of action: RuleAction, _ input: RuleInput) -> EntityRef {
        guard action.kind == .adjustBudget, case .owner(let ref, _, _) = budgetOwner(input) else { return input.entity.ref }
        return ref
    }

    /// What the action comes to, before limits.
    private static func propose(_ action: RuleAction, _ input: RuleInput) -> Decision {
        switch action {
        case .pause: setStatus("PAUSED", action, input)
        case .resume: setStatus("ACTIVE", action, input)
        case .adjustBudget(let change): adjustBudget(change, action, input)
        case .notify(let destination):
            Decision(action: action, target: input.entity.ref, field: .notify, old: "", new: destination, verdict: .act)
        }
    }

    private static func setStatus(_ new: String, _ action: RuleAction, _ input: RuleInput) -> Decision {
        let verdict = statusFault(new, input).map(Decision.Verdict.nothing) ?? .act
        return Decision(
            action: action, target: input.entity.ref, field: .status, old: input.entity.status, new: new, verdict: verdict)
    }

    private static func statusFault(_ new: String, _ input: RuleInput) -> Reason? {
        let old = input.entity.status
        guard input.entity.ref.level != .account else {
            return Reason("account_level", "An ad account can't be paused or resumed.")
        }
        guard old == "ACTIVE" || old == "PAUSED" else { return Reason("not_alive", "The entity's status is \(old).") }
        guard old != new else {
            return Reason(new == "PAUSED" ? "already_paused" : "already_active", "The entity's status is \(old) already.")
        }
        guard new != "ACTIVE" || input.pausedByRule else {
            return Reason("not_paused_by_rule", "A person paused it, and rules resume only what a rule paused.")
        }
        return nil
    }

    private static func notification(
        _ action: RuleAction, _ rule: Rule, _ input: RuleInput, history: [ActionSlot: ActionPast], writes: [Decision]
    ) -> Decision {
        let proposal = propose(action, input)
        guard writes.isEmpty || writes.contains(where: \.acts) else {
            return proposal.with(
                .nothing(Reason("no_action", "The rule's other actions do nothing, so there is nothing to tell.")))
        }
        let past = history[ActionSlot(.notify, proposal.target)]
        return proposal.limited(rule: rule, past: past, actedBefore: 0, currency: input.currency, money: nil)
    }
}

extension Decision {
    fileprivate func with(_ verdict: Verdict) -> Decision {
        Decision(action: action, target: target, field: field, old: old, new: new, verdict: verdict)
    }

    /// The same decision after the limits of the rule and of the workspace.
    fileprivate func limited(rule: Rule, past: ActionPast?, actedBefore: Int, currency: Currency?, money: MoneyEnvelope?)
        -> Decision
    {
        guard acts else { return self }
        guard let past else { return with(.nothing(Reason("history_missing", "What was done before is not known."))) }
        let reason =
            cooldownFault(rule.limits, past) ?? countFault(rule.limits, past, actedBefore)
            ?? budgetFault(currency: currency, past: past, money: money)
        return reason.map { with(.nothing($0)) } ?? self
    }

    private func cooldownFault(_ limits: RuleLimits, _ past: ActionPast) -> Reason? {
        let cooldown = limits.cooldownMs(of: action.kind)
        guard let last = past.lastActionAtMs, past.nowMs - last < cooldown else { return nil }
        let minutes = (cooldown - (past.nowMs - last) + 59_999) / 60_000
        return Reason("cooldown", "The rule did this here not long ago and waits another \(minutes) min.")
    }

    private func countFault(_ limits: RuleLimits, _ past: ActionPast, _ actedBefore: Int) -> Reason? {
        guard action.kind != .notify, let limit = limits.actionsPerDay, past.actionsTodayByRule + actedBefore >= limit else {
            return nil
        }
        return Reason("actions_per_day", "The rule has used its \(limit) actions of the account's day.")
    }

    private func budgetFault(currency: Currency?, past: ActionPast, money: MoneyEnvelope?) -> Reason? {
        guard action.kind == .adjustBudget, let currency, let old = Int64(old), let new = Int64(new) else { return nil }
        return RuleEngine.envelopeFault(old: old, new: new, currency: currency, past: past, money: money)
    }
}
