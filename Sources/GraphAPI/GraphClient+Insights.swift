package import Core

extension GraphClient {
    /// What facts are made of; the ids of the level are added, `date_start` and `date_stop` come by themselves.
    package static let insightFields = [
        "impressions", "clicks", "inline_link_clicks", "reach", "spend", "actions", "action_values",
    ]

    /// One account, one level, one range of days of the account (both included): rows of the named entities only, all pages.
    ///
    /// One `InsightsRead` per `Limits.idsPerCallMax` ids. An entity that was asked for and has no row had no delivery in the
    /// range. `daily`: a row per day (`time_increment=1`); else one for the whole range. At level `account` no id filter is sent.
    package func insights(
        account: String, level: EntityLevel, ids: [String], since: String, until: String, daily: Bool,
        fields: [String] = GraphClient.insightFields
    ) async throws(GraphError) -> [InsightsRead] {
        let chunks = level == .account ? [[account]] : try Self.chunks(ids)
        var reads: [InsightsRead] = []
        for chunk in chunks {
            var query: [GraphRequest.Item] = [
                .init("level", level.rawValue), .init("fields", (level.idFields + fields).joined(separator: ",")),
                .init("time_range", JSON.object(since: since, until: until).encoded()),
            ]
            if daily { query.append(.init("time_increment", "1")) }
            if level != .account { query.append(.init("filtering", Self.filters(level, chunk).encoded())) }
            query.append(.init("limit", String(Limits.rowsPerPage)))
            let request = GraphRequest(
                purpose: .insights, target: .account, shape: .list, node: "act_\(try Self.checked(account))/insights",
                query: query, account: account)
            let pages = try await pages(request)
            reads.append(
                InsightsRead(
                    ids: chunk, rows: pages.flatMap(\.rows), requestIDs: pages.map(\.traceID), pages: pages.count,
                    query: request.text(version: version)))
        }
        return reads
    }

    /// The status filter is there because an archived entity would be left out, and its absence taken for "no delivery".
    private static func filters(_ level: EntityLevel, _ ids: [String]) -> JSON {
        .array([
            filter("\(level.rawValue).id", in: ids), filter("\(level.rawValue).effective_status", in: level.effectiveStatuses),
        ])
    }
}

extension EntityLevel {
    /// Ids must be asked for; without them a row can't be told from another.
    fileprivate var idFields: [String] {
        switch self {
        case .account: ["account_id"]
        case .campaign: ["account_id", "campaign_id"]
        case .adset: ["account_id", "campaign_id", "adset_id"]
        case .ad: ["account_id", "campaign_id", "adset_id", "ad_id"]
        }
    }
}

extension JSON {
    fileprivate static func object(since: String, until: String) -> JSON { ["since": .string(since), "until": .string(until)] }
}

/// What one read of insights gave.
package struct InsightsRead: Sendable, Equatable {
    /// The entities asked for; at level `account` the account itself.
    package let ids: [String]
    /// `data` of all pages, as received.
    package let rows: [JSON]
    /// Meta's name of each page's answer; empty texts where it gave none.
    package let requestIDs: [String]
    package let pages: Int
    /// Path and query, without token and proof.
    package let query: String

    /// The first page's name.
    package var requestID: String { requestIDs.first ?? "" }

    package init(ids: [String], rows: [JSON], requestIDs: [String], pages: Int, query: String) {
        self.ids = ids
        self.rows = rows
        self.requestIDs = requestIDs
        self.pages = pages
        self.query = query
    }
}
