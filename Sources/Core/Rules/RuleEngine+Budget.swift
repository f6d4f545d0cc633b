extension RuleEngine {
    /// Which entity holds the budget that the entity of `input` spends from: itself, or its campaign.
    package static func budgetOwner(_ input: RuleInput) -> BudgetOwner {
        let entity = input.entity
        switch entity.ref.level {
        case .account: return .none(Reason("account_level", "An ad account has no budget of its own."))
        case .ad: return .none(Reason("ad_level", "An ad has no budget of its own."))
        case .campaign: return owner(entity)
        case .adset:
            guard let campaign = input.campaign, campaign.hasBudget else { return owner(entity) }
            guard !entity.hasBudget else {
                return .none(
                    Reason("budget_on_both", "The ad set and its campaign both show a budget: which one Meta uses can't be told.")
                )
            }
            return owner(campaign)
        }
    }

    private static func owner(_ entity: EntityState) -> BudgetOwner {
        switch (entity.dailyBudgetMinor, entity.lifetimeBudgetMinor) {
        case (let minor?, nil): .owner(entity.ref, .dailyBudget, minor: minor)
        case (nil, let minor?): .owner(entity.ref, .lifetimeBudget, minor: minor)
        case (_?, _?): .none(Reason("two_budgets", "The entity shows a daily and a lifetime budget."))
        case (nil, nil): .none(Reason("no_budget", "Neither the entity nor its campaign shows a budget."))
        }
    }

    static func adjustBudget(_ change: BudgetChange, _ action: RuleAction, _ input: RuleInput) -> Decision {
        switch budgetOwner(input) {
        case .none(let reason):
            return Decision(
                action: action, target: input.entity.ref, field: .dailyBudget, old: "", new: "", verdict: .nothing(reason))
        case .owner(let target, let field, let old):
            let outcome = newBudget(change, old: old, field: field, input)
            let (new, verdict): (Int64, Decision.Verdict) =
                switch outcome {
                case .success(let new): (new, .act)
                case .failure(let refusal): (old, .nothing(refusal.reason))
                }
            return Decision(action: action, target: target, field: field, old: String(old), new: String(new), verdict: verdict)
        }
    }

    /// Why a budget stays as it is.
    private struct Refusal: Error {
        let reason: Reason

        init(_ code: String, _ sentence: String) { reason = Reason(code, sentence) }
    }

    private static func newBudget(
        _ change: BudgetChange, old: Int64, field: DecisionField, _ input: RuleInput
    ) -> Result<Int64, Refusal> {
        guard let currency = input.currency else {
            return .failure(
                Refusal("no_currency", "Meta's table of offsets does not have the account's currency: no budget is written."))
        }
        guard let step = stepped(change.step, from: old, currency) else {
            return .failure(Refusal("overflow", "The new budget is too large to be computed exactly."))
        }
        return bounded(step, change, old: old, currency).flatMap { new in
            field == .dailyBudget ? aboveMinimum(new, old: old, input.minDailyBudgetMinor) : .success(new)
        }.flatMap { new in
            guard new > 0 else {
                return .failure(Refusal("nothing_left", "The step would leave no budget; pause stops spending."))
            }
            guard new != old else {
                return .failure(Refusal("no_change", "The step comes to less than the smallest unit of the currency."))
            }
            return .success(new)
        }
    }

    /// The step without bounds, rounded towards less spend.
    private static func stepped(_ step: BudgetChange.Step, from old: Int64, _ currency: Currency) -> Int64? {
        switch step {
        case .to(let target): return currency.minorDown(target)
        case .amount(let amount):
            guard let minor = currency.minorDown(amount) else { return nil }
            let (sum, overflow) = old.addingReportingOverflow(minor)
            return overflow ? nil : sum
        case .percent(let percent):
            let hundred = Int128(100) * Int128(Scaled.scale)
            let product = Int128(old) * (hundred + Int128(percent.units))
            return product < 0 ? nil : Int64(exactly: product / hundred)
        }
    }

    /// Within the rule's own bounds: a raise never lowers, a cut never raises, and of two bounds the upper one wins.
    private static func bounded(_ new: Int64, _ change: BudgetChange, old: Int64, _ currency: Currency) -> Result<Int64, Refusal>
    {
        let low = change.min.map { currency.minorUp($0) ?? .max } ?? .min
        let high = change.max.map { currency.minorDown($0) ?? .max } ?? .max
        let bounded = min(max(new, low), high)
        if old >= high, change.isRaise != false, bounded >= old || change.isRaise == true {
            return .failure(
                Refusal("at_maximum", "The budget is at the rule's maximum of \(currency.major(minor: high)) or above it."))
        }
        if old <= low, change.isRaise != true, bounded <= old || change.isRaise == false {
            return .failure(
                Refusal("at_minimum", "The budget is at the rule's minimum of \(currency.major(minor: low)) or below it."))
        }
        return .success(bounded)
    }

    /// A cut stops at the account's minimum; Meta refuses anything below.
    private static func aboveMinimum(_ new: Int64, old: Int64, _ least: Int64?) -> Result<Int64, Refusal> {
        guard let least, new < least else { return .success(new) }
        guard old > least else {
            return .failure(Refusal("below_account_minimum", "The account's smallest daily budget does not allow the step."))
        }
        return .success(least)
    }

    /// Why the envelope refuses a budget write; nil when it allows it. Asked when an action is queued and again before it is sent.
    ///
    /// A raise that is too large is refused whole: half a step would be a step that nobody decided.
    package static func envelopeFault(old: Int64, new: Int64, currency: Currency, past: ActionPast, money: MoneyEnvelope?)
        -> Reason?
    {
        guard let money else { return nil }
        if let limit = money.budgetWritesPerEntityPerHour, past.budgetWritesLastHour >= limit {
            return Reason(
                "envelope_writes_per_hour",
                "The entity's budget was written \(past.budgetWritesLastHour) times within the hour; \(limit) are allowed.")
        }
        guard new > old else { return nil }
        if let limit = money.raisePerDay.map({ currency.minorDown($0) ?? .max }) {
            let total = Int128(past.raisedTodayMinorInWorkspace) + Int128(new) - Int128(old)
            guard total <= Int128(limit) else {
                let raised = currency.major(minor: past.raisedTodayMinorInWorkspace)
                return Reason(
                    "envelope_raise_per_day",
                    """
                    Budgets of the workspace were raised by \(raised) today, \(currency.major(minor: limit)) are allowed; \
                    a step is never done in part.
                    """)
            }
        }
        if let percent = money.raisePerEntityPerDayPercent {
            let start = past.budgetTodayStartMinor ?? old
            let hundred = Int128(100) * Int128(Scaled.scale)
            guard Int128(new) * hundred <= Int128(start) * (hundred + Int128(percent.units)) else {
                return Reason(
                    "envelope_raise_per_entity",
                    """
                    The day began with \(currency.major(minor: start)), and a raise by \(percent.text)% is allowed; \
                    a step is never done in part.
                    """)
            }
        }
        return nil
    }
}

extension EntityState {
    fileprivate var hasBudget: Bool { dailyBudgetMinor != nil || lifetimeBudgetMinor != nil }
}
