import ArgumentParser
import Core
import Gateway
import Logging
import ServiceLifecycle
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "serve", abstract: "Run the gateway until it is told to stop.")

    @OptionGroup var options: ConfigurationOptions
    @Option(help: "trace, debug, info, notice, warning or error, instead of what the configuration says.", transform: Self.level)
    var logLevel: Logger.Level?
    @Option(help: "Write verified requests to this folder, personal data replaced by fakes.") var capture: String?
    @Flag(help: "With --capture: the bytes as they came, people's data among them, readable by the owner only.") var raw = false

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
        let configuration = try options.read()
        let faults = TimeZones.faults()
        guard faults.isEmpty else { throw CommandFailure.couldNotRun(faults.joined(separator: "\n")) }
        var log = configuration.settings.log
        log.level = logLevel ?? log.level
        let telemetry = Telemetry.start(log)
        let logger = telemetry.logger
        for warning in configuration.warnings { logger.warning("\(warning)") }
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
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: gateway)], gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet(logger)))
        try await group.run()
    }

    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .error)
        return logger
    }
}
