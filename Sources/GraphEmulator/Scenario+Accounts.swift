import Foundation

extension Scenario {
    /// Keys of an entity that are not simply given back as fields.
    private static let structure: Set<String> = [
        "id", "name", "status", "effective_status", "daily_budget", "lifetime_budget", "spend_before",
        "currency", "timezone", "min_daily_budget", "campaigns", "adsets", "ads",
    ]

    mutating func readAccount(_ entry: ScenarioEntry) throws(ScenarioError) {
        let given = try entry.needed("id")
        let number = given.hasPrefix("act_") ? String(given.dropFirst(4)) : given
        let zoneName = try entry.text("timezone") ?? "UTC"
        guard let zone = TimeZone(identifier: zoneName) else {
            throw entry.fault("has a time zone that isn't known: \(zoneName)")
        }
        tree.add(
            AdAccount(
                number: number, currency: try entry.text("currency") ?? "USD", zone: zone, zoneName: zoneName,
                minDailyBudgetMinor: try entry.integer("min_daily_budget") ?? 100))
        var account = try entity(entry, id: "act_\(number)", .account, under: nil, account: number)
        account.status = "ACTIVE"
        try add(account, entry)
    }

    private mutating func add(_ entity: Entity, _ entry: ScenarioEntry) throws(ScenarioError) {
        guard tree[entity.id] == nil else { throw entry.fault("has an id that is there already: \(entity.id)") }
        tree.add(entity)
        let below: Level? =
            switch entity.level {
            case .account: .campaign
            case .campaign: .adset
            case .adset: .ad
            case .ad: nil
            }
        guard let below else { return }
        for item in try entry.list(below.edge) {
            let id = try item.needed("id")
            guard id.utf8.allSatisfy({ (48...57).contains($0) }) else { throw item.fault("needs an id of digits") }
            try add(try self.entity(item, id: id, below, under: entity, account: entity.account), item)
        }
    }

    private func entity(
        _ entry: ScenarioEntry, id: String, _ level: Level, under parent: Entity?, account: String
    ) throws(ScenarioError) -> Entity {
        let createdMs = Moment.ms("2026-01-05T08:00:00Z") ?? 0
        var entity = Entity(
            id: id, level: level, account: account, parent: parent?.id,
            campaign: level == .campaign ? id : parent?.campaign, adset: level == .adset ? id : parent?.adset,
            name: try entry.text("name") ?? id, createdMs: createdMs, updatedMs: createdMs)
        entity.status = try entry.choice("status", NodeFields.statuses) ?? "ACTIVE"
        entity.review = try entry.choice("effective_status", NodeFields.effectiveStatuses)
        entity.dailyBudgetMinor = try entry.integer("daily_budget")
        entity.lifetimeBudgetMinor = try entry.integer("lifetime_budget")
        entity.spentBefore = try entry["spend_before"]?.amount() ?? .zero
        for (key, field) in try entry.members() where !Self.structure.contains(key) {
            guard NodeFields.readable[level]?.contains(key) == true else {
                throw entry.fault("doesn't know the key '\(key)'")
            }
            entity.extra[key] = field.value
        }
        return entity
    }
}
