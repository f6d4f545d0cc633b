import ArgumentParser
import Core
import Gateway
import Storage

struct ConversionsReport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "What the events are like: match keys, freshness, findings, and what became of them.",
        discussion: "Whole hours, by dataset and event name. Without --since of the last 7 days.")

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var conversions: ConversionsOptions
    @Flag(help: "One JSON document.") var json = false

    func run() async throws {
        var filter = ReportFilter()
        filter.source = conversions.source
        filter.dataset = conversions.dataset
        (filter.sinceMs, filter.untilMs) = try conversions.period()
        if filter.sinceMs == nil { filter.sinceMs = try ConversionsOptions.timeMs("--since", "7d") }
        let (chosen, store) = (filter, try await options.openForReading().store)
        let report = try await store.report(chosen)
        await store.close()
        if json { return Console.line(report.document.encoded()) }
        if report.sections.isEmpty { Console.line("No conversions came in.") }
        for section in report.sections { Self.show(section) }
        for double in report.doubles { Self.show(double) }
    }

    private static func show(_ section: ReportSection) {
        Console.line("\(section.eventName)  source \(section.source), dataset \(section.dataset)")
        if let meant = section.meantName { Console.line("  WARNING nearly a standard event: \(meant)?") }
        Console.line(
            "  received \(section.received), duplicates \(section.figure(ReportFigure.duplicates)), "
                + "tests \(section.figure(ReportFigure.tests))")
        let ids = [("with event_id", ReportFigure.withID), ("event_id made here", ReportFigure.madeID)]
        list("ids", ids.map { ($0.0, section.figure($0.1)) }.filter { $0.1 > 0 }, of: section.received)
        list("keys", section.figures(ReportFigure.key), of: section.received)
        list("consent", section.figures(ReportFigure.consent), of: section.received)
        list("held", section.figures(ReportFigure.held), of: section.received)
        list("findings", section.figures(ReportFigure.finding), of: section.received)
        list("made by", section.figures(ReportFigure.appendix), of: section.received)
        Console.line("  age when received: \(quantiles(section.ages)); \(section.nearEdge) older than 6 days")
        Console.line("  from receipt to Meta's answer: \(quantiles(section.delays))")
        for (currency, minor) in section.figures(ReportFigure.value) {
            Console.line("  value \(Currency(code: currency)?.major(minor: minor) ?? "\(minor)") \(currency)")
        }
        for outcome in section.outcomes.sorted(by: { $0.events > $1.events }) {
            let reason = outcome.reason.isEmpty ? "" : ": \(outcome.reason)"
            Console.line("  \(outcome.events) \(outcome.state.rawValue)\(reason)")
        }
        if let lastMs = section.lastAcceptedMs { Console.line("  last accepted by Meta \(Console.time(lastMs))") }
    }

    private static func list(_ title: String, _ figures: [(name: String, n: Int64)], of total: Int64) {
        guard !figures.isEmpty else { return }
        let texts = figures.map { name, n in total > 0 ? "\(name) \(n) (\(n * 100 / total) %)" : "\(name) \(n)" }
        Console.line("  \(title): \(texts.joined(separator: ", "))")
    }

    private static func quantiles(_ counts: [Int64]) -> String {
        guard counts.contains(where: { $0 > 0 }) else { return "-" }
        let texts = [("p50", 0.5), ("p95", 0.95)].map { name, share in
            "\(name) \(ReportAge.quantile(share, of: counts).map { "within \($0) s" } ?? "over 7 days")"
        }
        return texts.joined(separator: ", ")
    }

    private static func show(_ double: ReportDouble) {
        switch double.sign {
        case .order:
            Console.line(
                "WARNING order \(double.orderKey ?? "") came under two ids, \(double.ids.joined(separator: " and ")): Meta counts it twice."
            )
        case .person:
            Console.line(
                "WARNING the purchases \(double.ids.joined(separator: " and ")) are of one person, one amount and nearly one time: "
                    + "Meta counts both.")
        }
    }
}
