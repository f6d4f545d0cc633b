import Admin
package import Logging
import Metrics

/// What the process says of itself: log lines on stderr, and figures in memory for the admin port.
///
/// One of a process: `start` sets up logging and metrics for all of it.
package struct Telemetry: Sendable {
    private let level: LogLevel
    private let metrics: PrometheusMetrics?
    /// For the gateway and what it is made of.
    package let logger: Logger

    /// To be called once, before anything logs.
    package static func start(_ settings: Settings.Log) -> Telemetry {
        let level = LogLevel(settings.level)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        let format = settings.format
        LoggingSystem.bootstrap { label in
            switch format {
            case .text: LeveledLogHandler(StreamLogHandler.standardError(label: label), level: level)
            case .json: LeveledLogHandler(JSONLogHandler(label: label), level: level)
            }
        }
        return Telemetry(level: level, metrics: metrics, logger: Logger(label: "touchstone"))
    }

    /// Of a process that has set up its own logging, or none: tests and rehearsals.
    package static func borrowed(_ logger: Logger) -> Telemetry {
        Telemetry(level: LogLevel(logger.logLevel), metrics: nil, logger: logger)
    }

    func setLevel(_ next: Logger.Level) { level.value = next }

    var admin: AdminTelemetry {
        AdminTelemetry(metrics: metrics, logLevel: { level.value }, setLogLevel: { level.value = $0 })
    }
}
