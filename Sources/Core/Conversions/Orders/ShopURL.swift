/// The page of an order, as far as the shop tells it.
enum ShopURL {
    /// Scheme and host of a URL; nil when it is no sound one with http or https.
    static func site(of url: String?) -> String? {
        guard let url, SourceURL(url) != nil, let start = url.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let ends = [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")]
        let hostStart = url.utf8.index(start, offsetBy: 3)
        let host = url.utf8[hostStart...].prefix { !ends.contains($0) }
        guard !host.contains(UInt8(ascii: "@")) else { return nil }
        return String(url[..<hostStart]) + String(decoding: host, as: UTF8.self)
    }

    /// Of a plain host name, as a header gives it.
    static func site(ofHost host: String?) -> String? {
        guard let host, host.utf8.contains(UInt8(ascii: ".")) else { return nil }
        let isName = host.utf8.allSatisfy { $0.isAlphanumeric || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
        return isName ? "https://\(host)" : nil
    }

    /// The page by which the visitor came, with its `fbclid`, else the shop's home.
    ///
    /// Never a page of the order itself: who has its address sees the order.
    static func page(landing: String?, sites: [String?]) -> String? {
        let landing = landing?.trimmedBlanks ?? ""
        if site(of: landing) != nil { return landing }
        guard let site = sites.lazy.compactMap(\.self).first else { return nil }
        return landing.hasPrefix("/") ? site + landing : site + "/"
    }
}
