/// Every order that was seen, by what became of it.
///
/// Orders seen = accepted by Meta + left out with a reason + quarantined + waiting. What is none of these is counted apart and named: then the
/// ledger does not balance. An order is what has an `order_id`, or an `event_id` in its place; under several events it counts once, and the
/// event that got furthest speaks for it (`LedgerStanding`).
package struct Ledger: Sendable, Equatable {
    /// Orders by what became of them.
    package private(set) var standings: [LedgerStanding: Int] = [:]
    /// The first few that are unaccounted for, with the reason.
    package private(set) var unaccounted: [(order: String, reason: String)] = []
    /// Orders, counted by themselves.
    package let orders: Int
    /// Events that name no order, and are in no other figure.
    package let eventsWithoutOrder: Int
    /// Events that were counted as they came in, and whose rows are gone.
    package let eventsMissing: Int
    /// The order that is being read, with what speaks for it so far.
    private var open: (order: String, standing: LedgerStanding)?

    private static let namedMax = 100

    package init(orders: Int, eventsWithoutOrder: Int, eventsMissing: Int) {
        self.orders = orders
        self.eventsWithoutOrder = eventsWithoutOrder
        self.eventsMissing = eventsMissing
    }

    /// Entries of one order come one after the other.
    package mutating func add(_ entry: LedgerEntry) {
        if let open, open.order == entry.orderKey {
            self.open?.standing = open.standing.outweighed(by: entry.standing)
        } else {
            close()
            open = (entry.orderKey, entry.standing)
        }
    }

    /// An order with nothing but this.
    package mutating func add(_ order: String, _ standing: LedgerStanding) {
        close()
        open = (order, standing)
    }

    /// After the last entry.
    package mutating func close() {
        guard let open else { return }
        standings[open.standing, default: 0] += 1
        if case .unaccounted(let reason) = open.standing, unaccounted.count < Self.namedMax {
            unaccounted.append((open.order, reason))
        }
        self.open = nil
    }

    /// `left_out`, by reason: the most frequent first.
    package func reasons(_ word: String) -> [(reason: String, orders: Int)] {
        standings.filter { $0.key.word == word }.map { ($0.key.reason ?? "", $0.value) }
            .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    /// Orders of which a word is true: `accepted`, `waiting`, `quarantined`, `left_out`, `unaccounted`.
    package func count(_ word: String) -> Int { standings.reduce(0) { $0 + ($1.key.word == word ? $1.value : 0) } }

    package var balances: Bool { faults.isEmpty }

    /// Where it does not add up; empty when it does.
    package var faults: [String] {
        let sum = standings.values.reduce(0, +)
        var faults: [String] = []
        if sum != orders { faults.append("\(orders) orders were seen, and \(sum) are booked.") }
        for (reason, count) in reasons("unaccounted") { faults.append("\(count) order(s): \(Self.sentence(reason))") }
        if eventsMissing > 0 {
            faults.append("\(eventsMissing) event(s) were counted as they came in and have no row any more.")
        }
        return faults
    }

    private static func sentence(_ reason: String) -> String {
        switch reason {
        case "no_answer_of_meta": "They are said to be forwarded, and no answer of Meta is known."
        case "nothing_will_send_it":
            "They wait, and nothing will send them: no route forwards them, or their job is dead (touchstone events list --state dead)."
        case "answered_and_not_forwarded": "Meta took them once, and their rows say something else."
        case _: "\(reason)."
        }
    }

    package static func == (a: Ledger, b: Ledger) -> Bool {
        a.standings == b.standings && a.orders == b.orders && a.eventsMissing == b.eventsMissing
            && a.eventsWithoutOrder == b.eventsWithoutOrder
            && a.unaccounted.map(\.order) == b.unaccounted.map(\.order)
    }
}
