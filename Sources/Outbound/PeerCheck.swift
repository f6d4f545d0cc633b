import NIOCore
import NIOSSL

/// The last look at a new connection, before anything is sent over it.
///
/// NIOSSL accepts a certificate for the dialled IP address in place of one for the name. Such certificates are given to whoever
/// holds an address, so with a forged DNS answer any of them would do; here the certificate must have the name.
struct PeerCheck: Sendable {
    /// Lower-case name, or an address, which NIOSSL itself has checked.
    let host: String
    let isSecure: Bool
    /// The only address that may be at the other end; nil: any.
    let address: String?

    func callAsFunction(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard address == nil || channel.remoteAddress?.ipAddress == address else { return Self.refuse(channel) }
        guard isSecure, IPAddress(host) == nil else { return channel.eventLoop.makeSucceededVoidFuture() }
        let host = host
        return channel.nioSSL_peerCertificate().flatMap { certificate in
            let names = certificate.map(Self.names) ?? []
            return Self.holds(names, host) ? channel.eventLoop.makeSucceededVoidFuture() : Self.refuse(channel)
        }
    }

    /// Whether one of a certificate's names is the host's; `*.` stands for one label (RFC 6125).
    static func holds(_ names: [String], _ host: String) -> Bool {
        let parent = host.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first
        return names.contains { name in
            let name = name.lowercased()
            guard name.hasPrefix("*.") else { return name == host }
            return parent.map { name.dropFirst(2) == $0 && $0.contains(".") } ?? false
        }
    }

    private static func names(_ certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames().filter { $0.nameType == .dnsName }.map {
            String(decoding: $0.contents, as: UTF8.self)
        }
    }

    private static func refuse(_ channel: any Channel) -> EventLoopFuture<Void> {
        channel.close(promise: nil)
        return channel.eventLoop.makeFailedFuture(PeerRefused())
    }
}

/// The other end is not who it should be.
struct PeerRefused: Error {}
