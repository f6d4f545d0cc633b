import ArgumentParser
import Foundation
import Gateway

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Name every fault of a configuration; exit 1 if there is any.")

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        let reader = ConfigurationReader(environment: ProcessInfo.processInfo.environment, handlers: HandlerContract.catalog)
        do throws(ConfigurationFaults) {
            let configuration = try reader.read(file: options.config)
            for warning in configuration.warnings { Console.line(warning.description) }
            let settings = configuration.settings
            Console.line(
                "\(options.config): no fault. \(settings.apps.count) app(s), \(settings.workspaces.count) workspace(s), "
                    + "\(settings.routes.count) route(s), \(settings.rules.count) rule(s); writes \(settings.graph.writes.rawValue)."
            )
        } catch {
            for fault in error.warnings + error.faults { Console.line(fault.description) }
            throw CommandFailure.no("\(error.faults.count) fault(s).")
        }
        let zones = TimeZones.faults()
        guard zones.isEmpty else { throw CommandFailure.no(zones.joined(separator: "\n")) }
    }
}
