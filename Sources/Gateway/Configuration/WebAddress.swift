/// The parts of an `http` or `https` URL that a configuration is checked by.
struct WebAddress: Equatable {
    let isTLS: Bool
    /// Lower case, without brackets.
    let host: String
    /// From the first slash on; empty when there is none.
    let path: String

    /// Nil unless it is scheme, host, optional port and optional path; user names, queries, fragments and spaces are refused.
    init?(text: String) {
        guard let colon = text.firstRange(of: "://") else { return nil }
        switch text[..<colon.lowerBound].lowercased() {
        case "https": isTLS = true
        case "http": isTLS = false
        default: return nil
        }
        let rest = text[colon.upperBound...]
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), !rest.contains(where: { "@?#\\".contains($0) }) else {
            return nil
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = String(rest[..<slash])
        let hasPort = authority.last.map { $0 != "]" } == true && authority.contains(":")
        guard let address = SocketAddress(text: hasPort ? authority : authority + ":1"), address.port > 0 else { return nil }
        host = address.host.lowercased()
        path = String(rest[slash...])
    }

    var isLoopback: Bool { SocketAddress.isLoopback(host: host) }
}
