import Core
import Listener
import Testing

@Suite("X-Forwarded-For")
struct ForwardedTests {
    private static let trusted = ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"].compactMap { AddressBlock($0) }

    @Test(
        "the right-most address that is no trusted proxy's counts",
        arguments: [
            (["203.0.113.9"], "203.0.113.9"), (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (["203.0.113.9, 10.1.2.3"], "203.0.113.9"),
            (["9.9.9.9, 203.0.113.9 ,\t10.1.2.3,192.0.2.7"], "203.0.113.9"),
            (["1.1.1.1", "203.0.113.9", "10.0.0.1"], "203.0.113.9"),
            (["203.0.113.9:4711"], "203.0.113.9"), (["[2001:db9::1]:4711"], "2001:db9::1"), (["[2001:db9::1]"], "2001:db9::1"),
            (["2001:DB9::1"], "2001:db9::1"), (["::ffff:203.0.113.9"], "203.0.113.9"),
            (["203.0.113.9, ::ffff:10.0.0.1"], "203.0.113.9"),
            (["203.0.113.9, 2001:db8::5"], "203.0.113.9"),
        ])
    func client(values: [String], expected: String) throws {
        let proxy = try #require(PeerAddress("10.9.9.9"))
        #expect(Forwarded.client(values, proxy: proxy, trusted: Self.trusted).description == expected)
    }

    @Test(
        "what is no address ends the search: the proxy that wrote it counts",
        arguments: [
            ([], "10.9.9.9"), ([""], "10.9.9.9"), ([","], "10.9.9.9"), (["unknown"], "10.9.9.9"), (["203.0.113.9,"], "10.9.9.9"),
            (["203.0.113.9, _hidden"], "10.9.9.9"), (["203.0.113.9, junk, 10.0.0.1"], "10.0.0.1"),
            (["203.0.113.9", "", "10.0.0.1"], "10.0.0.1"),
            (["203.0.113.9:"], "10.9.9.9"), (["203.0.113.9:80:80"], "10.9.9.9"), (["203.0.113.9:http"], "10.9.9.9"),
            (["[203.0.113.9]"], "10.9.9.9"), (["[2001:db9::1"], "10.9.9.9"), (["[2001:db9::1]80"], "10.9.9.9"),
            (["\"203.0.113.9\""], "10.9.9.9"),
            (["for=203.0.113.9"], "10.9.9.9"), (["203.0.113.9 10.0.0.1"], "10.9.9.9"), (["203.0.113.999"], "10.9.9.9"),
            (["]["], "10.9.9.9"),
            (["[]"], "10.9.9.9"), (["[]:80"], "10.9.9.9"), ([":80"], "10.9.9.9"), (["fe80::1%eth0"], "10.9.9.9"),
        ])
    func garbage(values: [String], expected: String) throws {
        let proxy = try #require(PeerAddress("10.9.9.9"))
        #expect(Forwarded.client(values, proxy: proxy, trusted: Self.trusted).description == expected)
    }

    @Test("where all are trusted, the left-most counts")
    func allTrusted() throws {
        let proxy = try #require(PeerAddress("10.9.9.9"))
        #expect(Forwarded.client(["10.0.0.1, 10.0.0.2"], proxy: proxy, trusted: Self.trusted).description == "10.0.0.1")
    }

    @Test("the headers of a trusted proxy count", arguments: LimitTests.https)
    func trusted(_ http: String) async throws {
        let server = try await Server.start { $0.trustedProxies = ["127.0.0.0/8"].compactMap { AddressBlock($0) } }
        let lines = ["-H", "X-Forwarded-For: 1.1.1.1", "-H", "X-Forwarded-For: 203.0.113.9, 127.0.0.3"]
        #expect(try await server.curl([http] + lines, "/address").body == "203.0.113.9")
        #expect(try await server.curl([http, "-H", "X-Forwarded-For: junk"], "/address").body == "127.0.0.1")
        #expect(try await server.curl([http], "/address").body == "127.0.0.1")
        await server.stop()
    }

    @Test(
        "the headers of anybody else do not; control: nobody is trusted by default", arguments: LimitTests.https,
        [[], ["10.0.0.0/8", "::1"]])
    func untrusted(_ http: String, _ proxies: [String]) async throws {
        let server = try await Server.start { $0.trustedProxies = proxies.compactMap { AddressBlock($0) } }
        #expect(try await server.curl([http, "-H", "X-Forwarded-For: 203.0.113.9"], "/address").body == "127.0.0.1")
        await server.stop()
    }
}
