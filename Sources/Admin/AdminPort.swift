import Hummingbird
import HummingbirdCore
import HummingbirdTLS
package import Logging
import NIOCore
import NIOSSL
package import Storage

/// The port for operators and their tools: on loopback, or anywhere with TLS.
package struct AdminPort: Sendable {
    private let settings: AdminSettings
    private let responder: AdminResponder
    private let gatekeeper: Gatekeeper
    private let logger: Logger

    package init(
        settings: AdminSettings, store: Store, actions: AdminActions, telemetry: AdminTelemetry,
        nowMs: @escaping @Sendable () -> Int64,
        logger: Logger
    ) {
        let gatekeeper = Gatekeeper(tokens: TokenBook(settings.tokens), sessions: Sessions(), isTLS: settings.tls != nil)
        let endpoints = EndpointTable(
            store: store, actions: actions, telemetry: telemetry, gatekeeper: gatekeeper, startedAtMs: nowMs())
        self.settings = settings
        self.gatekeeper = gatekeeper
        self.logger = logger
        responder = AdminResponder(endpoints: endpoints.all, gatekeeper: gatekeeper, nowMs: nowMs, logger: logger)
    }

    /// From here on only these tokens count, and sessions of the others have ended.
    package func adopt(tokens: [AdminToken]) { gatekeeper.adopt(tokens) }

    /// Serves until the task is cancelled. `started` is told the port once the socket is open.
    package func run(started: @escaping @Sendable (Int) async -> Void) async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        let application = Application(
            responder: responder, server: try server(),
            configuration: .init(address: .hostname(settings.host, port: settings.port), serverName: nil),
            onServerRunning: { channel in await started(channel.localAddress?.port ?? settings.port) }, logger: quiet)
        try await application.run()
    }

    private func server() throws -> HTTPServerBuilder {
        guard let tls = settings.tls else { return .http1() }
        let chain = try NIOSSLCertificate.fromPEMFile(tls.certificate).map { NIOSSLCertificateSource.certificate($0) }
        let key = try NIOSSLPrivateKey(file: tls.privateKey, format: .pem)
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try .tls(.http1(), tlsConfiguration: configuration)
    }
}
