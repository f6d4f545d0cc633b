import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

struct EventsRetry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry", abstract: "Set going again what is dead: jobs that gave up, and messages that did not get through.",
        discussion: """
            By number, by --where, or --all. What a rule decided is not retried: it need not be right now.

            --where takes NAME=VALUE, several times: workspace, kind, object, field, account, ref (an ad, ad set, campaign or lead), reason \
            (its code), since and until (2026-11-20T12:00:00Z).

            Stopped in the middle, the same call goes on: what was set going is no longer dead.
            """)

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The events' numbers, as listed.") var ids: [Int64] = []
    @Option(name: .customLong("where"), help: "Those of which this holds, such as kind=page.leadgen.") var conditions: [String] =
        []
    @Option(help: "The same as --where workspace=….") var workspace: String?
    @Option(help: "The same as --where kind=….") var kind: String?
    @Option(help: "The same as --where ref=….") var entity: String?
    @Flag(help: "Every one.") var all = false
    @Option(help: "At most so many, the oldest first.") var limit = 10_000
    @Option(help: "So many events a second, so that what comes in meanwhile is not held up.") var perSecond = 50
    @Flag(help: "Only say how many, and which come first; nothing is changed.") var dryRun = false
    @Flag(help: "One JSON document.") var json = false

    /// Numbers that a dry run shows.
    private static let shown = 20

    func validate() throws {
        let isFiltered = workspace != nil || kind != nil || entity != nil || !conditions.isEmpty
        if ids.isEmpty, !isFiltered, !all { throw ValidationError("Say which: numbers, --where NAME=VALUE, or --all.") }
        if !ids.isEmpty, isFiltered || all { throw ValidationError("Numbers, or what to look for: not both.") }
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit \(limit): expected 1 to 1000000.") }
        guard (1...10_000).contains(perSecond) else {
            throw ValidationError("--per-second \(perSecond): expected 1 to 10000.")
        }
        _ = try filter()
    }

    func run() async throws {
        let (settings, store) = try await options.openForReading()
        let (chosen, count, numbers) = (try filter(), limit, ids)
        let found = try await store.read { transaction in
            numbers.isEmpty ? try transaction.retryable(chosen, limit: count) : try transaction.retryable(among: numbers)
        }
        await store.close()
        if dryRun { return show(found) }
        let isWatched = !json && isatty(STDERR_FILENO) != 0
        let report = try await OperatorDoor(settings: settings).retryEvents(found, perSecond: perSecond) { done in
            if isWatched { Console.error("\(done) of \(found.count)") }
        }
        if json {
            let document: JSON = [
                "events": .integer(Int64(found.count)), "jobs": .integer(Int64(report.jobs)),
                "messages": .integer(Int64(report.messages)),
            ]
            Console.line(document.encoded())
        } else {
            Console.line("\(found.count) event(s): \(report.jobs) job(s) and \(report.messages) message(s) go on.")
            if found.count == limit { Console.line("There may be more: the same call goes on with them.") }
        }
        if found.isEmpty { throw CommandFailure.no("Nothing of what was asked for is dead.") }
    }

    private func show(_ found: [Int64]) {
        guard !json else {
            let document: JSON = [
                "count": .integer(Int64(found.count)), "events": .array(found.prefix(Self.shown).map { .string(String($0)) }),
            ]
            return Console.line(document.encoded())
        }
        Console.line("\(found.count) event(s) would go on\(found.isEmpty ? "." : ", the first of them:")")
        for id in found.prefix(Self.shown) { Console.line("\(id)") }
    }

    private func filter() throws -> EventFilter {
        var filter = EventFilter()
        (filter.workspace, filter.kind, filter.ref) = (workspace, kind, entity)
        for condition in conditions {
            let parts = condition.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--where \(condition): expected NAME=VALUE.") }
            let (name, value) = (parts[0], parts[1])
            switch name {
            case "workspace": filter.workspace = value
            case "kind": filter.kind = value
            case "object": filter.object = value
            case "field": filter.field = value
            case "account": filter.accountID = value.hasPrefix("act_") ? String(value.dropFirst(4)) : value
            case "ref", "entity", "lead": filter.ref = value
            case "reason": filter.reason = value
            case "since": filter.sinceMs = try Self.timeMs(value, condition)
            case "until": filter.untilMs = try Self.timeMs(value, condition)
            case _:
                throw ValidationError(
                    "--where \(condition): expected workspace, kind, object, field, account, ref, reason, since or until.")
            }
        }
        return filter
    }

    private static func timeMs(_ text: String, _ condition: String) throws -> Int64 {
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw ValidationError("--where \(condition): expected a time such as 2026-11-20T12:00:00Z.")
        }
        return Int64(date.timeIntervalSince1970 * 1_000)
    }
}
