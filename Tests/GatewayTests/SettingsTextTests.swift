import Testing

@testable import Gateway

@Suite("Small texts of a configuration")
struct SettingsTextTests {
    @Test(
        "an address to listen on",
        arguments: [
            ("127.0.0.1:8443", "127.0.0.1", 8443, true), ("localhost:0", "localhost", 0, true), ("[::1]:9443", "::1", 9443, true),
            ("0.0.0.0:443", "0.0.0.0", 443, false), ("127.0.0.1.example:1", "127.0.0.1.example", 1, false),
            ("127.1.2.3:1", "127.1.2.3", 1, true),
        ])
    func address(text: String, host: String, port: Int, loopback: Bool) {
        let address = SocketAddress(text: text)
        #expect(address == SocketAddress(host: host, port: port))
        #expect(address?.isLoopback == loopback)
        #expect(address?.description == text)
    }

    @Test(
        "no address",
        arguments: [
            "", "8443", ":8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:80", "[127.0.0.1]:80", "a b:80", "a:+80",
        ])
    func noAddress(text: String) { #expect(SocketAddress(text: text) == nil) }

    @Test(
        "a URL",
        arguments: [
            ("https://crm.example/hooks", true, "crm.example", "/hooks"), ("http://127.0.0.1:8080", false, "127.0.0.1", ""),
            ("HTTPS://Shop.Example:443/", true, "shop.example", "/"), ("http://[::1]:8080/a", false, "::1", "/a"),
            ("http://[::1]/", false, "::1", "/"),
        ])
    func url(text: String, tls: Bool, host: String, path: String) {
        let address = WebAddress(text: text)
        #expect(address?.isTLS == tls)
        #expect(address?.host == host)
        #expect(address?.path == path)
    }

    @Test(
        "no URL",
        arguments: [
            "crm.example/hooks", "ftp://crm.example", "https://", "https:///x", "https://user@crm.example/",
            "https://crm.example/?a=1",
            "https://crm.example/#a", "https://crm.example:0/", "https://crm.example:99999/", "https://crm example/",
            "https://crm.exämple/",
        ])
    func noURL(text: String) { #expect(WebAddress(text: text) == nil) }

    @Test(
        "plain http is loopback only for what is loopback by its text",
        arguments: ["127.0.0.1.evil.example", "localhost.example", "0.0.0.0", "128.0.0.1", "::2"])
    func notLoopback(host: String) { #expect(!SocketAddress.isLoopback(host: host)) }

    @Test(
        "near misses",
        arguments: [
            ("acounts", "accounts"), ("recieved", "received"), ("Writes", "writes"), ("tocuh", "touch"), ("zzz", nil), ("x", nil),
        ] as [(String, String?)])
    func nearMiss(word: String, meant: String?) {
        #expect(NearMiss.of(word, among: ["accounts", "received", "writes", "touch", "as"]) == meant)
    }

    @Test(
        "a pattern of file names",
        arguments: [
            ("a.yaml", "*.yaml", true), ("a.yml", "*.yaml", false), ("rule-1.yaml", "rule-*.yaml", true),
            ("abcabc", "a*b*c", true),
            ("ab", "a*b*b", false), ("a", "a*a", false), ("exact", "exact", true),
        ])
    func pattern(name: String, pattern: String, matches: Bool) { #expect(SectionReader.matches(name, pattern) == matches) }
}
