import ArgumentParser

@main
struct Touchstone: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "touchstone",
        abstract: "A webhook-driven reactive gateway for Meta ads.",
        discussion: "Exit codes: 0 done, 1 the answer is no, 2 usage, 3 could not run.",
        subcommands: [
            ServeCommand.self, DemoCommand.self, CheckCommand.self, MigrateCommand.self, EventsCommand.self, LeadsCommand.self,
            ActionsCommand.self, ConversionsCommand.self, WhyCommand.self, HoldCommand.self, ReleaseCommand.self,
            EraseCommand.self, TriggerCommand.self,
            ReplayCommand.self, VerifyCommand.self,
            TestCommand.self,
        ])

    /// Usage errors end with 2, everything that could not run with 3.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as CommandFailure {
            Console.error(failure.sentence)
            exit(withError: ExitCode(failure.exitCode))
        } catch {
            let code = exitCode(for: error)
            let text = fullMessage(for: error)
            if code == .success {
                if !text.isEmpty { Console.line(text) }
                exit(withError: ExitCode.success)
            }
            if error is ExitCode { exit(withError: error) }
            if !text.isEmpty { Console.error(text) }
            exit(withError: ExitCode(code == .validationFailure ? 2 : 3))
        }
    }
}
