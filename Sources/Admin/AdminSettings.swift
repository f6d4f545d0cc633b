package import Logging

/// Where the admin port listens and who may speak to it.
package struct AdminSettings: Sendable {
    package let host: String
    /// 0: any free port.
    package let port: Int
    package let tokens: [AdminToken]
    /// Nil: plain HTTP.
    package let tls: AdminTLS?

    package init(host: String, port: Int, tokens: [AdminToken], tls: AdminTLS? = nil) {
        self.host = host
        self.port = port
        self.tokens = tokens
        self.tls = tls
    }
}

/// PEM files of the admin port's certificate chain and key.
package struct AdminTLS: Sendable, Equatable {
    package let certificate: String
    package let privateKey: String

    package init(certificate: String, privateKey: String) {
        self.certificate = certificate
        self.privateKey = privateKey
    }
}

/// What of the process the admin port shows and sets.
package struct AdminTelemetry: Sendable {
    /// What the process counts; nil where nobody has set a metrics factory up.
    package let metrics: PrometheusMetrics?
    package let logLevel: @Sendable () -> Logger.Level
    package let setLogLevel: @Sendable (Logger.Level) -> Void

    package init(
        metrics: PrometheusMetrics?, logLevel: @escaping @Sendable () -> Logger.Level,
        setLogLevel: @escaping @Sendable (Logger.Level) -> Void
    ) {
        self.metrics = metrics
        self.logLevel = logLevel
        self.setLogLevel = setLogLevel
    }
}
