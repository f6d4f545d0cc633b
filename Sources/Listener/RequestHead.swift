/// A request as far as its headers go.
package struct RequestHead: Sendable {
    package enum Version: Sendable { case h1, h2 }

    package let method: String
    /// Without the query; begins with `/`. Not percent-decoded.
    package let path: String
    /// After the first `?`, not decoded; nil when there is none.
    package let query: String?
    /// In the order received, names in lower case; HTTP/2's `:authority` as `host`.
    package let headers: [(name: String, value: String)]
    /// The peer's address, without port; empty when the system doesn't tell.
    package let remoteAddress: String
    package let version: Version

    /// All values of a header, by its lower-case name.
    package func values(of name: String) -> [String] {
        headers.compactMap { $0.name == name ? $0.value : nil }
    }

    /// Splits a request target; nil when it is not a path.
    static func split(target: String) -> (path: String, query: String?)? {
        guard target.utf8.first == UInt8(ascii: "/"),
            target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "#") })
        else {
            return nil
        }
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return (target, nil) }
        return (String(target[..<mark]), String(target[target.utf8.index(after: mark)...]))
    }
}
