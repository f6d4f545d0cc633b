import Core
import Signing
import TestSupport
import Testing

@testable import Outbound

@Suite("Sending to a destination")
struct SendTests {
    private static let nowMs: Int64 = 1_790_000_000_123
    private static let event = OutboundRequest(
        id: "msg_1", payload: .event(json: ["kind": "page.leadgen", "n": 1], text: "a \"lead\" & more"))

    private func send(
        _ request: OutboundRequest = event, to destination: Destination, resolve: @escaping Resolve = { _ in [] }
    ) async -> OutboundResult {
        let client = OutboundClient(resolve: resolve)
        let result = await client.send(request, to: destination, nowMs: Self.nowMs)
        await client.shutdown()
        return result
    }

    private static func addresses(_ texts: String...) -> [IPAddress] { texts.compactMap { IPAddress($0) } }

    @Test("a JSON message is signed as Standard Webhooks says, and the same id goes with every attempt")
    func json() async throws {
        let receiver = try await Receiver(Receiver.http(204))
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
        let destination = try Destination(
            name: "crm", url: "http://127.0.0.1:\(receiver.port)/hooks?a=1", secret: secret, headers: [("Authorization", "Key 1")]
        )
        let result = await send(to: destination)
        #expect(result.status == 204 && result.disposition(nowMs: 0) == nil && result.address == "127.0.0.1")
        let request = try #require(receiver.requests.first)
        let body = #"{"kind":"page.leadgen","n":1}"#
        let signature = StandardWebhooks.signature(
            id: "msg_1", timestampSeconds: 1_790_000_000, body: Array(body.utf8), secret: secret)
        #expect(request.hasPrefix("POST /hooks?a=1 HTTP/1.1\r\n") && request.hasSuffix("\r\n\r\n" + body))
        for line in [
            "webhook-id: msg_1", "webhook-timestamp: 1790000000", "webhook-signature: \(signature)",
            "Content-Type: application/json",
            "Authorization: Key 1", "host: 127.0.0.1:\(receiver.port)",
        ] {
            #expect(request.contains("\r\n\(line)\r\n"))
        }
        try await receiver.stop()
    }

    @Test("a chat gets the text and nothing of the event")
    func slack() async throws {
        let receiver = try await Receiver(Receiver.http(200, "ok"))
        let destination = try Destination(name: "team", url: "http://127.0.0.1:\(receiver.port)/", form: .slack)
        #expect(await send(to: destination).answer == Array("ok".utf8))
        let request = try #require(receiver.requests.first)
        #expect(request.hasSuffix("\r\n\r\n" + #"{"text":"a \"lead\" & more"}"#))
        #expect(!request.contains("webhook-"))
        try await receiver.stop()
    }

    @Test(
        "a webhook is handed on byte for byte, so that its receiver verifies it as if Meta had called",
        arguments: Fixture.all(in: "deliveries").prefix(5))
    func received(path: String) async throws {
        let fixture = try Fixture(path)
        let receiver = try await Receiver(Receiver.http(200))
        let captured = CapturedRequest(
            method: fixture.method, target: fixture.target, headers: fixture.headers, body: fixture.body)
        let destination = try Destination(name: "old-app", url: "http://127.0.0.1:\(receiver.port)/webhook", form: .received)
        let result = await send(OutboundRequest(id: "x", payload: .received(captured)), to: destination)
        #expect(result.status == 200)
        let bytes = try #require(receiver.record.requests.first)
        let end = try #require(bytes.firstRange(of: Array("\r\n\r\n".utf8)))
        #expect(Array(bytes[end.upperBound...]) == fixture.body)
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        #expect(head.hasPrefix("POST /webhook HTTP/1.1"))
        for name in ["Content-Type", "X-Hub-Signature-256", "User-Agent"] {
            for value in fixture.values(of: name) { #expect(head.contains("\r\n\(name): \(value)")) }
        }
        #expect(!head.contains("touchstone"))
        try await receiver.stop()
    }

    @Test("a message that a destination can't take is not sent", arguments: [DestinationForm.slack, .received])
    func mismatch(form: DestinationForm) async throws {
        let receiver = try await Receiver(Receiver.http(200))
        let destination = try Destination(name: "x", url: "http://127.0.0.1:\(receiver.port)/", form: form)
        let captured = CapturedRequest(method: "POST", target: "/", headers: [], body: [])
        let request = form == .slack ? OutboundRequest(id: "x", payload: .received(captured)) : Self.event
        #expect(await send(request, to: destination).fault == .formMismatch)
        #expect(receiver.requests.isEmpty)
        try await receiver.stop()
    }

    @Test(
        "a name that leads to an address of one's own is not dialled",
        arguments: [
            "127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "0.0.0.0",
            "fe80::1",
            "100.64.0.1",
        ])
    func privateAddress(address: String) async throws {
        let receiver = try await Receiver(Receiver.http(200), certificates: Certificates.folder)
        let destination = try Destination(
            name: "crm", url: "https://crm.example:\(receiver.port)/", rootsFile: Certificates.roots)
        let found = Self.addresses(address)
        let result = await send(to: destination, resolve: { _ in found })
        #expect(result.fault == .addressRefused && result.address == nil)
        #expect(receiver.record.hellos.isEmpty)
        try await receiver.stop()
    }

    @Test("plain http never leaves the machine, whatever its name resolves to")
    func plain() async throws {
        let destination = try Destination(name: "crm", url: "http://localhost:9/", allowPrivate: true)
        let found = Self.addresses("10.0.0.1", "93.184.216.34")
        #expect(await send(to: destination, resolve: { _ in found }).fault == .addressRefused)
    }

    @Test("the checked address is dialled, with the name in Host, SNI and the check of the certificate")
    func dialsChecked() async throws {
        let folder: String = try #require(Certificates.folder)
        let receiver = try await Receiver(Receiver.http(200), certificates: folder)
        let found = Self.addresses("127.0.0.1")
        let good = try Destination(name: "crm", url: "https://localhost:\(receiver.port)/x", rootsFile: Certificates.roots)
        let result = await send(to: good, resolve: { host in host == "localhost" ? found : [] })
        #expect(result.status == 200 && result.address == "127.0.0.1")
        #expect(receiver.record.hellos.first?.firstRange(of: Array("localhost".utf8)) != nil)
        #expect(receiver.requests.first?.contains("\r\nhost: localhost:\(receiver.port)\r\n") == true)

        // The same server under a name that its certificate does not have (the address it has); `.example` resolves nowhere, so
        // it was the checked address that was dialled.
        let other = try Destination(
            name: "crm", url: "https://crm.example:\(receiver.port)/", allowPrivate: true, rootsFile: Certificates.roots)
        #expect(await send(to: other, resolve: { _ in found }).fault == .tls)
        #expect(receiver.record.hellos.last?.firstRange(of: Array("crm.example".utf8)) != nil)
        #expect(receiver.requests.count == 1)

        let untrusted = try Destination(name: "crm", url: "https://localhost:\(receiver.port)/")
        #expect(await send(to: untrusted, resolve: { _ in found }).fault == .tls)
        try await receiver.stop()
    }

    @Test("a name is resolved once per message, and a later answer of the resolver is not dialled")
    func resolvedOnce() async throws {
        let receiver = try await Receiver(Receiver.http(200))
        let destination = try Destination(name: "crm", url: "http://localhost:\(receiver.port)/")
        let rebinding = Rebinding()
        let client = OutboundClient(resolve: { _ in rebinding.next() })
        #expect(await client.send(Self.event, to: destination, nowMs: 0).status == 200)
        #expect(rebinding.count == 1)
        #expect(await client.send(Self.event, to: destination, nowMs: 0).fault == .addressRefused)
        await client.shutdown()
        #expect(await client.send(Self.event, to: destination, nowMs: 0).fault == .addressRefused)
        try await receiver.stop()
    }

    @Test("an address that can't be reached gives way to the next allowed one")
    func nextAddress() async throws {
        let receiver = try await Receiver(Receiver.http(200))
        let found = Self.addresses("10.1.2.3", "127.3.2.1", "127.0.0.1")
        let destination = try Destination(name: "crm", url: "http://localhost:\(receiver.port)/")
        let result = await send(to: destination, resolve: { _ in found })
        #expect(result.status == 200 && result.address == "127.0.0.1")
        try await receiver.stop()
    }

    @Test("a redirect is not followed")
    func redirect() async throws {
        let trap = try await Receiver(Receiver.http(200))
        let receiver = try await Receiver(Receiver.http(307, headers: ["Location: http://127.0.0.1:\(trap.port)/"]))
        let result = await send(to: try Destination(name: "crm", url: "http://127.0.0.1:\(receiver.port)/"))
        #expect(result.status == 307)
        #expect(trap.requests.isEmpty)
        try await receiver.stop()
        try await trap.stop()
    }

    @Test("of a long answer the first KiB is kept, and Retry-After is read")
    func longAnswer() async throws {
        let body = String(repeating: "x", count: 3 * 1024 * 1024)
        let receiver = try await Receiver(Receiver.http(429, body, headers: ["Retry-After: 7"]), after: .stayOpen)
        let result = await send(to: try Destination(name: "crm", url: "http://127.0.0.1:\(receiver.port)/"))
        #expect(result.status == 429 && result.answer.count == 1_024)
        #expect(result.disposition(nowMs: 0).map { "\($0)".contains("untilMs: 7000") } == true)
        try await receiver.stop()
    }

    private static let odd: [(String, Receiver.After, OutboundFault?, Int?)] = [
        ("", .stayOpen, .timedOut, nil), ("", .close, .broken, nil), ("SMTP ready\r\n\r\n", .close, .broken, nil),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", .close, nil, 200),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", .stayOpen, nil, 200),
        ("HTTP/1.1 503 X\r\n", .stayOpen, .timedOut, nil),
    ]

    @Test("silence, closed lines and half answers: the head of an answer decides", arguments: odd)
    func oddAnswer(answer: String, after: Receiver.After, fault: OutboundFault?, status: Int?) async throws {
        let receiver = try await Receiver(answer, after: after)
        let destination = try Destination(
            name: "crm", url: "http://127.0.0.1:\(receiver.port)/", timeoutMs: after == .stayOpen ? 1_000 : 10_000)
        let result = await send(to: destination)
        #expect(result.fault == fault && result.status == status)
        try await receiver.stop()
    }

    @Test("a closed port, an unknown name and a resolver that hangs are told apart")
    func unreachable() async throws {
        let receiver = try await Receiver("")
        let port = receiver.port
        try await receiver.stop()
        #expect(await send(to: try Destination(name: "x", url: "http://127.0.0.1:\(port)/")).fault == .connectFailed)
        #expect(await send(to: try Destination(name: "x", url: "https://crm.example/")).fault == .nameUnknown)
        let (never, end) = AsyncStream<Void>.makeStream()
        let hanging = try Destination(name: "x", url: "https://crm.example/", timeoutMs: 50)
        let result = await send(
            to: hanging,
            resolve: { _ in
                for await _ in never { break }
                return []
            })
        #expect(result.fault == .timedOut)
        end.finish()
    }

    @Test("over its rate a destination is left alone")
    func paced() async throws {
        let receiver = try await Receiver(Receiver.http(200))
        let destination = try Destination(name: "crm", url: "http://127.0.0.1:\(receiver.port)/", perSecond: 1)
        let client = OutboundClient()
        let faults = await withTaskGroup(of: OutboundFault?.self) { group in
            for _ in 0..<4 { group.addTask { await client.send(Self.event, to: destination, nowMs: 0).fault } }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let paced = faults.compactMap { $0 }.count
        #expect(paced >= 1 && receiver.requests.count == 4 - paced)
        await client.shutdown()
        try await receiver.stop()
    }

    @Test("the machine's resolver knows localhost, and the old forms of its address")
    func systemResolver() async {
        for host in ["localhost", "127.1", "0x7f000001"] {
            let classes = await systemResolve(host).map(AddressClass.init)
            #expect(!classes.isEmpty && classes.allSatisfy { $0 == .loopback })
        }
        #expect(await systemResolve("no-such-host.invalid").isEmpty)
    }
}
