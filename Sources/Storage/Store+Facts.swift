package import Core

/// One read of insights: what was asked, what Meta called the request, and how much came.
package struct InsightRead: Sendable, Equatable {
    package let id: Int64
    package let workspace: String
    package let accountID: String
    package let level: EntityLevel
    /// Without token and proof.
    package let query: String
    package let requestID: String
    package let rows: Int
    package let pages: Int
    package let fetchedAtMs: Int64

    package init(
        id: Int64, workspace: String, accountID: String, level: EntityLevel, query: String, requestID: String, rows: Int,
        pages: Int,
        fetchedAtMs: Int64
    ) {
        self.id = id
        self.workspace = workspace
        self.accountID = accountID
        self.level = level
        self.query = query
        self.requestID = requestID
        self.rows = rows
        self.pages = pages
        self.fetchedAtMs = fetchedAtMs
    }
}

/// A fact as it is stored: with its version and the read it came from.
package struct StoredFact: Sendable, Equatable {
    package let fact: Fact
    package let accountID: String
    package let version: Int64
    package let readID: Int64
    package let currency: String
}

extension Transaction {
    package func insertRead(_ read: InsightRead) throws(StoreError) {
        try run(
            """
            INSERT INTO insight_reads (id, workspace_id, account_id, level, query, request_id, rows, pages, fetched_at)
            VALUES (\(read.id), \(read.workspace), \(read.accountID), \(read.level.rawValue), \(read.query), \(read.requestID),
                    \(Int64(read.rows)), \(Int64(read.pages)), \(read.fetchedAtMs))
            """)
    }

    package func insightRead(_ id: Int64) throws(StoreError) -> InsightRead? {
        try run("SELECT * FROM insight_reads WHERE id = \(id)").first.map { row throws(StoreError) in
            InsightRead(
                id: try row.int64("id"), workspace: try row.text("workspace_id"), accountID: try row.text("account_id"),
                level: try row.level("level"), query: try row.text("query"), requestID: try row.text("request_id"),
                rows: try row.int("rows"),
                pages: try row.int("pages"), fetchedAtMs: try row.int64("fetched_at"))
        }
    }

    /// Stores what differs from the latest version as a new version; the number of rows written.
    ///
    /// A read without reach keeps the reach that an earlier read of the same figures had.
    package func storeFacts(
        _ facts: [Fact], workspace: String, accountID: String, currency: String, attribution: String, readID: Int64, nowMs: Int64
    ) throws(StoreError) -> Int {
        var written = 0
        for fact in facts {
            let latest = try latestFact(like: fact, workspace: workspace, accountID: accountID, attribution: attribution)
            let current = latest.map { fact.keepingReach(of: $0.fact) } ?? fact
            if let latest, latest.fact.hasSameContent(as: current) { continue }
            let id = try nextID(nowMs)
            try later(
                """
                INSERT INTO metric_facts (id, workspace_id, account_id, level, entity_id, date_start, date_stop, breakdown, attribution, version,
                    is_empty, impressions, clicks, link_clicks, reach, spend_minor, currency, actions, read_id)
                VALUES (\(id), \(workspace), \(accountID), \(current.level.rawValue), \(current.entityID), \(current.dateStart.text),
                    \(current.dateStop.text), \(""), \(attribution), \((latest?.version ?? 0) + 1), \(current.isEmpty), \(current.impressions),
                    \(current.clicks), \(current.linkClicks), \(current.reach), \(current.spendMinor), \(currency), \(current.actionsText),
                    \(readID))
                """)
            if let latest { try later("UPDATE metric_facts SET superseded_at = \(nowMs) WHERE id = \(latest.fact.id)") }
            written += 1
        }
        return written
    }

    private func latestFact(
        like fact: Fact, workspace: String, accountID: String, attribution: String
    ) throws(StoreError) -> StoredFact? {
        try run(
            """
            SELECT * FROM metric_facts WHERE workspace_id = \(workspace) AND account_id = \(accountID) AND level = \(fact.level.rawValue)
                AND entity_id = \(fact.entityID) AND date_start = \(fact.dateStart.text) AND date_stop = \(fact.dateStop.text)
                AND breakdown = \("") AND attribution = \(attribution)
            ORDER BY version DESC LIMIT 1
            """
        ).first.map { row throws(StoreError) in try StoredFact(row) }
    }

    /// The latest version of every fact of an entity that lies within the days, daily and windowed ones.
    package func latestFacts(
        workspace: String, accountID: String, ref: EntityRef, since: AccountDay, until: AccountDay, attribution: String
    ) throws(StoreError) -> [StoredFact] {
        let rows = try run(
            """
            SELECT * FROM metric_facts WHERE workspace_id = \(workspace) AND account_id = \(accountID) AND level = \(ref.level.rawValue)
                AND entity_id = \(ref.id) AND date_start >= \(since.text) AND date_stop <= \(until.text)
                AND breakdown = \("") AND attribution = \(attribution)
            ORDER BY date_start, date_stop, version
            """)
        var latest: [StoredFact] = []
        for row in rows {
            let fact = try StoredFact(row)
            if let last = latest.last, last.fact.dateStart == fact.fact.dateStart, last.fact.dateStop == fact.fact.dateStop {
                latest.removeLast()
            }
            latest.append(fact)
        }
        return latest
    }

    /// Facts by id, for `why`.
    package func facts(_ ids: [Int64]) throws(StoreError) -> [StoredFact] {
        var facts: [StoredFact] = []
        for row in try run("SELECT * FROM metric_facts WHERE id IN (\(list: ids)) ORDER BY date_start, date_stop, id") {
            facts.append(try StoredFact(row))
        }
        return facts
    }
}

extension StoredFact {
    init(_ row: Row) throws(StoreError) {
        let actions: [String: ActionCount]
        do {
            actions = try Fact.actions(from: try row.text("actions"))
        } catch let error as StoreError {
            throw error
        } catch {
            throw .column(name: "actions", problem: "holds no actions as they are written")
        }
        self.init(
            fact: Fact(
                id: try row.int64("id"), level: try row.level("level"), entityID: try row.text("entity_id"),
                dateStart: try row.day("date_start"), dateStop: try row.day("date_stop"), isEmpty: try row.bool("is_empty"),
                impressions: try row.int64("impressions"), clicks: try row.int64("clicks"),
                linkClicks: try row.int64("link_clicks"),
                reach: try row.int64OrNil("reach"), spendMinor: try row.int64("spend_minor"), actions: actions),
            accountID: try row.text("account_id"), version: try row.int64("version"), readID: try row.int64("read_id"),
            currency: try row.text("currency"))
    }
}

extension Row {
    func level(_ column: String) throws(StoreError) -> EntityLevel {
        guard let level = EntityLevel(rawValue: try text(column)) else {
            throw .column(name: column, problem: "is no level of the ads hierarchy")
        }
        return level
    }

    func day(_ column: String) throws(StoreError) -> AccountDay {
        guard let day = AccountDay(text: try text(column)) else { throw .column(name: column, problem: "is no day") }
        return day
    }
}
