/// The source rows, and their sums upward.
///
/// An entity's day is the rows given at the entity itself, else the sum of its children's day.
struct FigureStore: Sendable {
    private var rows: [String: [CivilDay: [FigureRow]]] = [:]
    private(set) var days: Set<CivilDay> = []
    /// Figures become visible only at multiples of this; 0 is at once.
    var refreshMs: Int64 = 0

    mutating func add(_ row: FigureRow) {
        rows[row.entity, default: [:]][row.day, default: []].append(row)
        rows[row.entity]?[row.day]?.sort { $0.fromMs < $1.fromMs }
        days.insert(row.day)
    }

    /// What a reader sees at a moment: the last refresh mark.
    func horizonMs(_ nowMs: Int64) -> Int64 {
        refreshMs > 0 ? nowMs.flooredDivision(by: refreshMs) * refreshMs : nowMs
    }

    private func cell(_ id: String, _ day: CivilDay, _ horizonMs: Int64) -> Figures? {
        guard let all = rows[id]?[day] else { return nil }
        var cell: Figures?
        for row in all where row.fromMs <= horizonMs {
            if row.replaces || cell == nil { cell = Figures() }
            cell?.extend(row.figures)
        }
        return cell
    }

    /// The sum of an entity over days, of what `admit` lets through; `lowest` is the deepest level that `admit` looks at.
    func sum(
        _ entity: Entity, _ range: ClosedRange<CivilDay>, horizonMs: Int64, in tree: AdTree,
        lowest: Level = .account, admit: (Entity) -> Bool = { _ in true }
    ) -> Figures {
        var total = Figures()
        for day in daysWithin(range) {
            add(entity, day, horizonMs, tree, lowest, admit, to: &total)
        }
        return total
    }

    private func daysWithin(_ range: ClosedRange<CivilDay>) -> [CivilDay] {
        guard range.upperBound.number - range.lowerBound.number > days.count else {
            return (range.lowerBound.number...range.upperBound.number).map(CivilDay.init(number:)).filter(days.contains)
        }
        return days.filter(range.contains)
    }

    private func add(
        _ entity: Entity, _ day: CivilDay, _ horizonMs: Int64, _ tree: AdTree,
        _ lowest: Level, _ admit: (Entity) -> Bool, to total: inout Figures
    ) {
        guard admit(entity) else { return }
        if entity.level >= lowest, let own = cell(entity.id, day, horizonMs) {
            total.add(own)
            return
        }
        for id in entity.children {
            if let child = tree[id] { add(child, day, horizonMs, tree, lowest, admit, to: &total) }
        }
    }
}
