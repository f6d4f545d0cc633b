/// The facts of one entity that make up one window.
struct WindowRows {
    /// Rows with figures, one per day that had delivery.
    let rows: [Fact]
    /// Ids of all facts looked at, those that say "read, empty" included.
    let evidence: [Int64]
    /// Why the window can't be summed; nil when it can.
    let reason: UnknownReason?

    /// Every day of `range` must have been read: by a row of its own, or by an empty range that holds it.
    init(facts: [Fact], range: ClosedRange<AccountDay>) {
        var daily: [AccountDay: Fact] = [:]
        var empties: [Fact] = []
        for fact in facts where fact.dateStart <= range.upperBound && fact.dateStop >= range.lowerBound {
            if fact.dateStart == fact.dateStop {
                if daily[fact.dateStart].map({ $0.id < fact.id }) ?? true { daily[fact.dateStart] = fact }
            } else if fact.isEmpty {
                empties.append(fact)
            }
        }
        var used: [Fact] = []
        var isComplete = true
        for number in range.lowerBound.number...range.upperBound.number {
            let day = AccountDay(number: number)
            let fact = daily[day] ?? empties.filter { $0.dateStart <= day && day <= $0.dateStop }.max { $0.id < $1.id }
            guard let fact else {
                isComplete = false
                continue
            }
            used.append(fact)
        }
        rows = used.filter { !$0.isEmpty }
        evidence = used.map(\.id)
        reason = !isComplete ? .notRead : rows.isEmpty ? .noRows : nil
    }

    /// The sum of a whole number over the rows; nil when it does not fit.
    func sum(_ figure: (Fact) -> Int64) -> Int64? {
        var sum: Int128 = 0
        for row in rows { sum += Int128(figure(row)) }
        return Int64(exactly: sum)
    }
}
