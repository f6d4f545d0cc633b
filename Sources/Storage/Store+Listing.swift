/// Where a list goes on, the id itself left out.
package enum ListPlace: Sendable, Equatable {
    /// Newest first, from below this id; `.max`: from the newest.
    case before(Int64)
    /// Oldest first, from above this id: to follow what comes.
    case after(Int64)

    /// The place behind a row on the same way.
    func behind(_ id: Int64) -> ListPlace {
        switch self {
        case .before: .before(id)
        case .after: .after(id)
        }
    }

    /// On a list whose ids are those of this one times `factor` plus less than `factor`, as job ids are of event ids.
    func scaled(by factor: Int64) -> ListPlace {
        switch self {
        case .before(let id): .before(id.scaled(by: factor))
        case .after(let id): .after(id == .max ? .max : (id + 1).scaled(by: factor) - 1)
        }
    }

    /// What lies ahead, as a condition over a column of ids.
    func condition(_ column: Statement) -> Statement {
        switch self {
        case .before(let id): "\(column) < \(id)"
        case .after(let id): "\(column) > \(id)"
        }
    }

    func order(_ column: Statement) -> Statement {
        switch self {
        case .before: "ORDER BY \(column) DESC"
        case .after: "ORDER BY \(column)"
        }
    }

    /// In the order of the walk, each once.
    func sorted(_ ids: some Sequence<Int64>) -> [Int64] {
        switch self {
        case .before: Set(ids).sorted(by: >)
        case .after: Set(ids).sorted()
        }
    }

    func isAhead(_ id: Int64) -> Bool {
        switch self {
        case .before(let place): id < place
        case .after(let place): id > place
        }
    }
}

extension Int64 {
    /// Times a factor; what is beyond the ends of the numbers is the end, short of one.
    func scaled(by factor: Int64) -> Int64 {
        let (product, isOver) = multipliedReportingOverflow(by: factor)
        return isOver ? (self < 0 ? .min + 1 : .max) : product
    }
}

/// A part of a list.
package struct Listed<Row: Sendable>: Sendable {
    package let rows: [Row]
    /// Where to go on: the id behind which nothing was looked at. Nil: there is no more.
    ///
    /// There may be more although `rows` is shorter than asked for: one request looks at a bounded number of rows.
    package let next: Int64?
}

/// Ids that may belong to a list, in its order.
struct Candidates {
    let ids: [Int64]
    /// Nothing comes after them.
    let isEnd: Bool

    /// Several lists as one. What lies behind the end of a list that goes on is left for later.
    static func merged(_ parts: [Candidates], place: ListPlace, count: Int) -> Candidates {
        let ends = place.sorted(parts.filter { !$0.isEnd }.compactMap(\.ids.last))
        let all = place.sorted(parts.flatMap(\.ids))
        let sure = ends.first.map { end in all.filter { !place.behind(end).isAhead($0) } } ?? all
        return Candidates(ids: Array(sure.prefix(count)), isEnd: parts.allSatisfy(\.isEnd) && sure.count <= count)
    }

    /// Without what lies outside of the bounds; the first outside is the end.
    func within(_ bounds: (first: Int64, end: Int64), _ place: ListPlace) -> Candidates {
        let inside =
            switch place {
            case .before: ids.filter { $0 >= bounds.first }
            case .after: ids.filter { $0 < bounds.end }
            }
        return Candidates(ids: inside, isEnd: isEnd || inside.count < ids.count)
    }
}

/// Walks a list in bounded steps, so that no combination of filters takes longer than another.
struct Walk {
    /// Candidates that one request looks at: some 5 ms in a file, 10 ms on a server.
    static let candidatesMax = 384
    private static let stepMax = 192

    let place: ListPlace
    let limit: Int
    /// Ids from the first one on, below the end.
    let bounds: (first: Int64, end: Int64)

    init(_ place: ListPlace, limit: Int, bounds: (first: Int64, end: Int64) = (.min, .max)) {
        self.place =
            switch place {
            case .before(let id): .before(min(id, bounds.end))
            case .after(let id): .after(max(id, bounds.first == .min ? .min : bounds.first - 1))
            }
        self.limit = limit
        self.bounds = bounds
    }

    /// `ids` gives at most so many candidates from a place on; `rows` those of them that belong to the list, in the order of the walk.
    func list<Row: Sendable>(
        ids: (ListPlace, Int) throws(StoreError) -> Candidates,
        rows: ([Int64]) throws(StoreError) -> [(id: Int64, row: Row)]
    ) throws(StoreError) -> Listed<Row> {
        var found: [Row] = []
        var place = place
        var looked = 0
        var step = min(max(limit, 16), Self.stepMax)
        while true {
            let candidates = try ids(place, step).within(bounds, place)
            let chosen = try candidates.ids.isEmpty ? [] : rows(candidates.ids)
            let room = limit - found.count
            found += chosen.prefix(room).map(\.row)
            if found.count == limit, let last = chosen.prefix(room).last?.id {
                let isLast = candidates.isEnd && last == candidates.ids.last
                return Listed(rows: found, next: isLast ? nil : last)
            }
            guard !candidates.isEnd, let last = candidates.ids.last else { return Listed(rows: found, next: nil) }
            looked += max(candidates.ids.count, 1)
            guard looked < Self.candidatesMax else { return Listed(rows: found, next: last) }
            place = place.behind(last)
            step = min(step * 4, Self.stepMax)
        }
    }
}

extension Transaction {
    /// The ids that a statement gives, of which it was asked for `count`.
    func candidates(_ statement: Statement, count: Int) throws(StoreError) -> Candidates {
        let ids = try run(statement).decoded { row throws(StoreError) in try row.int64("id") }
        return Candidates(ids: ids, isEnd: ids.count < count)
    }

    /// The same from several statements.
    func candidates(_ statements: [Statement], place: ListPlace, count: Int) throws(StoreError) -> Candidates {
        var parts: [Candidates] = []
        for statement in statements { parts.append(try candidates(statement, count: count)) }
        return .merged(parts, place: place, count: count)
    }

    /// The texts under which a reason may be stored, the code itself or `code: sentence` in all the sentences there are; nil: too many.
    ///
    /// From one to the next in the index, without looking at the rows.
    func reasons(_ column: Statement, of table: Statement, code: String) throws(StoreError) -> [String]? {
        var texts = [code]
        var last = code + ":"
        while texts.count <= Self.reasonTextsMax {
            let rows = try run(
                """
                SELECT MIN(\(column)) AS reason FROM \(table)
                WHERE \(column) IS NOT NULL AND \(column) > \(last) AND \(column) < \(code + ";")
                """)
            guard let text = try rows.first?.textOrNil("reason") ?? nil else { return texts }
            texts.append(text)
            last = text
        }
        return nil
    }

    private static let reasonTextsMax = 32

    /// The condition that a reason has the code, or is the text; over rows that something else has chosen.
    ///
    /// COALESCE keeps the engine from looking through the index over reasons once for each of them.
    static func hasReason(_ column: Statement, _ code: String) -> Statement {
        let text: Statement = "COALESCE(\(column), '')"
        return "(\(text) = \(code) OR (\(text) >= \(code + ":") AND \(text) < \(code + ";")))"
    }
}
