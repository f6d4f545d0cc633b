/// A shop's own file of orders beside what the gateway knows of them.
package struct LedgerReconciliation: Sendable {
    /// An order of the file with where it is.
    package struct Found: Sendable, Equatable {
        package let order: LedgerFile.Order
        package let standing: LedgerStanding
    }

    /// Of the file, and nowhere here: never sent, or refused with the whole request, of which nothing is stored.
    package private(set) var missing: [LedgerFile.Order] = []
    /// Of the file, and here in a state that can't be.
    package private(set) var unaccounted: [Found] = []
    /// Orders of the file by what became of them.
    package private(set) var standings: [LedgerStanding: Int] = [:]
    /// Orders that are here and not in the file, as they are stored; nil where nobody asked.
    package var extra: [String]?

    package init() {}

    /// Takes the verdict on one order of the file; nil: it is nowhere.
    package mutating func add(_ order: LedgerFile.Order, _ standing: LedgerStanding?) {
        guard let standing else { return missing.append(order) }
        standings[standing, default: 0] += 1
        if case .unaccounted = standing { unaccounted.append(Found(order: order, standing: standing)) }
    }

    /// Every order of the file is accepted, left out with a reason, quarantined or waiting.
    package var isComplete: Bool { missing.isEmpty && unaccounted.isEmpty }

    /// Orders of which a word is true, as `LedgerStanding` has it.
    package func count(_ word: String) -> Int { standings.reduce(0) { $0 + ($1.key.word == word ? $1.value : 0) } }

    /// What speaks for each order, of entries in any order; those that were only told again are there too.
    package static func standings(_ entries: [LedgerEntry], repeated: Set<String>) -> [String: LedgerStanding] {
        var standings: [String: LedgerStanding] = [:]
        for entry in entries {
            standings[entry.orderKey] = standings[entry.orderKey]?.outweighed(by: entry.standing) ?? entry.standing
        }
        for order in repeated where standings[order] == nil { standings[order] = .duplicateID }
        return standings
    }
}
