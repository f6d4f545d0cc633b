/// A destination's URL, taken apart strictly and put together again, so that what is checked and what is dialled can't differ.
struct Target: Sendable, Hashable {
    let isSecure: Bool
    /// Lower-case name, or an address without brackets.
    let host: String
    let port: Int
    /// Path and query, at least `/`.
    let path: String

    init(_ url: String) throws(DestinationFault) {
        guard url.utf8.allSatisfy({ (33...126).contains($0) }) else {
            throw DestinationFault("The URL has a space or a character that must be percent-encoded.")
        }
        let isSecure = url.lowercased().hasPrefix("https://")
        guard isSecure || url.lowercased().hasPrefix("http://") else {
            throw DestinationFault("The URL must begin with https://.")
        }
        let rest = url.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { !"/?#".contains($0) }
        let path = rest.dropFirst(authority.count)
        guard !authority.contains("@") else {
            throw DestinationFault("The URL holds a user name or password; put it into headers.")
        }
        guard !path.contains("#"), !authority.contains("\\"), !path.contains("\\") else {
            throw DestinationFault("The URL has a fragment or a backslash.")
        }
        (self.host, self.port) = try Self.split(authority.lowercased(), defaultPort: isSecure ? 443 : 80)
        self.isSecure = isSecure
        self.path = path.hasPrefix("/") ? String(path) : "/" + path
        guard isSecure || isLoopback else { throw DestinationFault("Plain http is for loopback addresses only; use https.") }
    }

    /// The URL names a loopback address, or `localhost`.
    var isLoopback: Bool { host == "localhost" || IPAddress(host).map { AddressClass($0) == .loopback } ?? false }

    var url: String { "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)" }

    private static func split(_ authority: String, defaultPort: Int) throws(DestinationFault) -> (host: String, port: Int) {
        if authority.hasPrefix("[") {
            let host = authority.dropFirst().prefix { $0 != "]" }
            let after = authority.dropFirst(host.count + 2)
            guard let address = IPAddress(String(host)), address.bytes.count == 16,
                authority.dropFirst(host.count + 1).hasPrefix("]")
            else {
                throw DestinationFault("The URL's host is no valid IPv6 address.")
            }
            return (String(host), try port(after, defaultPort))
        }
        let host = authority.prefix { $0 != ":" }
        guard isName(host) else { throw DestinationFault("The URL's host is no valid name or address.") }
        return (String(host), try port(authority.dropFirst(host.count), defaultPort))
    }

    private static func port(_ text: Substring, _ defaultPort: Int) throws(DestinationFault) -> Int {
        if text.isEmpty { return defaultPort }
        guard text.hasPrefix(":"), text.count <= 6, text.dropFirst().utf8.allSatisfy({ (48...57).contains($0) }),
            let port = Int(text.dropFirst()), (1...65_535).contains(port)
        else { throw DestinationFault("The URL's port is not between 1 and 65535.") }
        return port
    }

    private static func isName(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && parts.allSatisfy { part in
                (1...63).contains(part.utf8.count)
                    && part.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 || $0 == 95 }
            }
    }
}
