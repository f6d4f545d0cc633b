/// A read of insights: which level, which days, which fields, through which filters.
struct InsightsQuery {
    let node: Entity
    let level: Level
    let fields: [String]
    let buckets: [DayRange]
    let filters: [Filter]
    let sort: (metric: String, ascending: Bool)?

    private static let windows: Set<String> = [
        "default", "1d_click", "7d_click", "28d_click", "1d_view", "7d_view", "28d_view", "1d_ev", "skan_click", "skan_view",
        "dda",
    ]

    init(_ node: Entity, _ params: [String: String], fields selection: [FieldSelection], dates: DateRange) throws(GraphFailure) {
        self.node = node
        level = try Self.level(params["level"], of: node)
        let names = selection.map(\.name)
        if let unknown = names.first(where: { !InsightsRow.fields.contains($0) }) {
            throw .parameter(
                "\(unknown) is not valid for fields param. please check "
                    + "https://developers.facebook.com/docs/marketing-api/reference/ads-insights/ for all valid values")
        }
        fields = names.isEmpty ? InsightsRow.defaults(at: level) : names
        buckets = try dates.buckets(params)
        filters = try Filter.parse(params["filtering"], level: level, metrics: true)
        sort = try Self.sort(params["sort"])
        try Self.refuseWhatIsNotBuilt(params)
    }

    private static func level(_ text: String?, of node: Entity) throws(GraphFailure) -> Level {
        guard let text else { return node.level }
        guard let level = Level(rawValue: text) else {
            throw .parameter("level must be one of the following values: ad, adset, campaign, account")
        }
        guard level >= node.level else { throw .parameter("level \(text) is above the object that was asked.") }
        return level
    }

    private static func sort(_ text: String?) throws(GraphFailure) -> (metric: String, ascending: Bool)? {
        guard let text, !text.isEmpty else { return nil }
        let item = JSONReader.read(text)?.items.first?.text ?? text
        for (suffix, ascending) in [("_ascending", true), ("_descending", false)] where item.hasSuffix(suffix) {
            let metric = String(item.dropLast(suffix.count))
            if Filter.metrics.contains(metric) { return (metric, ascending) }
        }
        throw .parameter("sort must be one metric with _ascending or _descending.")
    }

    private static func refuseWhatIsNotBuilt(_ params: [String: String]) throws(GraphFailure) {
        func list(_ name: String) -> [String] {
            guard let text = params[name], !text.isEmpty else { return [] }
            return JSONReader.read(text)?.items.compactMap(\.text) ?? text.split(separator: ",").map(String.init)
        }
        if let breakdown = list("breakdowns").first {
            throw .parameter("breakdowns[0] is '\(breakdown)', which graph-emulator has no figures for.")
        }
        if let breakdown = list("action_breakdowns").first(where: { $0 != "action_type" }) {
            throw .parameter("action_breakdowns has '\(breakdown)', which graph-emulator has no figures for.")
        }
        if let window = list("action_attribution_windows").first(where: { !windows.contains($0) }) {
            throw .parameter("action_attribution_windows doesn't know '\(window)'.")
        }
    }

    /// The rows with delivery, entity by entity, day by day.
    func rows(from store: FigureStore, in tree: AdTree, nowMs: Int64) -> [InsightsRow] {
        let horizonMs = store.horizonMs(nowMs)
        let lowest = filters.filter { !$0.isMetric }.map(\.level).max() ?? .account
        let rows = candidates(in: tree).flatMap { entity in
            buckets.map { range in
                let figures = store.sum(
                    entity, range, horizonMs: horizonMs, in: tree, lowest: lowest, admit: { tree.admits($0, filters) })
                return InsightsRow(entity: entity, range: range, figures: figures)
            }
        }
        return sorted(rows.filter { !$0.figures.isEmpty && admits($0) })
    }

    /// What the rows are about. Archived and deleted things are left out unless they are asked for, or asked themselves.
    private func candidates(in tree: AdTree) -> [Entity] {
        let asksForStatus = filters.contains { $0.attribute == "effective_status" && $0.level == level }
        return listed(in: tree).filter { entity in
            tree.admitsLineage(entity, filters) && (entity.id == node.id || asksForStatus || !tree.isHidden(entity))
        }
    }

    /// With a filter that names ids only those are looked at, so that a read of few ads of many costs little.
    private func listed(in tree: AdTree) -> [Entity] {
        guard let named = filters.first(where: { $0.attribute == "id" && $0.level == level && $0.test == .isIn }) else {
            return tree.descendants(of: node, at: level)
        }
        var seen = Set<String>()
        return named.values.compactMap { tree[$0] }.filter { entity in
            entity.level == level && tree.ancestor(of: entity, at: node.level)?.id == node.id && seen.insert(entity.id).inserted
        }
    }

    private func admits(_ row: InsightsRow) -> Bool {
        filters.filter(\.isMetric).allSatisfy { filter in row.number(filter.attribute).map(filter.admits) ?? false }
    }

    private func sorted(_ rows: [InsightsRow]) -> [InsightsRow] {
        guard let sort else { return rows }
        func key(_ row: InsightsRow) -> Amount { row.number(sort.metric) ?? .zero }
        return rows.enumerated().sorted { a, b in
            let (left, right) = (key(a.element), key(b.element))
            if left == right { return a.offset < b.offset }
            return (left < right) == sort.ascending
        }.map(\.element)
    }
}
