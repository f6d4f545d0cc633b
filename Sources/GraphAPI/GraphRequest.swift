import Core

/// One request as a value: what to ask for, without token and proof.
struct GraphRequest: Sendable, Equatable {
    /// What a code like 100/33 ("does not exist or is not visible") speaks of.
    enum Target: Sendable { case token, account, entity }

    let purpose: GraphPurpose
    let target: Target
    /// After the version: `act_1/insights`.
    let node: String
    var query: [Item] = []
    /// Not nil: a POST with this form.
    var form: [Item]?
    let account: String?

    struct Item: Sendable, Equatable {
        let name: String
        let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    var method: String { form == nil ? "GET" : "POST" }
    var isWrite: Bool { form != nil }

    func path(version: String) -> String { "/\(version)/\(node)" }

    /// Path and query for `insight_reads`: what was asked, without proof.
    func text(version: String) -> String { path(version: version) + (query.isEmpty ? "" : "?" + Self.encoded(query)) }

    static func encoded(_ items: [Item]) -> String {
        items.map { "\(escaped($0.name))=\(escaped($0.value))" }.joined(separator: "&")
    }

    private static let hex = Array("0123456789ABCDEF".utf8)

    /// RFC 3986: all but unreserved bytes as %XX.
    private static func escaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        case _: false
        }
    }
}
