import Core
import Foundation
import Listener
import Testing

@Suite("The PROXY protocol, version 2", .serialized)
struct ProxyHeaderTests {
    /// 203.0.113.9:4711 to 192.0.2.1:443.
    private static let four: [UInt8] = [203, 0, 113, 9, 192, 0, 2, 1, 0x12, 0x67, 0x01, 0xbb]
    /// [2001:db9::9]:4711 to [2001:db8::1]:443.
    private static let six: [UInt8] =
        [0x20, 0x01, 0x0d, 0xb9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9] + [
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        ]
        + [0x12, 0x67, 0x01, 0xbb]
    /// A checksum and a name that the proxy was asked for.
    private static let extra: [UInt8] = [0x03, 0, 4, 1, 2, 3, 4] + [0x02, 0, 3, 0x61, 0x2e, 0x62]
    private static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

    private static func header(_ command: UInt8, _ family: UInt8, _ body: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? body.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 255)] + body
    }

    /// Header, and the address that the connection then has.
    private static let good: [([UInt8], String)] = [
        (header(0x21, 0x11, four), "203.0.113.9"), (header(0x21, 0x11, four + extra), "203.0.113.9"),
        (header(0x21, 0x21, six), "2001:db9::9"), (header(0x21, 0x21, six + extra), "2001:db9::9"),
        (header(0x20, 0x00, []), "127.0.0.1"), (header(0x20, 0x11, four), "127.0.0.1"), (header(0x20, 0x77, extra), "127.0.0.1"),
        (header(0x21, 0x00, []), "127.0.0.1"), (header(0x21, 0x00, extra), "127.0.0.1"),
        (header(0x21, 0x11, four + [UInt8](repeating: 0, count: 4_000)), "203.0.113.9"),
    ]

    private static let malformed: [[UInt8]] = [
        header(0x22, 0x11, four), header(0x2f, 0x11, four), header(0x11, 0x11, four), header(0x01, 0x11, four),
        header(0x21, 0x12, four), header(0x21, 0x22, six), header(0x21, 0x31, [UInt8](repeating: 0x2f, count: 216)),
        header(0x21, 0xff, four),
        header(0x21, 0x11, Array(four.dropLast())), header(0x21, 0x11, []), header(0x21, 0x21, Array(six.dropLast())),
        header(0x21, 0x21, four), header(0x21, 0x11, four, length: 65_535),
    ]

    private static let missing: [[UInt8]] = [
        Array("PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n".utf8), Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8),
        [0x16, 0x03, 0x01, 0x02, 0x00],
        [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0d], [0],
    ]

    @Test("a header is read with the address it names, and nothing behind it")
    func reads() {
        for (bytes, address) in Self.good {
            let source = address == "127.0.0.1" ? nil : PeerAddress(address)
            #expect(ProxyHeader.read(bytes) == .source(source, length: bytes.count))
            #expect(ProxyHeader.read(bytes + [0x16, 3, 1]) == .source(source, length: bytes.count))
            for count in 0..<min(bytes.count, 100) { #expect(ProxyHeader.read(bytes.prefix(count)) == .more, "\(count)") }
        }
    }

    @Test("what is none is told at the first byte that says so; whatever comes, it ends")
    func refuses() {
        for bytes in Self.malformed { #expect(ProxyHeader.read(bytes) == .malformed, "\(bytes)") }
        for bytes in Self.missing { #expect(ProxyHeader.read(bytes) == .missing, "\(bytes)") }
        var draw = SystemRandomNumberGenerator()
        for (bytes, _) in Self.good {
            for _ in 0..<200 {
                var altered = bytes
                altered[Int.random(in: 0..<min(32, bytes.count), using: &draw)] = UInt8.random(in: 0...255, using: &draw)
                if case .source(_, let length) = ProxyHeader.read(altered) { #expect(length <= altered.count) }
            }
        }
    }

    @Test(
        "the address of the header is the sender's, however its bytes arrive", arguments: ProxyHeaderTests.good.indices,
        [false, true])
    func address(_ place: Int, _ isSlow: Bool) async throws {
        let (header, address) = Self.good[place]
        guard !isSlow || header.count < 100 else { return }
        let server = try await Self.server()
        let answer = try await Self.ask(server, header, isSlow: isSlow)
        #expect(answer.contains("200") && answer.hasSuffix("\r\n\r\n\(address)"), "\(answer)")
        #expect(server.turnedAway.isEmpty)
        await server.stop()
    }

    @Test("a proxy behind the proxy speaks for others only when it is trusted too")
    func both() async throws {
        let forwarded = "X-Forwarded-For: 198.51.100.1"
        for (trusted, expected) in [(["127.0.0.1"], "203.0.113.9"), (["127.0.0.1", "203.0.113.0/24"], "198.51.100.1")] {
            let server = try await Self.server(trusted: trusted)
            let answer = try await Self.ask(server, Self.header(0x21, 0x11, Self.four), more: forwarded)
            #expect(answer.hasSuffix("\r\n\r\n\(expected)"), "\(answer)")
            await server.stop()
        }
    }

    @Test("a connection without a header or with a malformed one is closed unanswered, and counted")
    func closed() async throws {
        let server = try await Self.server()
        for (number, bytes) in (Self.malformed + Self.missing).enumerated() {
            #expect(try await Self.ask(server, bytes) == "closed", "\(number)")
        }
        #expect(try await server.curl([]).status == 0)
        let counts = server.turnedAway
        #expect(counts.count { $0 == .proxyHeaderMalformed } == Self.malformed.count)
        #expect(counts.count { $0 == .proxyHeaderMissing } == Self.missing.count + 1)
        #expect(server.application.opened == 0)
        let answer = try await Self.ask(server, Self.header(0x21, 0x11, Self.four))
        #expect(answer.contains("200"))
        await server.stop()
    }

    @Test("whoever is no trusted proxy is closed before a byte is read")
    func untrusted() async throws {
        let server = try await Self.server(trusted: ["192.0.2.0/24"])
        #expect(try await Self.ask(server, Self.header(0x21, 0x11, Self.four)) == "closed")
        #expect(server.turnedAway == [.proxyUntrusted])
        await server.stop()
    }

    @Test("half a header is cut like a handshake that does not go on")
    func half() async throws {
        let server = try await Self.server(handshakeMs: 100)
        #expect(try await Self.ask(server, Array(Self.signature.prefix(7)), isHalf: true) == "closed")
        await server.stop()
    }

    @Test("control: where no header is expected, one is no TLS")
    func off() async throws {
        let server = try await Server.start { $0.trustedProxies = ["127.0.0.1"].compactMap { AddressBlock($0) } }
        #expect(try await Self.ask(server, Self.header(0x21, 0x11, Self.four)) == "closed")
        #expect(server.turnedAway.isEmpty)
        await server.stop()
    }

    private static func server(trusted: [String] = ["127.0.0.1"], handshakeMs: Int64 = 10_000) async throws -> Server {
        try await Server.start {
            $0.trustedProxies = trusted.compactMap { AddressBlock($0) }
            $0.proxyProtocol = .v2
            $0.times.handshakeMs = handshakeMs
        }
    }

    /// The answer to one request behind `header`, or `closed`.
    private static func ask(
        _ server: Server, _ header: [UInt8], more: String = "X-Nothing: 1", isSlow: Bool = false, isHalf: Bool = false
    ) async throws -> String {
        let hex = header.map { String(format: "%02x", $0) }.joined()
        let mode = isHalf ? "half" : isSlow ? "slow" : "once"
        return try await Tool.run(["python3", "-B", "-c", client, "\(server.port)", mode, more], input: Array(hex.utf8)).text
    }

    private static let client = """
        import socket, ssl, sys
        port, mode, more = int(sys.argv[1]), sys.argv[2], sys.argv[3]
        header = bytes.fromhex(sys.stdin.read())
        raw = socket.create_connection(("127.0.0.1", port), timeout=20)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            for piece in [header[i:i + 1] for i in range(len(header))] if mode == "slow" else [header]:
                raw.sendall(piece)
            if mode == "half":
                sys.stdout.write("closed" if raw.recv(1) == b"" else "open")
                sys.exit()
            context = ssl.create_default_context()
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            with context.wrap_socket(raw) as tls:
                tls.sendall(f"GET /address HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n{more}\\r\\n\\r\\n".encode())
                answer = b""
                while piece := tls.recv(65536):
                    answer += piece
                sys.stdout.write(answer.decode())
        except (ssl.SSLError, ConnectionError):
            sys.stdout.write("closed")
        """
}
