/// All accounts with everything that hangs in them.
struct AdTree: Sendable {
    private(set) var entities: [String: Entity] = [:]
    private(set) var accounts: [String: AdAccount] = [:]
    /// Account numbers in the order of the scenario.
    private(set) var order: [String] = []

    subscript(_ id: String) -> Entity? {
        get { entities[id] }
        set { entities[id] = newValue }
    }

    mutating func add(_ account: AdAccount) {
        accounts[account.number] = account
        order.append(account.number)
    }

    mutating func add(_ entity: Entity) {
        entities[entity.id] = entity
        if let parent = entity.parent { entities[parent]?.children.append(entity.id) }
        if entity.level == .ad, !["ARCHIVED", "DELETED"].contains(entity.status) { accounts[entity.account]?.adCount += 1 }
    }

    func parent(of entity: Entity) -> Entity? { entity.parent.flatMap { entities[$0] } }

    func children(of entity: Entity) -> [Entity] { entity.children.compactMap { entities[$0] } }

    /// Everything of a level below (or at) an entity, in the order of the scenario.
    func descendants(of entity: Entity, at level: Level) -> [Entity] {
        if entity.level == level { return [entity] }
        return children(of: entity).flatMap { descendants(of: $0, at: level) }
    }

    /// The entity itself or what is above it at that level.
    func ancestor(of entity: Entity, at level: Level) -> Entity? {
        switch level {
        case .account: entities["act_\(entity.account)"]
        case .campaign: entity.campaign.flatMap { entities[$0] }
        case .adset: entity.adset.flatMap { entities[$0] }
        case .ad: entity.level == .ad ? entity : nil
        }
    }

    /// Own status and the parents' together.
    ///
    /// In this order: deleted (itself or above), archived (itself or above), paused itself, paused above, what the review says.
    func effectiveStatus(of entity: Entity) -> String {
        let campaign = entity.level > .campaign ? ancestor(of: entity, at: .campaign)?.status : nil
        let adset = entity.level > .adset ? ancestor(of: entity, at: .adset)?.status : nil
        let lineage = [entity.status, adset, campaign].compactMap { $0 }
        for gone in ["DELETED", "ARCHIVED"] where lineage.contains(gone) { return gone }
        if entity.status == "PAUSED" { return "PAUSED" }
        if campaign == "PAUSED" { return "CAMPAIGN_PAUSED" }
        if adset == "PAUSED" { return "ADSET_PAUSED" }
        return entity.review ?? entity.status
    }

    func isHidden(_ entity: Entity) -> Bool { ["DELETED", "ARCHIVED"].contains(effectiveStatus(of: entity)) }
}
