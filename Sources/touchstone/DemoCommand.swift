import ArgumentParser
import Foundation
import Gateway

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Play a drawn story through graph-emulator and touchstone serve, over real TLS, and judge what came of it.",
        discussion:
            "Prints a table, then one line of JSON. Exit 0 only if every expected effect was seen, 1 if not, 3 if it could not run."
    )

    @Option(help: "What campaigns, values, thresholds and events are drawn from.") var seed: UInt64 = 1
    @Option(help: ArgumentHelp("Keep configuration, database, logs and journal in this folder.", valueName: "folder")) var keep:
        String?
    @Option(help: ArgumentHelp("Where the captured requests are; looked for when left out.", valueName: "folder")) var fixtures:
        String?

    func run() async throws {
        let outcome: Demo.Outcome
        do {
            let program = Bundle.main.executablePath ?? CommandLine.arguments[0]
            let demo = try Demo(.init(seed: seed, keep: keep, fixtures: fixtures, program: program), say: Self.say)
            outcome = try await demo.run()
        } catch let error as DemoError {
            throw CommandFailure.couldNotRun("The demo could not be played. \(error)")
        }
        Console.line(outcome.table)
        for fault in outcome.faults { Console.line("NOT AS EXPECTED  \(fault)") }
        Console.line(outcome.figures)
        guard outcome.faults.isEmpty else { throw CommandFailure.no("\(outcome.faults.count) expectation(s) not met.") }
    }

    /// Progress is for people at a terminal.
    private static let say: @Sendable (String) -> Void = { text in
        if isatty(STDERR_FILENO) == 1 { Console.error("demo: \(text)") }
    }
}
