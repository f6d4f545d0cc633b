import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

struct ConversionsQuarantine: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "quarantine", abstract: "What was refused, by validation or by Meta, and waits to be mended; newest first.",
        discussion: "With a number: that one, with what is stored of it. Whoever it is about stands in it as hashes.")

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var choice: QuarantineChoice
    @Argument(help: "One conversion's number, as listed.") var id: Int64?
    @Option(help: "At most so many.") var limit = 50
    @Flag(help: "One JSON document per line.") var json = false

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 10000.") }
        if id != nil, choice.isFiltered { throw ValidationError("A number, or what to look for: not both.") }
        _ = try choice.filter()
    }

    func run() async throws {
        let store = try await options.openForReading().store
        if let id { return try await show(id, store) }
        let (filter, count) = (try choice.filter(), limit)
        let found = try await store.read { try $0.listQuarantine(filter, place: .before(.max), limit: count) }.rows
        await store.close()
        if json {
            for conversion in found { Console.line(conversion.quarantineDocument.encoded()) }
            return
        }
        Console.table(
            ["CONVERSION", "RECEIVED", "SOURCE", "DATASET", "EVENT", "ID", "STATE", "WHY"],
            found.map { conversion in
                [
                    "\(conversion.eventID)", Console.time(conversion.receivedAtMs), conversion.source, conversion.dataset,
                    conversion.eventName, conversion.conversionID ?? "", conversion.state.rawValue, conversion.why,
                ]
            })
    }

    private func show(_ id: Int64, _ store: Store) async throws {
        let found = try await store.read { transaction in
            let conversion = try transaction.conversion(id)
            return (conversion, try conversion.flatMap { try transaction.storedEvent(of: $0) })
        }
        await store.close()
        guard let conversion = found.0, conversion.cause != nil || conversion.isInQuarantine else {
            throw CommandFailure.no("There is no conversion \(id) that is or was in quarantine.")
        }
        if json {
            let document: JSON = ["conversion": conversion.quarantineDocument, "event": found.1 ?? .null]
            return Console.line(document.encoded())
        }
        Console.line("conversion \(id): \(conversion.eventName) of \(conversion.source), \(conversion.state.rawValue)")
        Console.line("  \(conversion.why)")
        if let trace = conversion.traceID { Console.line("  Meta's trace: \(trace)") }
        if let heir = conversion.replacedBy { Console.line("  replaced by \(heir)") }
        Console.line("  \(found.1?.encoded() ?? "what it said is no longer stored")")
    }
}

/// Which conversions in quarantine.
struct QuarantineChoice: ParsableArguments {
    @Option(help: "Only of this workspace.") var workspace: String?
    @Option(help: "Only of this source.") var source: String?
    @Option(help: "Only for this dataset.") var dataset: String?
    @Option(help: "Only those refused with this code, such as value_missing.") var code: String?
    @Option(help: "Only those received then or later, such as 2026-11-20T12:00:00Z.") var since: String?
    @Option(help: "Only those received before.") var until: String?

    var isFiltered: Bool { [workspace, source, dataset, code, since, until].contains { $0 != nil } }

    func filter() throws -> QuarantineFilter {
        var filter = QuarantineFilter()
        (filter.workspace, filter.source, filter.dataset, filter.code) = (workspace, source, dataset, code)
        filter.sinceMs = try since.map { try Self.timeMs($0, "--since") }
        filter.untilMs = try until.map { try Self.timeMs($0, "--until") }
        return filter
    }

    private static func timeMs(_ text: String, _ option: String) throws -> Int64 {
        do {
            return Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970 * 1_000)
        } catch {
            throw ValidationError("\(option) \(text): expected a time such as 2026-11-20T12:00:00Z.")
        }
    }
}

extension StoredConversion {
    /// Where and why, for one line.
    var why: String { [cause?.path, cause.map { "\($0.code): \($0.sentence)" }].compactMap(\.self).joined(separator: "  ") }
}
