import Core

/// One request as a value: what to ask for, without token and proof.
struct GraphRequest: Sendable, Equatable {
    /// What a code like 100/33 ("does not exist or is not visible") speaks of.
    enum Target: Sendable { case token, account, entity, lead, form, page, comment, dataset }

    /// What an answer must have to be taken for one.
    enum Shape: Sendable {
        /// An `id`.
        case object
        /// An array `data`.
        case list
        /// `success`, and true.
        case success
        /// A `message_id`.
        case message
        /// The three keys of a dataset's answer.
        case receipt
    }

    let purpose: GraphPurpose
    let target: Target
    let shape: Shape
    /// After the version: `act_1/insights`.
    let node: String
    var query: [Item] = []
    /// Not nil: a POST with this form.
    var form: [Item]?
    /// Not nil: a POST with this JSON object.
    var json: [UInt8]?
    let account: String?

    struct Item: Sendable, Equatable {
        let name: String
        let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    var method: String { isWrite ? "POST" : "GET" }
    var isWrite: Bool { form != nil || json != nil }

    func path(version: String) -> String { "/\(version)/\(node)" }

    /// Path and query for `insight_reads`: what was asked, without proof.
    func text(version: String) -> String { path(version: version) + (query.isEmpty ? "" : "?" + Self.encoded(query)) }

    static func encoded(_ items: [Item]) -> String {
        items.map { "\(escaped($0.name))=\(escaped($0.value))" }.joined(separator: "&")
    }

    /// A JSON object with the proof as its first member: as the query would, a URL shows up in logs of what lies between.
    static func proven(_ json: [UInt8], proof: String) -> [UInt8] {
        guard let start = json.firstIndex(of: UInt8(ascii: "{")) else { return json }
        let rest = json[(start + 1)...].drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
        let comma = rest.first == UInt8(ascii: "}") ? "" : ","
        return Array("{\"appsecret_proof\":\"\(proof)\"\(comma)".utf8) + rest
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
