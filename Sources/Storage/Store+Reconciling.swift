package import Core

// Orders are read a page at a time, each in a read of its own: a long look never holds up a reader that others wait for.
extension Store {
    private static let pageRows = 4_000
    private static let lookUpOrders = 512

    /// The ledger of one source, of all that has come until now.
    ///
    /// Orders are counted in one read and booked in others; what was pruned or mended in between is no fault, and is not there the next time.
    package func ledger(_ filter: LedgerFilter) async throws -> Ledger {
        let ledger = try await ledgerOnce(filter)
        return ledger.balances ? ledger : try await ledgerOnce(filter)
    }

    private func ledgerOnce(_ filter: LedgerFilter) async throws -> Ledger {
        let counts = try await read { try $0.ledgerCounts(filter) }
        var ledger = Ledger(
            orders: counts.orders, eventsWithoutOrder: counts.eventsWithoutOrder, eventsMissing: counts.eventsMissing)
        try await eachPage(filter, upTo: counts.lastEventID) { page in for entry in page { ledger.add(entry) } }
        for order in try await read({ try $0.ordersOnlyRepeated(filter, upTo: counts.lastEventID) }) {
            ledger.add(order, .duplicateID)
        }
        ledger.close()
        return ledger
    }

    /// Looks for every order of a file. Of several sources the one where an order got furthest speaks for it.
    ///
    /// `wantsExtra`: also the orders that are here and not in the file.
    package func reconcile(
        _ file: LedgerFile, _ filters: [LedgerFilter], wantsExtra: Bool
    ) async throws -> LedgerReconciliation {
        var reconciliation = LedgerReconciliation()
        for start in stride(from: 0, to: file.orders.count, by: Self.lookUpOrders) {
            let orders = Array(file.orders[start..<min(start + Self.lookUpOrders, file.orders.count)])
            let standings = try await standings(of: orders.map(\.key), filters)
            for order in orders { reconciliation.add(order, standings[order.key]) }
        }
        if wantsExtra { reconciliation.extra = try await extra(Set(file.orders.map(\.key)), filters) }
        return reconciliation
    }

    private func standings(of keys: [String], _ filters: [LedgerFilter]) async throws -> [String: LedgerStanding] {
        var all: [String: LedgerStanding] = [:]
        for filter in filters {
            let (entries, repeated) = try await read { try $0.ledgerEntries(filter, orders: keys) }
            all.merge(LedgerReconciliation.standings(entries, repeated: repeated)) { $0.outweighed(by: $1) }
        }
        return all
    }

    private func extra(_ known: Set<String>, _ filters: [LedgerFilter]) async throws -> [String] {
        var extra: Set<String> = []
        for filter in filters {
            try await eachPage(filter, upTo: .max) { page in
                for entry in page where !known.contains(entry.orderKey) { extra.insert(entry.orderKey) }
            }
        }
        return extra.sorted()
    }

    private func eachPage(_ filter: LedgerFilter, upTo last: Int64, _ body: ([LedgerEntry]) -> Void) async throws {
        var place: LedgerPage.Place?
        repeat {
            let after = place
            let page = try await read { try $0.ledgerPage(filter, upTo: last, after: after, limit: Self.pageRows) }
            body(page.entries)
            place = page.next
        } while place != nil
    }
}
