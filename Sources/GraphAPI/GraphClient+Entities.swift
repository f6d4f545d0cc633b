package import Core

extension GraphClient {
    /// Campaigns, ad sets or ads of one account, by id, whatever their status. Ids that don't come back are deleted for good or
    /// invisible.
    ///
    /// At level `account` there is nothing to list: `account(_:)` reads it.
    package func entities(account: String, level: EntityLevel, ids: [String]) async throws(GraphError) -> [EntityState] {
        guard let edge = level.edge else { return [] }
        var found: [EntityState] = []
        for chunk in try Self.chunks(ids) {
            let filters: JSON = .array([Self.filter("\(level.rawValue).id", in: chunk)])
            let request = GraphRequest(
                purpose: .entities, target: .account, shape: .list, node: "act_\(try Self.checked(account))/\(edge)",
                query: [
                    .init("fields", Self.fields(of: level)), .init("filtering", filters.encoded()),
                    .init("effective_status", JSON.array(level.effectiveStatuses.map(JSON.string)).encoded()),
                    .init("limit", String(Limits.rowsPerPage)),
                ], account: account)
            for page in try await pages(request) {
                found += page.rows.compactMap { EntityState(level, $0) }
            }
        }
        return found
    }

    /// One campaign, ad set or ad by its id, archived and deleted ones too. `account` is for the record and the gate only.
    package func entity(_ ref: EntityRef, account: String?) async throws(GraphError) -> EntityState {
        let request = GraphRequest(
            purpose: .entity, target: .entity, shape: .object, node: try Self.checked(ref.id),
            query: [.init("fields", Self.fields(of: ref.level))],
            account: account)
        let answer = try await perform(request)
        guard let entity = EntityState(ref.level, answer.json) else { throw .unreadable(status: answer.status, .unexpected) }
        return entity
    }

    private static func fields(of level: EntityLevel) -> String {
        let own =
            switch level {
            case .account: ""
            case .campaign: ",daily_budget,lifetime_budget"
            case .adset: ",campaign_id,daily_budget,lifetime_budget"
            case .ad: ",campaign_id,adset_id"
            }
        return "id,account_id,name,status,effective_status" + own
    }
}

extension EntityLevel {
    /// The edge of an account that lists this level.
    var edge: String? {
        switch self {
        case .account: nil
        case .campaign: "campaigns"
        case .adset: "adsets"
        case .ad: "ads"
        }
    }

    /// All of them, because an edge leaves out archived and deleted entities unless it is asked for them by name.
    var effectiveStatuses: [String] {
        let campaign = ["ACTIVE", "PAUSED", "ARCHIVED", "DELETED", "IN_PROCESS", "WITH_ISSUES"]
        return switch self {
        case .account: []
        case .campaign: campaign
        case .adset: campaign + ["CAMPAIGN_PAUSED"]
        case .ad:
            campaign
                + ["CAMPAIGN_PAUSED", "ADSET_PAUSED", "PENDING_REVIEW", "DISAPPROVED", "PREAPPROVED", "PENDING_BILLING_INFO"]
        }
    }
}

extension EntityState {
    /// Nil without id, account or status: a half-read entity must not be acted on.
    init?(_ level: EntityLevel, _ json: JSON) {
        guard let id = json["id"]?.id, let account = json["account_id"]?.id, let status = json["status"]?.text else { return nil }
        self.init(
            ref: EntityRef(level, id), accountID: account.hasPrefix("act_") ? String(account.dropFirst(4)) : account,
            campaignID: json["campaign_id"]?.id, adsetID: json["adset_id"]?.id, name: json["name"]?.text ?? "", status: status,
            effectiveStatus: json["effective_status"]?.text ?? status, dailyBudgetMinor: Self.budget(json["daily_budget"]),
            lifetimeBudgetMinor: Self.budget(json["lifetime_budget"]))
    }

    private static func budget(_ json: JSON?) -> Int64? {
        guard let minor = json?.integer, minor > 0 else { return nil }
        return minor
    }
}
