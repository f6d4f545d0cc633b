import ArgumentParser
import Core
import Foundation
import Gateway
import Logging
import ServiceLifecycle
import Signing
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the gateway until it is told to stop.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "trace, debug, info, notice, warning or error, instead of what the configuration says.", transform: Self.level)
    var logLevel: Logger.Level?
    @Option(help: "Write verified requests to this folder, personal data replaced by fakes.") var capture: String?
    @Flag(help: "With --capture: the bytes as they came, people's data among them, readable by the owner only.") var raw = false

    @Flag(help: "Let a crash leave a core dump, for debugging: it holds tokens, keys, and customers as their shops sent them.")
    var coreDumps = false

    func validate() throws {
        if raw, capture == nil { throw ValidationError("--raw goes with --capture DIR.") }
    }

    @Sendable private static func level(_ text: String) throws -> Logger.Level {
        guard let level = Logger.Level(rawValue: text) else {
            throw ValidationError("--log-level \(text): expected trace, debug, info, notice, warning or error.")
        }
        return level
    }

    func run() async throws {
        try forbidCoreDumps()
        let hangups = await UnixSignalsSequence(trapping: .sighup)
        let configuration = levelled(try options.read())
        let faults = TimeZones.faults()
        guard faults.isEmpty else { throw CommandFailure.couldNotRun(faults.joined(separator: "\n")) }
        let telemetry = Telemetry.start(configuration.settings.log)
        let logger = telemetry.logger
        for warning in configuration.warnings { logger.warning("\(warning)") }
        if coreDumps {
            logger.warning("A crash leaves a core dump, which holds tokens, keys, and customers as their shops sent them.")
        }
        if raw {
            logger.warning("Captured requests hold what people wrote, and your signatures: keep the folder closed, and empty it.")
        }
        let gateway: Gateway
        do {
            gateway = try await Gateway.build(
                configuration.settings, capture: capture.map { CaptureSettings(directory: $0, raw: raw) },
                telemetry: telemetry, logger: logger)
        } catch {
            throw CommandFailure.couldNotRun("The gateway can't start: \(error)")
        }
        let reloader = Reloader(signals: hangups, gateway: gateway, logger: logger) { () throws(ConfigurationFaults) in
            levelled(try options.reread())
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: gateway), .init(service: reloader)], gracefulShutdownSignals: [.sigterm, .sigint],
                logger: quiet(logger)))
        try await group.run()
    }

    /// A report of the Swift runtime is made only where somebody asked for it in the environment.
    private func forbidCoreDumps() throws {
        if ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] == nil { CoreDump.forbidReport() }
        guard !coreDumps else { return }
        do throws(CoreDumpError) {
            try CoreDump.forbid()
        } catch {
            throw CommandFailure.couldNotRun("\(error) With --core-dumps the gateway starts without that.")
        }
    }

    /// What the command line says of the log outweighs the file, also when that is read again.
    private func levelled(_ configuration: Configuration) -> Configuration {
        guard let logLevel else { return configuration }
        var settings = configuration.settings
        settings.log.level = logLevel
        return Configuration(settings: settings, warnings: configuration.warnings)
    }

    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .error)
        return logger
    }
}
