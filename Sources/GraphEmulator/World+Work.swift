extension World {
    /// The work of a request: who asks, what is asked, and what comes of it.
    mutating func work(_ request: GraphRequest, _ access: Access, n: Int, _ nowMs: Int64) -> Outcome {
        var outcome = Outcome(n: n)
        do throws(GraphFailure) {
            try refuse(request, access, nowMs, &outcome)
            if let call = call(request, access.token) {
                outcome.call = call
                try work(call, request, access, nowMs, &outcome)
                return outcome
            }
            switch request.method {
            case "GET": try read(request, access, nowMs, &outcome)
            case "POST": try write(request, access, nowMs, &outcome)
            case "DELETE": try delete(request, access, nowMs, &outcome)
            case _: throw GraphFailure.missing(request.path, verb: request.method.lowercased())
            }
        } catch {
            outcome.failure = error
        }
        return outcome
    }

    /// What is refused before the object is looked at.
    private mutating func refuse(
        _ request: GraphRequest, _ access: Access, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        let isInsights = request.method == "GET" && request.segments.last == "insights"
        let throttled = usage.count(
            account: accountNumber(request), bucket: isInsights ? .insights : .management, isWrite: request.method != "GET",
            nowMs: nowMs)
        if let fault = request.fault { throw fault }
        if let failure = access.failure { throw request.isEvents ? failure.onEvents : failure }
        if let throttled { throw throttled }
        if let version = request.version, !Self.isServed(version) { throw .unknownPath("/\(version)") }
        if request.method == "GET", request.query["ids"] != nil { throw .idsGone }
    }

    /// Versions before the latest are served (Meta serves an expired one by a later one); none after it.
    private static func isServed(_ version: String) -> Bool {
        (version.dropFirst().split(separator: ".").first.flatMap { Int($0) }).map { (1...26).contains($0) } ?? false
    }

    /// The object that the path names, if this token may see it.
    private func object(_ request: GraphRequest, _ access: Access, _ outcome: inout Outcome) throws(GraphFailure) -> Entity {
        let id = request.segments.first ?? ""
        let digits = id.hasPrefix("act_") ? id.dropFirst(4) : id[...]
        guard digits.wholeMatch(of: /[0-9]+(_[0-9]+)?/) != nil else { throw .unknownPath(request.path) }
        if pages.has(id) { throw .unknownPath(request.segments.dropFirst().map { "/" + $0 }.joined()) }
        let missing = GraphFailure.missing(id, verb: request.method.lowercased())
        guard let entity = tree[id] else { throw missing }
        outcome.account = entity.account
        guard access.token?.mayRead(entity.account) == true else {
            throw entity.level == .account ? .accountForbidden : missing
        }
        return entity
    }

    /// Whom every token belongs to: the emulator has one user.
    private static let userID = "10000000000000001"

    private func read(
        _ request: GraphRequest, _ access: Access, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        let segments = request.segments
        guard (1...2).contains(segments.count) else { throw .unknownPath(request.path) }
        if segments == ["me"] {
            outcome.op = "node"
            outcome.document = .object([Value.Member(key: "id", value: .string(Self.userID))])
            outcome.rows = 1
            return
        }
        let entity = try object(request, access, &outcome)
        let params = request.parameters
        let fields = try FieldSelection.parse(params["fields"] ?? "")
        guard segments.count == 2 else {
            outcome.op = "node"
            outcome.document = try node(entity, fields, request, nowMs)
            (outcome.rows, outcome.ids) = (1, [entity.id])
            return
        }
        let address = { (after: String) in request.address(after: after) }
        if segments[1] == "insights" {
            outcome.op = "insights"
            (outcome.document, outcome.ids) = try insights(entity, params, fields, nowMs, address)
        } else if let level = NodeFields.edges(of: entity.level)[segments[1]] {
            outcome.op = "edge"
            (outcome.document, outcome.ids) = try edge(entity, level, params, fields, request, nowMs, address)
        } else {
            throw .unknownPath("/\(segments[1])")
        }
        outcome.rows = outcome.document["data"]?.items.count
    }

    private mutating func write(
        _ request: GraphRequest, _ access: Access, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        outcome.op = "write"
        let entity = try object(request, access, &outcome)
        guard request.segments.count == 1 else { throw .unknownPath(request.path) }
        guard access.token?.readOnly == false else { throw .readOnlyToken }
        let edit = Edit(entity: entity, tree: tree, store: store, nowMs: nowMs)
        let changes = try edit.changes(request.parameters)
        if !Edit.isValidateOnly(request.parameters) {
            apply(changes, nowMs: nowMs, throughAPI: true)
            outcome.changed = changes
        }
        outcome.document = ["success": true]
    }

    private mutating func delete(
        _ request: GraphRequest, _ access: Access, _ nowMs: Int64, _ outcome: inout Outcome
    ) throws(GraphFailure) {
        guard request.segments.count == 1 else { throw .unknownPath(request.path) }
        outcome.op = "delete"
        let entity = try object(request, access, &outcome)
        guard access.token?.readOnly == false else { throw .readOnlyToken }
        guard entity.level > .account else { throw .missing(entity.id, verb: "delete") }
        if entity.status != "DELETED" {
            let change = Change(
                id: entity.id, level: entity.level.rawValue, field: "status", old: entity.status, new: "DELETED")
            apply([change], nowMs: nowMs, throughAPI: true)
            outcome.changed = [change]
        }
        outcome.document = ["success": true]
    }

    /// Carries changes out; a person's edits leave the count of budget changes alone.
    mutating func apply(_ changes: [Change], nowMs: Int64, throughAPI: Bool) {
        for change in changes {
            guard var entity = tree[change.id] else { continue }
            let isBudget = change.field.hasSuffix("_budget")
            switch change.field {
            case "status": entity.status = change.new ?? entity.status
            case "name": entity.name = change.new ?? entity.name
            case "daily_budget": entity.dailyBudgetMinor = change.new.flatMap { Int64($0) }
            case "lifetime_budget": entity.lifetimeBudgetMinor = change.new.flatMap { Int64($0) }
            case "effective_status": entity.review = change.new
            case "bid_amount": entity.extra["bid_amount"] = change.new.map(Value.number)
            case _: entity.extra[change.field] = change.new.map(Value.string)
            }
            if isBudget, throughAPI, change.new != nil { entity.budgetChangesMs.append(nowMs) }
            // A campaign's updated_time stands still when only its budget or spend cap changes.
            let standsStill = entity.level == .campaign && (isBudget || change.field == "spend_cap")
            if !standsStill { entity.updatedMs = nowMs }
            tree[change.id] = entity
        }
    }
}
