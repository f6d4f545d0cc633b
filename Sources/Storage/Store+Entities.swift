package import Core

/// An ad account as last read, with what was chosen once for it.
package struct AdAccount: Sendable, Equatable {
    package let accountID: String
    package let currency: String
    /// IANA name; the account's days are days of this zone.
    package let timezone: String
    /// Meta's number: 1 is active.
    package let status: Int
    package let minDailyBudgetMinor: Int64?
    /// The action type that counts as a purchase, chosen once; nil until the account has reported one.
    package var purchaseAction: String?
    package var leadAction: String?
    /// Every action type the account has ever reported.
    package var knownActions: Set<String>
    package let fetchedAtMs: Int64

    package init(
        accountID: String, currency: String, timezone: String, status: Int, minDailyBudgetMinor: Int64?,
        purchaseAction: String? = nil,
        leadAction: String? = nil, knownActions: Set<String> = [], fetchedAtMs: Int64
    ) {
        self.accountID = accountID
        self.currency = currency
        self.timezone = timezone
        self.status = status
        self.minDailyBudgetMinor = minDailyBudgetMinor
        self.purchaseAction = purchaseAction
        self.leadAction = leadAction
        self.knownActions = knownActions
        self.fetchedAtMs = fetchedAtMs
    }
}

extension Transaction {
    package func storeEntity(_ entity: EntityState, workspace: String, fetchedAtMs: Int64) throws(StoreError) {
        try run(
            """
            INSERT INTO entities (workspace_id, level, entity_id, account_id, campaign_id, adset_id, name, status, effective_status,
                daily_budget, lifetime_budget, fetched_at)
            VALUES (\(workspace), \(entity.ref.level.rawValue), \(entity.ref.id), \(entity.accountID), \(entity.campaignID), \(entity.adsetID),
                \(entity.name), \(entity.status), \(entity.effectiveStatus), \(entity.dailyBudgetMinor), \(entity.lifetimeBudgetMinor),
                \(fetchedAtMs))
            ON CONFLICT (workspace_id, level, entity_id) DO UPDATE SET account_id = excluded.account_id, campaign_id = excluded.campaign_id,
                adset_id = excluded.adset_id, name = excluded.name, status = excluded.status, effective_status = excluded.effective_status,
                daily_budget = excluded.daily_budget, lifetime_budget = excluded.lifetime_budget, fetched_at = excluded.fetched_at
            """)
    }

    package func entity(_ ref: EntityRef, workspace: String) throws(StoreError) -> EntityState? {
        let rows = try run(
            "SELECT * FROM entities WHERE workspace_id = \(workspace) AND level = \(ref.level.rawValue) AND entity_id = \(ref.id)"
        )
        return try rows.first.map { row throws(StoreError) in
            EntityState(
                ref: ref, accountID: try row.text("account_id"), campaignID: try row.textOrNil("campaign_id"),
                adsetID: try row.textOrNil("adset_id"), name: try row.text("name"), status: try row.text("status"),
                effectiveStatus: try row.text("effective_status"), dailyBudgetMinor: try row.int64OrNil("daily_budget"),
                lifetimeBudgetMinor: try row.int64OrNil("lifetime_budget"))
        }
    }

    package func storeAccount(_ account: AdAccount, workspace: String) throws(StoreError) {
        let known = JSON.array(account.knownActions.sorted().map(JSON.string)).encoded()
        try run(
            """
            INSERT INTO ad_accounts (workspace_id, account_id, currency, timezone, status, min_daily_budget, purchase_action, lead_action,
                known_actions, fetched_at)
            VALUES (\(workspace), \(account.accountID), \(account.currency), \(account.timezone), \(Int64(account.status)),
                \(account.minDailyBudgetMinor), \(account.purchaseAction), \(account.leadAction), \(known), \(account.fetchedAtMs))
            ON CONFLICT (workspace_id, account_id) DO UPDATE SET currency = excluded.currency, timezone = excluded.timezone,
                status = excluded.status, min_daily_budget = excluded.min_daily_budget, purchase_action = excluded.purchase_action,
                lead_action = excluded.lead_action, known_actions = excluded.known_actions, fetched_at = excluded.fetched_at
            """)
    }

    package func account(_ id: String, workspace: String) throws(StoreError) -> AdAccount? {
        try run("SELECT * FROM ad_accounts WHERE workspace_id = \(workspace) AND account_id = \(id)").first.map {
            row throws(StoreError) in
            AdAccount(
                accountID: id, currency: try row.text("currency"), timezone: try row.text("timezone"),
                status: try row.int("status"),
                minDailyBudgetMinor: try row.int64OrNil("min_daily_budget"), purchaseAction: try row.textOrNil("purchase_action"),
                leadAction: try row.textOrNil("lead_action"), knownActions: try row.texts("known_actions"),
                fetchedAtMs: try row.int64("fetched_at"))
        }
    }
}

extension Row {
    /// A JSON list of texts, as written by this program.
    func texts(_ column: String) throws(StoreError) -> Set<String> {
        do {
            return Set(try JSON.parse(Array(try text(column).utf8)).items.compactMap(\.text))
        } catch let error as StoreError {
            throw error
        } catch {
            throw .column(name: column, problem: "is no JSON list")
        }
    }
}
