import Core

/// The Graph API as one workspace sees it: a value over the shared transport.
package struct GraphClient: Sendable {
    package let workspace: String
    /// The app's name, whose budget of calls is used.
    package let app: String
    let credentials: GraphCredentials
    private let transport: GraphTransport

    package init(transport: GraphTransport, workspace: String, app: String, credentials: GraphCredentials) {
        self.transport = transport
        self.workspace = workspace
        self.app = app
        self.credentials = credentials
    }

    var version: String { transport.settings.version }

    /// Whether the token works: the id of its user.
    package func probe() async throws(GraphError) -> String {
        let answer = try await perform(
            GraphRequest(
                purpose: .probe, target: .token, shape: .object, node: "me", query: [.init("fields", "id")], account: nil))
        return answer.json["id"]?.id ?? ""
    }

    /// `id` without `act_`.
    package func account(_ id: String) async throws(GraphError) -> AccountInfo {
        let fields = "id,account_id,name,currency,timezone_name,account_status,min_daily_budget"
        let answer = try await perform(
            GraphRequest(
                purpose: .account, target: .account, shape: .object, node: "act_\(try Self.checked(id))",
                query: [.init("fields", fields)], account: id))
        guard let info = AccountInfo(id: id, json: answer.json) else { throw .unreadable(status: answer.status, .unexpected) }
        return info
    }

    /// With the workspace's own token unless another is given.
    func perform(_ request: GraphRequest, _ others: GraphCredentials? = nil) async throws(GraphError) -> GraphAnswer {
        try await transport.perform(request, for: self, others ?? credentials)
    }

    /// All pages of a list, the request built anew with each cursor.
    func pages(_ request: GraphRequest, _ others: GraphCredentials? = nil) async throws(GraphError) -> [GraphAnswer] {
        var pages: [GraphAnswer] = []
        var after: String?
        repeat {
            var next = request
            if let after { next.query.append(.init("after", after)) }
            let page = try await perform(next, others)
            pages.append(page)
            guard page.after == nil || (page.after != after && pages.count < Limits.pagesMax) else { throw .tooManyPages }
            after = page.after
        } while after != nil
        return pages
    }

    /// Ids go into paths and filters: digits only, so that an event can't name another path.
    static func checked(_ id: String) throws(GraphError) -> String {
        guard (1...32).contains(id.utf8.count), id.utf8.allSatisfy({ (48...57).contains($0) }) else { throw .badID }
        return id
    }

    /// Pieces of at most `Limits.idsPerCallMax`, so that a URL stays short; none for no ids.
    static func chunks(_ ids: [String]) throws(GraphError) -> [[String]] {
        var chunks: [[String]] = []
        for id in ids {
            let id = try checked(id)
            if let last = chunks.last, last.count < Limits.idsPerCallMax {
                chunks[chunks.count - 1].append(id)
            } else {
                chunks.append([id])
            }
        }
        return chunks
    }

    static func filter(_ field: String, in values: [String]) -> JSON {
        ["field": .string(field), "operator": "IN", "value": .array(values.map(JSON.string))]
    }
}

/// An ad account as read.
package struct AccountInfo: Sendable, Equatable {
    /// Without `act_`.
    package let id: String
    package let name: String
    /// ISO code.
    package let currency: String
    /// IANA name.
    package let timezone: String
    /// Meta's `account_status`; 1 is active.
    package let status: Int
    package let minDailyBudgetMinor: Int64?

    package init(id: String, name: String, currency: String, timezone: String, status: Int, minDailyBudgetMinor: Int64?) {
        self.id = id
        self.name = name
        self.currency = currency
        self.timezone = timezone
        self.status = status
        self.minDailyBudgetMinor = minDailyBudgetMinor
    }

    init?(id: String, json: JSON) {
        guard let currency = json["currency"]?.text, let timezone = json["timezone_name"]?.text else { return nil }
        self.init(
            id: id, name: json["name"]?.text ?? "", currency: currency, timezone: timezone,
            status: json["account_status"]?.integer.flatMap(Int.init(exactly:)) ?? 0,
            minDailyBudgetMinor: json["min_daily_budget"]?.integer)
    }
}
