import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

/// Which conversions a command is about.
struct ConversionsOptions: ParsableArguments {
    @Option(help: "Only of this source.") var source: String?
    @Option(help: "Only to this dataset.") var dataset: String?
    @Option(
        help: "Only those received in the last 30m, 12h or 7d, or since a day or hour such as 2026-11-01 or 2026-11-01T08 (UTC).")
    var since: String?
    @Option(help: "Only those received before this; as --since.") var until: String?

    /// ms since 1970.
    func period() throws -> (sinceMs: Int64?, untilMs: Int64?) {
        let (sinceMs, untilMs) = (
            try since.map { try Self.timeMs("--since", $0) }, try until.map { try Self.timeMs("--until", $0) }
        )
        if let sinceMs, let untilMs, sinceMs >= untilMs { throw ValidationError("--until is not after --since.") }
        return (sinceMs, untilMs)
    }

    /// One for each source of the configuration, or for the one that was asked for.
    func filters(_ settings: Settings, event: String?) throws -> [LedgerFilter] {
        let (sinceMs, untilMs) = try period()
        let sources = settings.sources.filter { source == nil || $0.name == source }
        guard !sources.isEmpty else {
            guard let source else { throw CommandFailure.couldNotRun("The configuration has no sources.") }
            throw CommandFailure.couldNotRun("There is no source \(source) in the configuration.")
        }
        return sources.map { one in
            var filter = LedgerFilter(workspace: one.workspace, source: one.name)
            filter.dataset = dataset
            filter.eventName = event
            (filter.sinceMs, filter.untilMs) = (sinceMs, untilMs)
            return filter
        }
    }

    static func timeMs(_ option: String, _ text: String) throws -> Int64 {
        let parts = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
        if let day = AccountDay(text: String(parts[0])) {
            let midnightMs = Int64(day.number) * 86_400_000
            if parts.count == 1 { return midnightMs }
            if let hour = Int64(parts[1]), (0...23).contains(hour), parts[1].count == 2 { return midnightMs + hour * 3_600_000 }
        }
        let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), (1...100_000).contains(count)
        else {
            throw ValidationError(
                "\(option) \(text): expected a duration such as 30m, 12h or 7d, or a day or hour such as 2026-11-01 or 2026-11-01T08."
            )
        }
        return Int64(Date().timeIntervalSince1970 * 1_000) - count * unit
    }
}

/// Which events make an order.
struct OrderEventOption: ParsableArguments {
    @Option(help: "The name of the events that are orders; \"any\" for all that name one.") var event = "Purchase"

    var name: String? { event == "any" ? nil : event }
}
