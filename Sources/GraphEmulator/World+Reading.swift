extension World {
    /// A node with the fields that were asked for, or its id alone.
    func node(
        _ entity: Entity, _ fields: [FieldSelection], _ request: GraphRequest, _ nowMs: Int64
    ) throws(GraphFailure) -> Value {
        var members: [Value.Member] = []
        for field in fields where field.name != "id" {
            if let value = try self.field(field, of: entity, request, nowMs) {
                members.append(.init(key: field.name, value: value))
            }
        }
        let id = Value.Member(key: "id", value: .string(entity.id))
        // Meta puts the id where it was asked for, and last when it wasn't.
        if fields.first?.name == "id" { members.insert(id, at: 0) } else { members.append(id) }
        return .object(members)
    }

    private func field(
        _ field: FieldSelection, of entity: Entity, _ request: GraphRequest, _ nowMs: Int64
    ) throws(GraphFailure) -> Value? {
        if field.name == "insights" || NodeFields.edges(of: entity.level)[field.name] != nil {
            return try nested(field, of: entity, request, nowMs)
        }
        guard NodeFields.readable[entity.level]?.contains(field.name) == true else {
            throw .parameter("Tried accessing nonexisting field (\(field.name)) on node type (\(entity.level.nodeType))")
        }
        if let level = Level(rawValue: field.name), level > .account, let above = tree.ancestor(of: entity, at: level) {
            return try node(above, field.children, request, nowMs)
        }
        let value = entity.level == .account ? accountField(field.name, entity, nowMs) : adField(field.name, entity)
        guard field.name == "creative" else { return value?.part(field.children) }
        return try value.map { value throws(GraphFailure) in
            try Self.creative(value, entity.account).document(field.children)
        }
    }

    /// An edge that was asked for as a field; absent when it has no rows.
    private func nested(
        _ field: FieldSelection, of entity: Entity, _ request: GraphRequest, _ nowMs: Int64
    ) throws(GraphFailure) -> Value? {
        var params = field.arguments
        params["fields"] = nil
        let pairs =
            params.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
            + [("fields", field.children.map(\.text).joined(separator: ","))]
            + (request.query["access_token"].map { [("access_token", $0)] } ?? [])
        let address = { (after: String) in request.address(after: after, path: "/\(entity.id)/\(field.name)", extra: pairs) }
        let document: Value =
            if let level = NodeFields.edges(of: entity.level)[field.name] {
                try edge(entity, level, params, field.children, request, nowMs, address).document
            } else {
                try insights(entity, params, field.children, nowMs, address).document
            }
        return document["data"]?.items.isEmpty == false ? document : nil
    }

    private func adField(_ name: String, _ entity: Entity) -> Value? {
        guard let zone = tree.accounts[entity.account]?.zone else { return nil }
        return switch name {
        case "account_id": .string(entity.account)
        case "campaign_id": entity.campaign.map(Value.string)
        case "adset_id": entity.adset.map(Value.string)
        case "name": .string(entity.name)
        case "status", "configured_status": .string(entity.status)
        case "effective_status": .string(tree.effectiveStatus(of: entity))
        case "daily_budget": entity.dailyBudgetMinor.map { .string(String($0)) }
        case "lifetime_budget": entity.lifetimeBudgetMinor.map { .string(String($0)) }
        case "created_time": .string(Moment.text(entity.createdMs, in: zone))
        case "updated_time": .string(Moment.text(entity.updatedMs, in: zone))
        case _: entity.extra[name]
        }
    }

    private func accountField(_ name: String, _ entity: Entity, _ nowMs: Int64) -> Value? {
        guard let account = tree.accounts[entity.account] else { return nil }
        if let given = entity.extra[name] { return given }
        return switch name {
        case "account_id": .string(account.number)
        case "name": .string(entity.name)
        case "currency": .string(account.currency)
        case "timezone_name": .string(account.zoneName)
        case "timezone_offset_hours_utc": .number(offsetHours(account, nowMs))
        case "account_status": 1
        case "min_daily_budget": .integer(account.minDailyBudgetMinor)
        case "amount_spent": .string(String(amountSpentMinor(entity, account, nowMs)))
        case _: nil
        }
    }

    private func offsetHours(_ account: AdAccount, _ nowMs: Int64) -> String {
        let text = Moment.text(nowMs, in: account.zone).suffix(5)
        let minutes = (Int(text.dropFirst().prefix(2)) ?? 0) * 60 + (Int(text.suffix(2)) ?? 0)
        let sign = text.hasPrefix("-") && minutes > 0 ? "-" : ""
        return minutes % 60 == 0 ? "\(sign)\(minutes / 60)" : "\(sign)\(Double(minutes) / 60)"
    }

    private func amountSpentMinor(_ entity: Entity, _ account: AdAccount, _ nowMs: Int64) -> Int64 {
        guard let first = store.days.min(), let last = store.days.max() else { return 0 }
        let spend = store.sum(entity, first...last, horizonMs: nowMs, in: tree).spend + entity.spentBefore
        return spend.micros * account.offset / 1_000_000
    }

    /// A list of what hangs below; archived and deleted things only when their status is asked for.
    func edge(
        _ entity: Entity, _ level: Level, _ params: [String: String], _ fields: [FieldSelection], _ request: GraphRequest,
        _ nowMs: Int64, _ address: (_ after: String) -> String
    ) throws(GraphFailure) -> (document: Value, ids: [String]) {
        let filters = try Filter.parse(params["filtering"], level: level, metrics: false)
        if let deeper = filters.first(where: { $0.level > level }) {
            throw .parameter(
                "Filtering field '\(deeper.level.rawValue).\(deeper.attribute)' with operation "
                    + "'\(deeper.test.rawValue.lowercased())' is not supported")
        }
        let statuses = try Self.statuses(params["effective_status"])
        let asks = statuses != nil || filters.contains { $0.attribute == "effective_status" && $0.level == level }
        let all = tree.descendants(of: entity, at: level).filter { listed in
            tree.admitsLineage(listed, filters) && (asks || !tree.isHidden(listed))
                && (statuses?.contains(tree.effectiveStatus(of: listed)) ?? true)
        }
        let (page, paging) = try Paging(params).page(of: all, next: address)
        var data: [Value] = []
        for listed in page { data.append(try node(listed, fields, request, nowMs)) }
        return (Self.document(data, paging), page.map(\.id))
    }

    private static func statuses(_ text: String?) throws(GraphFailure) -> Set<String>? {
        guard let text, !text.isEmpty else { return nil }
        let names = JSONReader.read(text)?.items.compactMap(\.text) ?? [text]
        for (index, name) in names.enumerated() where !NodeFields.effectiveStatuses.contains(name) {
            throw .parameter(
                "Param effective_status[\(index)] must be one of {\(NodeFields.effectiveStatuses.joined(separator: ", "))}")
        }
        return Set(names)
    }

    /// Insights of a node, at its level or one below it.
    func insights(
        _ entity: Entity, _ params: [String: String], _ fields: [FieldSelection], _ nowMs: Int64,
        _ address: (_ after: String) -> String
    ) throws(GraphFailure) -> (document: Value, ids: [String]) {
        let today = tree.accounts[entity.account]?.today(nowMs) ?? CivilDay(number: 0)
        let dates = DateRange(today: today, first: store.days.min() ?? today)
        let query = try InsightsQuery(entity, params, fields: fields, dates: dates)
        let rows = query.rows(from: store, in: tree, nowMs: nowMs)
        let (page, paging) = try Paging(params).page(of: rows, next: address)
        var seen = Set<String>()
        let ids = page.map(\.entity.id).filter { seen.insert($0).inserted }
        return (Self.document(page.map { $0.value(query.fields, in: tree) }, paging), ids)
    }

    static func document(_ data: [Value], _ paging: Value?) -> Value {
        .object([.init(key: "data", value: .array(data))] + (paging.map { [.init(key: "paging", value: $0)] } ?? []))
    }
}

extension FieldSelection {
    /// The field as it was asked for.
    var text: String {
        let modifiers = arguments.sorted { $0.key < $1.key }.map { ".\($0.key)(\($0.value))" }.joined()
        let nested = children.isEmpty ? "" : "{\(children.map(\.text).joined(separator: ","))}"
        return name + modifiers + nested
    }
}
