import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// A Graph API of its own: real HTTP on a loopback port, played from a scenario.
package enum GraphEmulator {
    /// PEM files for TLS.
    package struct TLSFiles: Sendable {
        /// The certificate, followed by its chain.
        package let certificate: String
        package let privateKey: String

        /// Names the two files.
        package init(certificate: String, privateKey: String) {
            self.certificate = certificate
            self.privateKey = privateKey
        }
    }

    /// Why the emulator did not start.
    package enum StartError: Error, CustomStringConvertible {
        case scenario(ScenarioError)
        case notListening(reason: String)

        package var description: String {
            switch self {
            case .scenario(let error): error.description
            case .notListening(let reason): "can't listen: \(reason)"
            }
        }
    }

    /// Starts on 127.0.0.1 and returns once the port is open; 0 is any free port.
    ///
    /// `clock` gives milliseconds since 1970: with it the emulator's time and that of timed proofs are the
    /// embedder's, and the scenario's `clock` is passed over.
    package static func start(
        scenario: Scenario, port: Int = 0, tls: TLSFiles? = nil, logFile: String? = nil,
        clock: (@Sendable () -> Int64)? = nil
    ) async throws(StartError) -> RunningEmulator {
        let emulator: Emulator
        do {
            emulator = try Emulator(scenario, logFile: logFile, clock: clock)
        } catch {
            throw .scenario(error)
        }
        let (ports, opened) = AsyncStream.makeStream(of: Int.self)
        let app: Application<GraphResponder>
        do {
            app = try application(emulator, port: port, tls: tls) { opened.yield($0) }
        } catch {
            throw .notListening(reason: "\(error)")
        }
        // Stopped gracefully: a server that is cancelled while it accepts drops a connection unclosed, and that ends the process.
        var configuration = ServiceGroupConfiguration(services: [app], logger: app.logger)
        configuration.maximumGracefulShutdownDuration = .milliseconds(250)
        let group = ServiceGroup(configuration: configuration)
        let running = Task<String?, Never> {
            defer { opened.finish() }
            do {
                try await group.run()
                return nil
            } catch {
                return "\(error)"
            }
        }
        for await port in ports {
            return RunningEmulator(
                port: port, scheme: tls == nil ? "http" : "https", emulator: emulator, group: group, task: running)
        }
        throw .notListening(reason: await running.value ?? "stopped at once")
    }

    private static func application(
        _ emulator: Emulator, port: Int, tls: TLSFiles?, onPort: @escaping @Sendable (Int) -> Void
    ) throws -> Application<GraphResponder> {
        var logger = Logger(label: "graph-emulator")
        // Cancelling is how it is stopped; Hummingbird would call that an error.
        logger.logLevel = .critical
        return Application(
            responder: GraphResponder(emulator: emulator, scheme: tls == nil ? "http" : "https"),
            server: try server(tls),
            configuration: .init(address: .hostname("127.0.0.1", port: port), serverName: nil),
            onServerRunning: { onPort($0.localAddress?.port ?? 0) },
            logger: logger)
    }

    private static func server(_ files: TLSFiles?) throws -> HTTPServerBuilder {
        guard let files else { return .http1() }
        let chain = try NIOSSLCertificate.fromPEMFile(files.certificate).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(file: files.privateKey, format: .pem)
        return try .tls(
            .http1(), tlsConfiguration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key)))
    }
}
