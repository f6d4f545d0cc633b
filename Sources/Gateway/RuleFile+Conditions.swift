import Core

/// `when` and `then`.
extension RuleFile {
    private static let groups = ["all", "any", "not"]
    private static let comparisonKeys = ["metric", "window", "is"]

    /// A group (`all`, `any`, `not`) or a comparison.
    func condition(_ cursor: Cursor, depth: Int) -> Condition? {
        guard depth <= Condition.depthMax else {
            cursor.fault("the condition is nested deeper than \(Condition.depthMax) levels.")
            return nil
        }
        guard let (key, value) = cursor.onlyMember(), Self.groups.contains(key) else { return comparison(cursor) }
        switch key {
        case "all": return conditions(value, depth: depth).map(Condition.all)
        case "any": return conditions(value, depth: depth).map(Condition.any)
        case "not": return condition(value, depth: depth + 1).map(Condition.not)
        default: return comparison(cursor)
        }
    }

    private func conditions(_ cursor: Cursor, depth: Int) -> [Condition]? {
        guard let items = cursor.items(of: "conditions") else { return nil }
        let conditions = items.map { condition($0, depth: depth + 1) }
        return conditions.contains(nil) ? nil : conditions.compactMap(\.self)
    }

    private func comparison(_ cursor: Cursor) -> Condition? {
        guard !cursor.isScalar else {
            cursor.refuse(expected: "a comparison with metric, window and is, or one of \(NearMiss.list(Self.groups))")
            return nil
        }
        if let group = cursor.keys.first(where: Self.groups.contains), cursor.keys.count > 1 {
            cursor.fault("\(group) stands beside other keys, expected it alone: put what belongs together into one list.")
            return nil
        }
        guard let section = cursor.members(Self.comparisonKeys + Self.groups, required: ["metric", "is"]) else { return nil }
        let metric = section["metric"].flatMap { place in
            place.text("a metric").flatMap { text in place.parsed { () throws(RuleTextError) in try Metric(text: text) } }
        }
        let test = section["is"].flatMap { place in
            place.text("a test such as \"> 3\"").flatMap { text in
                place.parsed { () throws(RuleTextError) in try RuleTest(text: text) }
            }
        }
        let window = section["window"].map(self.window)
        guard let metric, let test else { return nil }
        if case .some(nil) = window { return nil }
        return .compare(Comparison(metric: metric, window: window ?? nil, test: test))
    }

    func actions(_ cursor: Cursor) -> [RuleAction]? {
        guard let items = cursor.items(of: "actions") else { return nil }
        let actions = items.map(action)
        return actions.contains(nil) ? nil : actions.compactMap(\.self)
    }

    private func action(_ cursor: Cursor) -> RuleAction? {
        let member = cursor.onlyMember()
        guard let name = member?.key ?? cursor.rawText else {
            cursor.refuse(expected: "an action: \(NearMiss.list(ActionKind.allCases.map(\.rawValue)))")
            return nil
        }
        guard let kind = ActionKind(rawValue: name) else {
            let names = ActionKind.allCases.map(\.rawValue)
            cursor.fault(
                "\"\(name)\" is no action\(NearMiss.hint(name, among: names, end: "; expected \(NearMiss.list(names))."))")
            return nil
        }
        switch (kind, member?.value) {
        case (.pause, nil): return .pause
        case (.resume, nil): return .resume
        case (.pause, let value?), (.resume, let value?):
            value.fault("\(name) takes no argument; expected \(name) by itself.")
            return nil
        case (.adjustBudget, let value?): return budgetChange(value).map(RuleAction.adjustBudget)
        case (.adjustBudget, nil):
            cursor.fault("adjust_budget needs a step; expected {adjust_budget: {by: \"+25%\"}} or {adjust_budget: {to: 200.00}}.")
            return nil
        case (.notify, let value?): return notify(value)
        case (.notify, nil):
            cursor.fault("notify needs a destination; expected {notify: NAME}.")
            return nil
        }
    }

    private func budgetChange(_ cursor: Cursor) -> BudgetChange? {
        guard let section = cursor.members(["by", "to", "min", "max"]) else { return nil }
        var texts: [String: String] = [:]
        for key in ["by", "to", "min", "max"] {
            guard let place = section[key] else { continue }
            guard let text = place.text("an amount such as 200.00\(key == "by" ? " with its sign, or a percentage" : "")") else {
                return nil
            }
            texts[key] = text
        }
        return cursor.parsed { () throws(RuleTextError) in
            try BudgetChange(by: texts["by"], to: texts["to"], min: texts["min"], max: texts["max"])
        }
    }

    private func notify(_ cursor: Cursor) -> RuleAction? {
        cursor.destination(forms: [.standard, .slack], for: "notify", among: destinations).map { .notify(destination: $0) }
    }
}
