import Logging
import Synchronization

/// From which level on the process logs; changed while it runs.
final class LogLevel: Sendable {
    private let level: Mutex<Logger.Level>

    init(_ level: Logger.Level) { self.level = Mutex(level) }

    var value: Logger.Level {
        get { level.withLock { $0 } }
        set { level.withLock { $0 = newValue } }
    }
}

/// Asks the process for its level with every line. A logger of its own may be quieter, never louder.
struct LeveledLogHandler: LogHandler {
    private var handler: any LogHandler
    private let level: LogLevel
    private var floor = Logger.Level.trace

    init(_ handler: any LogHandler, level: LogLevel) {
        self.handler = handler
        self.level = level
        self.handler.logLevel = .trace
    }

    var logLevel: Logger.Level {
        get { max(level.value, floor) }
        set { floor = newValue }
    }

    var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { handler.metadataProvider }
        set { handler.metadataProvider = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    func log(event: LogEvent) { handler.log(event: event) }
}
