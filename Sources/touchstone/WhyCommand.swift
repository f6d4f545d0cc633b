import ArgumentParser
import Core
import Gateway
import Signing
import Storage

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Why an action was taken: decision, figures, event and delivery, its signature checked again.")

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The action's number, as `actions list` shows it.") var action: Int64
    @Flag(help: "One JSON document.") var json = false

    func run() async throws {
        let (settings, store) = try await options.openForReading()
        let (wanted, secrets) = (action, settings.appSecrets)
        let explanation = try await store.read { try Explanation(of: wanted, in: $0, apps: secrets) }
        await store.close()
        guard let explanation else { throw CommandFailure.no("There is no action \(action).") }
        if json { return Console.line(explanation.document.encoded()) }
        for line in explanation.lines { Console.line(line) }
    }
}
