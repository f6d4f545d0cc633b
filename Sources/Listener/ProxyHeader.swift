package import Core

/// The PROXY protocol, version 2: what a proxy sends before the first byte of TLS, with the address of whom it speaks for.
///
/// Source: <https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>, section 2.2.
package enum ProxyHeader {
    package enum Verdict: Equatable, Sendable {
        /// All bytes so far are right, and there must be more.
        case more
        /// Something else than such a header, such as TLS itself.
        case missing
        /// Begins as a header and is none that we can use.
        case malformed
        /// The header is `length` bytes long. Nil: the proxy speaks for itself, as when it checks our health.
        case source(PeerAddress?, length: Int)
    }

    /// With more than this of extra fields a header is refused; proxies send some hundred bytes.
    package static let bytesMax = 4_096

    private static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]
    private static let headBytes = 16

    package static func read(_ bytes: some Collection<UInt8>) -> Verdict {
        let head = Array(bytes.prefix(headBytes))
        guard head.prefix(signature.count).elementsEqual(signature.prefix(head.count)) else { return .missing }
        // What can be judged early is judged early: a peer that sends no more is not waited for.
        guard head.count > 12 else { return .more }
        let isLocal: Bool
        switch head[12] {
        case 0x20: isLocal = true
        case 0x21: isLocal = false
        case _: return .malformed
        }
        guard head.count == headBytes else { return .more }
        let length = headBytes + Int(head[14]) << 8 + Int(head[15])
        guard length <= bytesMax else { return .malformed }
        let body = bytes.dropFirst(headBytes).prefix(length - headBytes)
        // Of LOCAL, and of PROXY without an address, everything is skipped; the fields behind the addresses (TLVs) always are.
        let addressBytes: Int
        switch (isLocal, head[13]) {
        case (true, _), (false, 0x00): addressBytes = 0
        case (false, 0x11): addressBytes = 4
        case (false, 0x21): addressBytes = 16
        case (false, _): return .malformed
        }
        // Two addresses and two ports.
        guard addressBytes == 0 || length - headBytes >= 2 * addressBytes + 4 else { return .malformed }
        guard body.count == length - headBytes else { return .more }
        return .source(addressBytes == 0 ? nil : PeerAddress(bytes: body.prefix(addressBytes)), length: length)
    }
}

/// Why a connection was closed before it said anything that we wanted to hear.
package enum ConnectionRefusal: String, Sendable, CaseIterable {
    /// `connectionsMax` are open.
    case tooMany = "too_many"
    /// PROXY headers are expected, and it is not a trusted proxy that connects.
    case proxyUntrusted = "proxy_untrusted"
    case proxyHeaderMissing = "proxy_header_missing"
    case proxyHeaderMalformed = "proxy_header_malformed"
}
