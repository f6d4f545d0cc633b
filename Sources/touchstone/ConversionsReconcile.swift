import ArgumentParser
import Core
import Foundation
import Gateway
import Signing
import Storage

struct ConversionsReconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reconcile",
        abstract:
            "Names every order of the shop's own file that is not accepted, left out with a reason, quarantined or waiting.",
        discussion: """
            The file is CSV with a header, as shops export it. An order that is nowhere was lost on its way here, or stood in a request
            that was refused as a whole: a strict source stores nothing of such a request, so that all its orders are among the missing
            (its sender was told; partial acceptance keeps them in quarantine). With --since also the orders that are here and not in
            the file. Exit 1 when any order is missing.
            """)

    @Option(help: "The shop's file of orders.") var orders: String
    @Option(help: "The column with the order's number, as it is sent in order_id or event_id.") var column = "order_id"
    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var conversions: ConversionsOptions
    @OptionGroup var events: OrderEventOption
    @Flag(help: "One JSON document.") var json = false

    func run() async throws {
        let file = try read()
        let (settings, store) = try await options.openForReading()
        let filters = try conversions.filters(settings, event: events.name)
        let found = try await store.reconcile(file, filters, wantsExtra: conversions.since != nil)
        await store.close()
        if json { Console.line(found.document(file).encoded()) } else { show(found, file) }
        guard found.isComplete else {
            let count = found.missing.count + found.unaccounted.count
            throw CommandFailure.no("\(count) of \(file.orders.count) orders are not accounted for.")
        }
    }

    private func read() throws -> LedgerFile {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: orders), options: .alwaysMapped)
        } catch {
            throw CommandFailure.couldNotRun("\(orders) can't be read: \(error.localizedDescription)")
        }
        guard data.count <= Limits.csvBytesMax else {
            throw CommandFailure.couldNotRun("\(orders): \(CSVFault.tooLarge.sentence)")
        }
        do throws(CSVFault) {
            return try LedgerFile(Array(data), column: column, digest: SHA256.hex)
        } catch {
            throw CommandFailure.couldNotRun("\(orders): \(error.sentence)")
        }
    }

    private func show(_ found: LedgerReconciliation, _ file: LedgerFile) {
        Console.line(
            "\(file.orders.count) orders in the file: \(found.count("accepted")) accepted by Meta, \(found.count("left_out")) left out, "
                + "\(found.count("quarantined")) quarantined, \(found.count("waiting")) waiting, \(found.missing.count) missing")
        if file.linesAgain > 0 { Console.line("  \(file.linesAgain) line(s) name an order that an earlier line names") }
        if file.linesWithoutOrder > 0 { Console.line("  \(file.linesWithoutOrder) line(s) name no order") }
        for order in found.missing { Console.line("  MISSING \(order.id.shown) (line \(order.line))") }
        for one in found.unaccounted {
            Console.line("  UNACCOUNTED \(one.order.id.shown) (line \(one.order.line)): \(one.standing.reason ?? "")")
        }
        for order in found.extra ?? [] { Console.line("  NOT IN THE FILE \(order)") }
    }
}

extension LedgerReconciliation {
    fileprivate func document(_ file: LedgerFile) -> JSON {
        func named(_ order: LedgerFile.Order) -> JSON { ["order_id": .string(order.id), "line": .integer(order.line)] }
        return [
            "orders": .integer(file.orders.count), "accepted": .integer(count("accepted")),
            "left_out": .integer(count("left_out")),
            "quarantined": .integer(count("quarantined")), "waiting": .integer(count("waiting")),
            "missing": .array(missing.map(named)),
            "unaccounted": .array(
                unaccounted.map {
                    [
                        "order_id": .string($0.order.id), "line": .integer($0.order.line),
                        "reason": .text($0.standing.reason),
                    ]
                }),
            "not_in_file": extra.map { .array($0.map(JSON.string)) } ?? .null,
            "lines_without_order": .integer(file.linesWithoutOrder), "lines_again": .integer(file.linesAgain),
            "complete": .bool(isComplete),
        ]
    }
}
