package import Core

/// How the public port is run.
package struct ListenerSettings: Sendable {
    /// An address or a name to listen on.
    package var host: String
    /// 0 takes any free one; `PublicListener.port` tells which.
    package var port: Int
    /// PEM: the server's certificate, then its intermediates.
    package var certificateChainFile: String
    /// PEM, without a passphrase.
    package var privateKeyFile: String
    /// Event loops, each a thread.
    package var loops: Int
    /// Whose word on the sender's address counts; the address of everybody else is that of the connection.
    package var trustedProxies: [AddressBlock] = []
    /// Whether every connection begins with a PROXY header of a trusted proxy.
    package var proxyProtocol = ProxyProtocol.off
    package var bounds = ListenerBounds()
    package var times = ListenerTimes()

    package init(host: String, port: Int, certificateChainFile: String, privateKeyFile: String, loops: Int = 1) {
        self.host = host
        self.port = port
        self.certificateChainFile = certificateChainFile
        self.privateKeyFile = privateKeyFile
        self.loops = loops
    }
}

/// How a proxy tells whom it speaks for, before TLS.
package enum ProxyProtocol: String, Sendable, CaseIterable {
    case off, v2
}

/// Sizes and counts; from `Limits`, changed by tests only.
package struct ListenerBounds: Sendable {
    package var headerBytesMax = Limits.headerBytesMax
    package var headerLineBytesMax = Limits.headerLineBytesMax
    package var headerCountMax = Limits.headerCountMax
    package var streamsPerConnectionMax = Limits.streamsPerConnectionMax
    package var connectionsMax = Limits.connectionsMax
    package var bodyBytesInFlightMax = Limits.bodyBytesInFlightMax
    /// Requests with a body, from the end of their headers to the answer; more are answered 503.
    package var requestsInFlightMax = Limits.requestsInFlightMax
    /// The same of one address; nil: as many as of all.
    package var requestsPerAddressMax: Int?
    package var bodyBytesPerAddressMax: Int?
    /// Body bytes that one connection may hold: four of the largest deliveries, so that one peer can't take the whole budget.
    package var bodyBytesPerConnectionMax = 4 * Limits.deliveryBytesMax
    /// Streams that one HTTP/2 peer may make us reset, and frames without content that it may send beyond ten per request,
    /// before GOAWAY.
    package var resetsMax = 200
    package var idleFramesMax = 1_000

    package init() {}
}

/// Deadlines, in ms; from `Limits`, changed by tests only.
package struct ListenerTimes: Sendable {
    package var handshakeMs = Limits.handshakeMs
    package var headersMs = Limits.headersMs
    package var bodyMs = Limits.bodyMs
    /// From the end of a request to its answer, then 503. Longer than any commit; only a fault of ours reaches it.
    package var answerMs: Int64 = 60_000
    package var idleMs = Limits.idleMs
    package var writeMs = Limits.writeMs
    /// After an answer that came before the end of the request: how long the rest is read and thrown away, so that the answer
    /// is not lost to a reset.
    package var lingerMs: Int64 = 2_000

    package init() {}

    /// How often deadlines are looked at: often enough for the shortest, seldom enough to cost nothing.
    var sweepMs: Int64 {
        let shortest = [handshakeMs, headersMs, bodyMs, answerMs, idleMs, writeMs, lingerMs].reduce(Int64.max, min)
        return max(10, min(250, shortest / 4))
    }
}
