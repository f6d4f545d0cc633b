/// The URL of the page on which an event took place.
struct SourceURL {
    /// The `fbclid` of its query; case-sensitive, an appendix taken off. Nil when it has none that could be one.
    let clickID: String?

    /// Nil when it is no URL with http or https and a host.
    init?(_ text: String) {
        let head = String(decoding: text.utf8.prefix(8), as: UTF8.self).lowercased()
        let schemeBytes = head.hasPrefix("https://") ? 8 : head.hasPrefix("http://") ? 7 : 0
        guard schemeBytes > 0 else { return nil }
        let ends = [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")]
        let host = text.utf8.dropFirst(schemeBytes).prefix { !ends.contains($0) }
        guard let first = host.first, first.isAlphanumeric || first == UInt8(ascii: "[") || first >= 0x80 else { return nil }
        guard host.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        clickID = Self.clickID(of: text)
    }

    private static func clickID(of url: String) -> String? {
        guard let query = QueryText.query(ofURL: url), QueryText.mayName("fbclid", in: query) else { return nil }
        guard let value = QueryText.pairs(query).last(where: { $0.name == "fbclid" })?.value else { return nil }
        let id = Appendix.split(value).text
        return (1...Limits.clickIDBytesMax).contains(id.utf8.count) && id.utf8.allSatisfy(\.isBase64URL) ? id : nil
    }
}
