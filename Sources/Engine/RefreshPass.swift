import Core
import GraphAPI
import Storage

/// One pass over one account: entities from the ads up to their campaigns, then insights per level and shape, then one transaction.
struct RefreshPass: Sendable {
    let store: Store
    let client: GraphClient
    let workspace: Workspace
    let accountID: String
    let rules: RuleRunner
    let policy: RefreshPolicy
    let clock: any WallClock

    /// What a pass has read, before it is written down.
    private struct Reading: Sendable {
        var account: AdAccount
        var entities: [EntityRef: EntityState] = [:]
        var insights: [LevelRead] = []
        let startedAtMs: Int64
    }

    private struct LevelRead: Sendable {
        let level: EntityLevel
        let read: InsightsRead
        let facts: [Fact]
    }

    /// `rows`: what was claimed; the parents that the pass claims on its way are added, so that whoever called settles them, too, when it fails.
    func run(_ rows: inout [ClaimedTouched]) async throws {
        let startedAtMs = clock.nowMs()
        let mustAsk = rows.contains { $0.row.ref.level == .account }
        var reading = Reading(account: try await account(fresh: mustAsk, nowMs: startedAtMs), startedAtMs: startedAtMs)
        for level in [EntityLevel.ad, .adset, .campaign] {
            rows += try await readEntities(level, of: rows, into: &reading)
        }
        try await readInsights(of: rows, into: &reading)
        try await write(reading, rows)
        store.notifier.ring(.outbox)
    }

    /// The account's currency and days; asked again once a day, or when its own state was touched.
    private func account(fresh: Bool, nowMs: Int64) async throws -> AdAccount {
        let name = workspace.name
        let known = try await store.read { [accountID] in try $0.account(accountID, workspace: name) }
        if let known, !fresh, nowMs - known.fetchedAtMs < Limits.accountFreshMs { return known }
        let info = try await client.account(accountID)
        return AdAccount(
            accountID: accountID, currency: info.currency, timezone: info.timezone, status: info.status,
            minDailyBudgetMinor: info.minDailyBudgetMinor, purchaseAction: known?.purchaseAction, leadAction: known?.leadAction,
            knownActions: known?.knownActions ?? [], fetchedAtMs: nowMs)
    }

    /// Reads the level's entities of the rows, touches their parents, and claims those parents that are due with them.
    private func readEntities(
        _ level: EntityLevel, of rows: [ClaimedTouched], into reading: inout Reading
    ) async throws -> [ClaimedTouched] {
        let wanted = rows.filter { $0.row.ref.level == level }
        guard !wanted.isEmpty else { return [] }
        let children = Dictionary(wanted.map { ($0.row.ref, $0.row) }, uniquingKeysWith: { first, _ in first })
        let taken = Set(rows.map(\.row.ref))
        let found = try await client.entities(account: accountID, level: level, ids: Set(wanted.map(\.row.ref.id)).sorted())
        for entity in found { reading.entities[entity.ref] = entity }
        var parents: [EntityRef: ParentTouch] = [:]
        for entity in found {
            guard let child = children[entity.ref] else { continue }
            for parent in entity.parents where !taken.contains(parent) {  // one that this pass has is read by it anyway
                let known = parents[parent]
                parents[parent] = ParentTouch(
                    eventID: max(known?.eventID ?? 0, child.lastEventID), atMs: min(known?.atMs ?? .max, child.firstTouchedAtMs))
            }
        }
        return try await touch(parents, nowMs: reading.startedAtMs)
    }

    /// A parent is touched when its child was, by the child's event.
    private struct ParentTouch: Sendable {
        let eventID: Int64
        let atMs: Int64
    }

    private func touch(_ parents: [EntityRef: ParentTouch], nowMs: Int64) async throws -> [ClaimedTouched] {
        guard !parents.isEmpty else { return [] }
        let (name, bootID) = (workspace.name, store.bootID)
        return try await store.write { [policy, accountID] transaction in
            for (ref, child) in parents.sorted(by: { $0.key < $1.key }) {
                try transaction.touch(workspace: name, accountID: accountID, ref: ref, eventID: child.eventID, nowMs: nowMs) {
                    row in
                    policy.dueAt(
                        touchedAtMs: child.atMs, lastReadAtMs: row?.lastReadAtMs, pendingDueAtMs: row?.waitingDueAtMs,
                        metricMoved: false)
                }
            }
            let claimed = try transaction.claimTouched(
                nowMs: nowMs, leaseMs: Limits.leaseMs, limit: Limits.touchedPerRefreshMax, owner: bootID, accountID: accountID)
            return try claimed.filter { candidate in
                if candidate.row.workspace == name, parents[candidate.row.ref] != nil { return true }
                _ = try transaction.snooze(
                    .touched, id: candidate.claim.id, attempt: candidate.claim.attempt, dueAtMs: nowMs, reason: "")
                return false
            }
        }
    }

    private func readInsights(of rows: [ClaimedTouched], into reading: inout Reading) async throws {
        guard let zone = AccountTimeZone(name: reading.account.timezone) else {
            throw RefreshFault.timeZone(reading.account.timezone)
        }
        let today = AccountDay.of(ms: reading.startedAtMs, timeZone: zone)
        let currency = Currency(code: reading.account.currency)
        for level in [EntityLevel.campaign, .adset, .ad] {
            let ids = Set(rows.map(\.row.ref).filter { $0.level == level && reading.entities[$0] != nil }.map(\.id)).sorted()
            guard !ids.isEmpty else { continue }
            for shape in rules.shapes(workspace: workspace.name, accountID: accountID, level: level, today: today) {
                let reads = try await client.insights(
                    account: accountID, level: level, ids: ids, since: shape.since.text, until: shape.until.text,
                    daily: shape.daily,
                    fields: shape.fields)
                for read in reads {
                    let facts = try InsightRows.facts(from: read.rows, level: level, currency: currency)
                    reading.insights.append(
                        LevelRead(
                            level: level, read: read, facts: InsightRows.filled(facts, entities: read.ids, shape: shape)))
                }
            }
        }
    }

    private func write(_ reading: Reading, _ rows: [ClaimedTouched]) async throws {
        let nowMs = clock.nowMs()
        let (name, pass) = (workspace.name, self)
        try await store.write { transaction in
            var account = reading.account
            account.learn(reading.insights.flatMap(\.facts))
            try transaction.storeAccount(account, workspace: name)
            let parents = try pass.newParents(rows, reading, in: transaction)
            for entity in reading.entities.values {
                try transaction.storeEntity(entity, workspace: name, fetchedAtMs: reading.startedAtMs)
            }
            for read in reading.insights { try pass.write(read, account, to: transaction, nowMs: nowMs) }
            try pass.complete(rows, reading, in: transaction, nowMs: nowMs)
            let causes = rows.map(\.row).map { row in
                RuleCause(
                    ref: row.ref, firstEventID: row.firstEventID, lastEventID: row.lastEventID, readAtMs: reading.startedAtMs)
            }
            try pass.rules.evaluate(
                causes, entities: reading.entities, account: account, workspace: pass.workspace, in: transaction, nowMs: nowMs)
            try pass.rules.evaluateOwn(parents, workspaces: WorkspaceIndex([pass.workspace]), in: transaction, nowMs: nowMs)
        }
    }

    /// What this reading puts above ads and ad sets for the first time: from now on their events count there too, also where this pass does
    /// not read it.
    private func newParents(_ rows: [ClaimedTouched], _ reading: Reading, in transaction: Transaction) throws -> CountedEntities {
        var found = CountedEntities()
        let taken = Set(rows.map(\.row.ref))
        for row in rows.map(\.row) {
            guard let entity = reading.entities[row.ref] else { continue }
            let known = try transaction.entity(row.ref, workspace: workspace.name)?.parents ?? []
            let fresh = entity.parents.filter { !known.contains($0) && !taken.contains($0) }
            found.add(fresh, workspace: workspace.name, eventID: row.lastEventID)
        }
        return found
    }

    private func write(_ level: LevelRead, _ account: AdAccount, to transaction: Transaction, nowMs: Int64) throws {
        let read = InsightRead(
            id: try transaction.nextID(nowMs), workspace: workspace.name, accountID: accountID, level: level.level,
            query: level.read.query,
            requestID: level.read.requestID, rows: level.read.rows.count, pages: level.read.pages, fetchedAtMs: nowMs)
        try transaction.insertRead(read)
        _ = try transaction.storeFacts(
            level.facts, workspace: workspace.name, accountID: accountID, currency: account.currency,
            attribution: RuleRunner.attribution,
            readID: read.id, nowMs: nowMs)
    }

    /// An entity that Meta does not show is dead with a reason; every other row is done, with its follow-up if one is due.
    private func complete(_ rows: [ClaimedTouched], _ reading: Reading, in transaction: Transaction, nowMs: Int64) throws {
        for claimed in rows {
            if claimed.row.ref.level != .account, reading.entities[claimed.row.ref] == nil {
                _ = try transaction.kill(
                    .touched, id: claimed.claim.id, attempt: claimed.claim.attempt, reason: RefreshFault.invisible.reason.text,
                    nowMs: nowMs)
                continue
            }
            let dueAtMs = policy.followUp(afterReadAtMs: reading.startedAtMs, step: claimed.row.followUp)
            let completion = try transaction.completeTouched(
                claimed, readAtMs: reading.startedAtMs, followUp: dueAtMs.map { ($0, claimed.row.followUp + 1) },
                retouchedDueAtMs: { row in
                    policy.dueAt(
                        touchedAtMs: row.lastTouchedAtMs, lastReadAtMs: reading.startedAtMs, pendingDueAtMs: nil,
                        metricMoved: false)
                })
            if completion == .fenced { throw RefreshFault.fenced }
        }
    }
}

/// Why a pass could not be written down.
enum RefreshFault: Error, Equatable, CustomStringConvertible {
    case timeZone(String)
    /// The lease ran out and another pass owns the rows now: its reading counts, ours is dropped whole.
    case fenced
    case invisible

    var description: String { reason.text }

    var reason: Reason {
        switch self {
        case .timeZone(let name):
            Reason(
                "time_zone_unknown", "The account's time zone \(name) is not in this system's tables.", remedy: "Install tzdata.")
        case .fenced: Reason("fenced", "Another pass took the entities over.")
        case .invisible:
            Reason(
                "entity_not_visible", "Meta does not show this entity to the workspace's token: deleted, or not its own.",
                remedy: "Check the token's access; the next event on it tries again.")
        }
    }
}

extension AdAccount {
    /// Remembers every action type ever reported and chooses the goals' types, once each.
    mutating func learn(_ facts: [Fact]) {
        knownActions = KnownActions.adding(facts, to: knownActions)
        purchaseAction = purchaseAction ?? Goal.purchase.actionType(known: knownActions)
        leadAction = leadAction ?? Goal.lead.actionType(known: knownActions)
    }
}

extension EntityState {
    /// The ad set and campaign above it.
    var parents: [EntityRef] {
        (adsetID.map { [EntityRef(.adset, $0)] } ?? []) + (campaignID.map { [EntityRef(.campaign, $0)] } ?? [])
    }
}

extension TouchedRow {
    /// When a waiting row is due, so that another touch never puts it off; of a leased row, what was wished for meanwhile.
    var waitingDueAtMs: Int64? {
        if isLeased { return pendingDueAtMs }
        return state == .open ? dueAtMs : nil
    }
}
