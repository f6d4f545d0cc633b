import ArgumentParser
import Foundation
import Gateway

struct HoldCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hold", abstract: "Stop every write to Meta; when it returns, none leaves any more.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "Only this workspace; all of them when left out.")
    var workspace: String?
    @Option(name: .customLong("for"), help: "Ends by itself after, for example, 30m or 2h.")
    var duration: String?

    func run() async throws {
        let settings = try options.read().settings
        let untilMs = try duration.map { try Self.untilMs($0) }
        try await OperatorDoor(settings: settings).hold(scope(in: settings, workspace), untilMs: untilMs)
        let until = untilMs.map { " until \(Console.time($0))" } ?? " until `touchstone release`"
        Console.line("Writes of \(workspace ?? "all workspaces") are on hold\(until).")
    }

    private static func untilMs(_ text: String) throws -> Int64 {
        let units: [Character: Int64] = ["s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000]
        guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()), (1...10_000).contains(count) else {
            throw ValidationError("--for \(text): expected a duration such as 30m, 2h or 1d.")
        }
        return Int64(Date().timeIntervalSince1970 * 1_000) + count * unit
    }
}

struct ReleaseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "release", abstract: "Let writes to Meta go on.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "Only this workspace; the hold on all of them when left out.")
    var workspace: String?

    func run() async throws {
        let settings = try options.read().settings
        let released = try await OperatorDoor(settings: settings).release(scope(in: settings, workspace))
        Console.line("Writes of \(workspace ?? "all workspaces") go on; \(released) message(s) had waited.")
    }
}

private func scope(in settings: Settings, _ workspace: String?) throws -> String {
    guard let workspace else { return "*" }
    guard settings.workspaces.contains(where: { $0.name == workspace }) else {
        let names = settings.workspaces.map(\.name).joined(separator: ", ")
        throw ValidationError("--workspace \(workspace): the configuration has \(names).")
    }
    return workspace
}
