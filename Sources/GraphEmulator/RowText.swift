/// A source row as the scenario writes it: its day and its moment may be relative to the clock.
struct RowText: Sendable {
    enum Day: Sendable {
        case fixed(CivilDay)
        case offset(Int)
    }

    enum Begin: Sendable {
        case always
        case atMs(Int64)
        case afterMs(Int64)
    }

    let entity: String
    let day: Day
    let begin: Begin
    let replaces: Bool
    let figures: Figures

    private static let keys: Set<String> = [
        "level", "id", "day", "at", "at_ms", "after", "set", "impressions", "clicks", "inline_link_clicks", "reach", "spend",
        "actions", "action_values",
    ]

    init(_ entry: ScenarioEntry, tree: AdTree) throws(ScenarioError) {
        try entry.keys(among: Self.keys)
        let id = try entry.needed("id")
        let level = try entry.choice("level", Level.allCases.map(\.rawValue)).flatMap(Level.init(rawValue:))
        entity = level == .account && !id.hasPrefix("act_") ? "act_\(id)" : id
        guard let known = tree[entity] else { throw entry.fault("is about \(id), which isn't in any account") }
        guard level == nil || known.level == level else {
            throw entry.fault("says \(level?.rawValue ?? ""), but \(id) is not one")
        }
        day = try Self.day(entry)
        begin = try Self.begin(entry)
        replaces = try entry.flag("set") ?? false
        figures = try Self.figures(entry)
    }

    private static func day(_ entry: ScenarioEntry) throws(ScenarioError) -> Day {
        let text = try entry.text("day") ?? "0"
        if let offset = Int(text), abs(offset) < 5_000 { return .offset(offset) }
        guard let day = CivilDay(text: text) else { throw entry.fault("has a day that is neither YYYY-MM-DD nor an offset") }
        return .fixed(day)
    }

    private static func begin(_ entry: ScenarioEntry) throws(ScenarioError) -> Begin {
        if let at = entry["at"] { return .atMs(try at.moment()) }
        if let ms = try entry.integer("at_ms") { return .atMs(ms) }
        guard let after = entry["after"] else { return .always }
        return .afterMs(try after.durationMs())
    }

    private static func figures(_ entry: ScenarioEntry) throws(ScenarioError) -> Figures {
        var figures = Figures()
        figures.impressions = try entry.count("impressions")
        figures.clicks = try entry.count("clicks")
        figures.inlineLinkClicks = try entry.count("inline_link_clicks")
        figures.reachSum = try entry.count("reach")
        figures.reachMax = figures.reachSum
        figures.spend = try entry["spend"]?.amount() ?? .zero
        figures.actions = try entry.amounts("actions")
        figures.actionValues = try entry.amounts("action_values")
        return figures
    }

    /// The row with its day and its moment, seen from where the clock stands.
    func row(in tree: AdTree, startMs: Int64, defaultFromMs: Int64 = .min) -> FigureRow? {
        guard let account = tree[entity].flatMap({ tree.accounts[$0.account] }) else { return nil }
        let day =
            switch day {
            case .fixed(let day): day
            case .offset(let offset): account.today(startMs) + offset
            }
        let fromMs =
            switch begin {
            case .always: defaultFromMs
            case .atMs(let ms): ms
            case .afterMs(let ms): startMs + ms
            }
        return FigureRow(entity: entity, day: day, fromMs: fromMs, replaces: replaces, figures: figures)
    }
}

extension ScenarioEntry {
    fileprivate func count(_ key: String) throws(ScenarioError) -> Int64 {
        let count = try integer(key) ?? 0
        guard (0...1_000_000_000_000).contains(count) else { throw fault("has a '\(key)' that can't be") }
        return count
    }

    fileprivate func amounts(_ key: String) throws(ScenarioError) -> [String: Amount] {
        var amounts: [String: Amount] = [:]
        for (name, entry) in try self[key]?.members() ?? [] { amounts[name] = try entry.amount() }
        return amounts
    }

    /// `90s`, `15m`, `2h`, `250ms`.
    func durationMs() throws(ScenarioError) -> Int64 {
        let text = try text()
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            if let number = Int64(text.dropLast(unit.count)), abs(number) < 1_000_000_000 { return number * factor }
        }
        throw fault("must be a duration such as 90s or 15m")
    }
}
