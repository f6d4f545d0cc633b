import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

struct ConversionsLedger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Every order seen = accepted by Meta + left out with a reason + quarantined + waiting.",
        discussion: """
            An order is an order_id, or an event_id where there is none. Under several events it counts once, and the event that got
            furthest speaks for it: an order is accepted when any of its events is. Exit 1 when it does not add up.

            Without --since of the last 30 days.
            """)

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var conversions: ConversionsOptions
    @OptionGroup var orders: OrderEventOption
    @Flag(help: "One JSON document per source.") var json = false

    func run() async throws {
        let (settings, store) = try await options.openForReading()
        var isBalanced = true
        for var filter in try conversions.filters(settings, event: orders.name) {
            filter.sinceMs = filter.sinceMs ?? LedgerFilter.defaultSinceMs(nowMs: Int64(Date().timeIntervalSince1970 * 1_000))
            let ledger = try await store.ledger(filter)
            isBalanced = isBalanced && ledger.balances
            if json { Console.line(ledger.document(filter).encoded()) } else { Self.show(ledger, filter) }
        }
        await store.close()
        if !isBalanced { throw CommandFailure.no("The ledger does not add up.") }
    }

    private static func show(_ ledger: Ledger, _ filter: LedgerFilter) {
        let since = filter.sinceMs.map { " since \(Console.time($0))" } ?? ""
        Console.line("source \(filter.source): \(ledger.orders) orders seen\(since)")
        for (word, text) in [
            ("accepted", "accepted by Meta"), ("left_out", "left out"), ("quarantined", "quarantined"), ("waiting", "waiting"),
        ] {
            Console.line("  \(ledger.count(word)) \(text)")
            for (reason, count) in ledger.reasons(word) where !reason.isEmpty { Console.line("    \(count) \(reason)") }
        }
        for (order, reason) in ledger.unaccounted { Console.line("  UNACCOUNTED \(order): \(reason)") }
        if ledger.eventsWithoutOrder > 0 {
            Console.line("  beside them \(ledger.eventsWithoutOrder) event(s) that name no order")
        }
        for fault in ledger.faults { Console.line("  It does not add up. \(fault)") }
        if ledger.balances { Console.line("  It adds up.") }
    }
}
