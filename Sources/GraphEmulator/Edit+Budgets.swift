extension Edit {
    /// The changes that a write makes to budgets, by the rules of campaign and ad set budgets.
    func budgetChanges(_ wanted: [String: String]) throws(GraphFailure) -> [Change] {
        let daily = wanted["daily_budget"]
        let lifetime = wanted["lifetime_budget"]
        if let list = wanted["adset_budgets"] {
            guard daily == nil, lifetime == nil else { throw bothLevels }
            return try moveToAdsets(list)
        }
        guard daily != nil || lifetime != nil else { return [] }
        // An empty campaign budget is answered with success, and nothing happens.
        if entity.level == .campaign, (daily ?? "").isEmpty, (lifetime ?? "").isEmpty { return [] }
        if daily?.isEmpty == false, lifetime?.isEmpty == false {
            throw .refused(
                nil, "Two Budgets", "Only one of daily_budget and lifetime_budget can be set.", blame: "lifetime_budget")
        }
        if entity.level == .adset, tree.parent(of: entity)?.hasBudget == true { throw bothLevels }
        let field = daily?.isEmpty == false ? "daily_budget" : "lifetime_budget"
        guard let change = try budgetChange(entity, field, (field == "daily_budget" ? daily : lifetime) ?? "", wanted) else {
            return []
        }
        return [change] + (entity.level == .campaign && !entity.hasBudget ? cleared : [])
    }

    private var bothLevels: GraphFailure {
        .refused(
            1_885_621, "Budget Conflict: Campaign Already Has a Budget",
            "You can only set an ad set budget or a campaign budget.",
            blame: "daily_budget")
    }

    /// A campaign that gets a budget takes it away from its ad sets.
    private var cleared: [Change] {
        tree.children(of: entity).flatMap { adset in
            ["daily_budget", "lifetime_budget"].compactMap { change(adset, $0, nil) }
        }
    }

    private func budgetChange(
        _ target: Entity, _ field: String, _ text: String, _ wanted: [String: String]
    ) throws(GraphFailure) -> Change? {
        guard let minor = Int64(text), minor >= 0, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            throw .parameter("Param \(field) must be an integer greater than or equal to 0.")
        }
        let isDaily = field == "daily_budget"
        let old = isDaily ? target.dailyBudgetMinor : target.lifetimeBudgetMinor
        let other = isDaily ? target.lifetimeBudgetMinor : target.dailyBudgetMinor
        if target.id == entity.id, other != nil {
            throw .refused(
                nil, "Budget Type Can't Change", "The type of a budget can't be changed between daily and lifetime.", blame: field
            )
        }
        let end = target.level == .campaign ? "stop_time" : "end_time"
        if !isDaily, old == nil, target.extra[end] == nil, wanted[end] == nil {
            throw .refused(nil, "End Time Needed", "A lifetime budget needs \(end).", blame: end)
        }
        try checkMinimum(target, field, minor)
        if let old, minor < old { try checkSpent(target, field, minor, isDaily: isDaily) }
        guard let change = change(target, field, String(minor)) else { return nil }
        try checkFrequency(target)
        return change
    }

    private func checkMinimum(_ target: Entity, _ field: String, _ minor: Int64) throws(GraphFailure) {
        guard let least = tree.accounts[target.account]?.minDailyBudgetMinor, minor < least else { return }
        throw .refused(
            target.level == .adset ? 1_487_901 : 1_885_272, "Budget Is Too Low",
            "The budget must be at least \(least) (minor units) per day.", blame: field)
    }

    /// A lower budget must leave a tenth above what the period has spent.
    private func checkSpent(_ target: Entity, _ field: String, _ minor: Int64, isDaily: Bool) throws(GraphFailure) {
        guard let account = tree.accounts[target.account] else { return }
        let today = account.today(nowMs)
        let first = isDaily ? today : min(store.days.min() ?? today, today)
        var spent = store.sum(target, first...today, horizonMs: nowMs, in: tree).spend
        if !isDaily { spent += target.spentBefore }
        guard Int128(minor) * 10_000_000 < Int128(spent.micros) * Int128(account.offset) * 11 else { return }
        throw .refused(
            1_885_650, "Your Budget Is Too Low", "The budget must be at least 10% above what was spent: \(spent.text).",
            blame: field)
    }

    private func checkFrequency(_ target: Entity) throws(GraphFailure) {
        guard target.level == .adset else { return }
        let recent = target.budgetChangesMs.filter { $0 > nowMs - 3_600_000 }
        guard recent.count >= Self.budgetChangesPerHour else { return }
        throw GraphFailure(
            code: 613, subcode: 1_487_632,
            message: "(#613) You can only change your ad set budget 4 times per hour. Please wait to make more changes.",
            isTransient: false, title: "Ad Set Budget Changed Too Often",
            userMessage: "You can only change your ad set budget 4 times per hour. Please wait to make more changes.")
    }

    /// `adset_budgets=[{"adset_id", "daily_budget"}]`: the campaign's budget goes, its ad sets get theirs, all or none.
    private func moveToAdsets(_ list: String) throws(GraphFailure) -> [Change] {
        guard case .array(let items)? = JSONReader.read(list), !items.isEmpty else {
            throw .parameter("Param adset_budgets must be an array.")
        }
        guard entity.hasBudget else {
            throw .refused(
                nil, "No Campaign Budget", "The campaign has no budget to move to its ad sets.", blame: "adset_budgets")
        }
        var changes = ["daily_budget", "lifetime_budget"].compactMap { change(entity, $0, nil) }
        for item in items {
            guard let adset = item["adset_id"]?.text.flatMap({ tree[$0] }), adset.parent == entity.id else {
                throw .parameter("Param adset_budgets names an ad set that isn't in the campaign.")
            }
            let field = item["daily_budget"] == nil ? "lifetime_budget" : "daily_budget"
            if let change = try budgetChange(adset, field, item[field]?.text ?? "", [:]) { changes.append(change) }
        }
        return changes
    }
}
