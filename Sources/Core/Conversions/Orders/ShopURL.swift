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

    /// The page by which the visitor came, with what ads put into its query, such as `fbclid`, else the shop's home.
    ///
    /// Never a page of an order, a cart or an account, nor a key of one: who has such an address sees the order. People come by those too,
    /// from a mail.
    static func page(landing: String?, sites: [String?]) -> String? {
        let landing = landing?.trimmedBlanks ?? ""
        let own = site(of: landing)
        guard let site = own ?? sites.lazy.compactMap(\.self).first else { return nil }
        let rest = own.map { String(decoding: landing.utf8.dropFirst($0.utf8.count), as: UTF8.self) } ?? landing
        guard rest.utf8.first == UInt8(ascii: "/") || (own != nil && rest.utf8.first == UInt8(ascii: "?")) else {
            return site + "/"
        }
        let path = String(decoding: rest.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }, as: UTF8.self)
        return site + (path.isEmpty || !isOpen(path) ? "/" : path) + campaign(of: rest)
    }

    /// Whether everybody may know a page's path.
    private static func isOpen(_ path: String) -> Bool {
        !path.lowercased().utf8.split(separator: UInt8(ascii: "/"))
            .contains { closed.contains(String(decoding: $0, as: UTF8.self)) }
    }

    /// Parts of the paths under which Shopify and WooCommerce keep what is one customer's.
    private static let closed: Set<String> = [
        "account", "authenticate", "cart", "checkout", "checkouts", "my-account", "order-pay", "order-received", "orders",
        "recover",
        "view-order",
    ]

    /// The part of a query that tells of the ad, with its question mark; empty when there is none.
    private static func campaign(of url: String) -> String {
        let pairs = (QueryText.query(ofURL: url) ?? "").utf8.split(separator: UInt8(ascii: "&")).filter { pair in
            let name = String(decoding: pair.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self).lowercased()
            return name == "fbclid" || name.hasPrefix("utm_") || AttributionHints.idNames.contains(name)
        }
        return pairs.isEmpty ? "" : "?" + pairs.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
    }
}
