import ArgumentParser
import Core
import Foundation
import Gateway
import Storage

/// Which configuration a command works with.
struct ConfigurationOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config = "config/touchstone.yaml"

    /// The configuration, or all its faults. `standsIn`: what this machine does not have is stood in for.
    func read(standsIn: Bool = false) throws -> Configuration {
        do throws(ConfigurationFaults) {
            return try reread(standsIn: standsIn)
        } catch {
            let lines = (error.faults + error.warnings).map(\.description).joined(separator: "\n")
            throw CommandFailure.couldNotRun("\(lines)\n\(error.faults.count) fault(s); nothing was started.")
        }
    }

    /// The same, its faults as they are.
    func reread(standsIn: Bool = false) throws(ConfigurationFaults) -> Configuration {
        let reader = ConfigurationReader(
            environment: ProcessInfo.processInfo.environment, handlers: HandlerContract.catalog, standsIn: standsIn)
        return try reader.read(file: config)
    }

    /// The store, to look into it beside a running gateway; what is on hold is said first.
    func openForReading() async throws -> (settings: Settings, store: Store) {
        let settings = try read().settings
        let store: Store
        do {
            store = try settings.readOnlyStore()
        } catch {
            throw CommandFailure.couldNotRun("\(settings.storage.location.shown) can't be opened: \(error)")
        }
        let nowMs = Int64(Date().timeIntervalSince1970 * 1_000)
        for hold in try await store.read({ try $0.holds(nowMs: nowMs) }) {
            let until = hold.untilMs.map { " until \(Console.time($0))" } ?? ""
            Console.error(
                "Writes of \(hold.scope == "*" ? "all workspaces" : hold.scope) are on hold since \(Console.time(hold.sinceMs))\(until)."
            )
        }
        return (settings, store)
    }
}
