package import Logging
import ServiceLifecycle
package import UnixSignals

/// Reads the configuration again at every signal, and has the gateway take over what it may.
package struct Reloader: Service {
    private let signals: UnixSignalsSequence
    private let gateway: Gateway
    private let read: @Sendable () throws(ConfigurationFaults) -> Configuration
    private let logger: Logger

    /// `signals` is made before anything else is: a SIGHUP ends a process that does not listen for it.
    package init(
        signals: UnixSignalsSequence, gateway: Gateway, logger: Logger,
        read: @escaping @Sendable () throws(ConfigurationFaults) -> Configuration
    ) {
        self.signals = signals
        self.gateway = gateway
        self.logger = logger
        self.read = read
    }

    package func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { await reload() }
    }

    /// A faulty file never replaces a working one.
    private func reload() async {
        let configuration: Configuration
        do throws(ConfigurationFaults) {
            configuration = try read()
        } catch {
            for fault in error.faults { ReloadRefused(fault: "\(fault)").emit(to: logger) }
            return
        }
        for warning in configuration.warnings { logger.warning("\(warning)") }
        do {
            ConfigurationReloaded(plan: try await gateway.reload(configuration.settings)).emit(to: logger)
        } catch {
            ReloadRefused(fault: "\(error)").emit(to: logger)
        }
    }
}
