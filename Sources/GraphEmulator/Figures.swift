/// The figures of a group of source cells (an entity's day is a cell).
struct Figures: Sendable, Equatable {
    var impressions: Int64 = 0
    var clicks: Int64 = 0
    var inlineLinkClicks: Int64 = 0
    var spend = Amount.zero
    /// The sum and the largest of the cells' own reach.
    var reachSum: Int64 = 0
    var reachMax: Int64 = 0
    var actions: [String: Amount] = [:]
    var actionValues: [String: Amount] = [:]

    /// People reached by the group, each counted once: `(sum + largest) / 2`, rounded down.
    ///
    /// One cell is itself; a group is never more than the sum, never less than its largest cell, and never less than a part.
    var reach: Int64 { (reachSum + reachMax) / 2 }

    /// Nothing was delivered: no row.
    var isEmpty: Bool {
        impressions == 0 && clicks == 0 && inlineLinkClicks == 0 && spend == .zero && reachSum == 0
            && actions.allSatisfy { $0.value == .zero } && actionValues.allSatisfy { $0.value == .zero }
    }

    /// Another cell or group beside this one.
    mutating func add(_ other: Figures) {
        addCounts(of: other)
        reachSum += other.reachSum
        reachMax = max(reachMax, other.reachMax)
    }

    /// More of the same cell.
    mutating func extend(_ other: Figures) {
        addCounts(of: other)
        reachSum += other.reachSum
        reachMax = reachSum
    }

    private mutating func addCounts(of other: Figures) {
        impressions += other.impressions
        clicks += other.clicks
        inlineLinkClicks += other.inlineLinkClicks
        spend += other.spend
        actions.merge(other.actions) { $0 + $1 }
        actionValues.merge(other.actionValues) { $0 + $1 }
    }
}

/// One source row of the scenario.
struct FigureRow: Sendable {
    let entity: String
    let day: CivilDay
    /// Exists from this moment on.
    let fromMs: Int64
    /// Replaces what the cell held before.
    let replaces: Bool
    let figures: Figures
}
