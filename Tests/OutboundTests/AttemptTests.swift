import Core
import Testing

@testable import Outbound

/// A lead on its way to a CRM: what is kept of each attempt, and what it means for the lead.
@Suite("What every attempt leaves")
struct AttemptTests {
    private static let nowMs: Int64 = 1_790_000_000_123
    private static let document: JSON = [
        "type": "lead", "lead": ["id": "120250784238480294", "fields": ["full_name": "Zoë 李 🌍", "email": "zoe@example.com"]],
    ]
    private static let lead = OutboundRequest(id: "lead_7", payload: .event(json: document, text: "New lead: Zoë 李 🌍"))

    private func send(to destination: Destination, resolve: @escaping Resolve = { _ in [] }) async -> OutboundResult {
        let client = OutboundClient(resolve: resolve)
        let result = await client.send(Self.lead, to: destination, nowMs: Self.nowMs)
        await client.shutdown()
        return result
    }

    private static let answers: [(Int, String, [String], String)] = [
        (200, #"{"ok":true}"#, [], "done"), (201, "", [], "done"),
        (200, #"{"error":{"code":"duplicate","message":"no such list"}}"#, [], "done"),
        (301, "Moved", ["Location: https://127.0.0.1:1/"], "destination_redirected"),
        (302, "Found", ["Location: https://127.0.0.1:1/"], "destination_redirected"),
        (307, "", ["Location: https://127.0.0.1:1/"], "destination_redirected"),
        (308, "", ["Location: https://127.0.0.1:1/"], "destination_redirected"),
        (400, #"{"message":"email is required"}"#, [], "destination_refused_400"),
        (401, "who?", [], "destination_refused_401"), (403, "", [], "destination_refused_403"),
        (404, "<html>none</html>", [], "destination_refused_404"), (409, "have it", [], "destination_refused_409"),
        (410, "bye", [], "destination_disabled"), (422, "no phone", [], "destination_refused_422"),
        (429, "slow", ["Retry-After: 3"], "destination_asked_to_wait"), (500, "oops", [], "destination_failed_500"),
        (502, "", [], "destination_failed_502"), (503, "back soon", ["Retry-After: 120"], "destination_asked_to_wait"),
        (503, "back soon", [], "destination_failed_503"),
    ]

    @Test("over TLS, an answer is kept with its status, its first bytes and its code", arguments: answers)
    func answer(status: Int, body: String, headers: [String], outcome: String) async throws {
        let receiver = try await Receiver(Receiver.http(status, body, headers: headers), certificates: Certificates.folder)
        let destination = try Destination(
            name: "crm", url: "https://localhost:\(receiver.port)/leads", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            rootsFile: Certificates.roots)
        let found = [try #require(IPAddress("127.0.0.1"))]
        let result = await send(to: destination, resolve: { _ in found })
        #expect(result.status == status && result.answer == Array(body.utf8) && result.fault == nil)
        #expect(result.outcome == outcome && result.destination == "crm" && result.address == "127.0.0.1")
        #expect((result.disposition(nowMs: 0) == nil) == (outcome == "done"))
        let request = try #require(receiver.requests.first)
        #expect(receiver.requests.count == 1)
        #expect(request.hasSuffix("\r\n\r\n" + Self.document.encoded()) && request.contains("Zoë 李 🌍"))
        #expect(request.contains("\r\nwebhook-id: lead_7\r\n") && request.contains("\r\nwebhook-signature: v1,"))
        try await receiver.stop()
    }

    @Test("a wait that the destination names is kept to, in seconds and as a date")
    func waits() async throws {
        let date = "Mon, 21 Sep 2026 14:14:20 GMT"  // a minute and some after the attempt
        for (header, untilMs) in [("Retry-After: 120", Self.nowMs + 120_000), ("Retry-After: \(date)", 1_790_000_060_000)] {
            let receiver = try await Receiver(Receiver.http(503, headers: [header]))
            let result = await send(to: try Destination(name: "crm", url: "http://127.0.0.1:\(receiver.port)/"))
            guard case .snooze(let until, _)? = result.disposition(nowMs: Self.nowMs) else {
                Issue.record("\(header) is no wait")
                return
            }
            #expect(until == untilMs)
            try await receiver.stop()
        }
    }

    @Test("a silent destination leaves an attempt with its duration and no status")
    func silent() async throws {
        let receiver = try await Receiver("", after: .stayOpen)
        let destination = try Destination(name: "crm", url: "http://127.0.0.1:\(receiver.port)/", timeoutMs: 300)
        let result = await send(to: destination)
        #expect(result.status == nil && result.answer.isEmpty && result.outcome == "destination_timed_out")
        #expect(result.durationMs >= 300 && result.address == "127.0.0.1")
        try await receiver.stop()
    }

    @Test("a private address is refused before anything is sent, and the attempt says so")
    func privateAddress() async throws {
        let receiver = try await Receiver(Receiver.http(200))
        let destination = try Destination(name: "crm", url: "https://crm.example:\(receiver.port)/")
        let found = [try #require(IPAddress("127.0.0.1"))]
        let result = await send(to: destination, resolve: { _ in found })
        #expect(result.outcome == "destination_address_refused" && result.status == nil && result.address == nil)
        #expect(receiver.requests.isEmpty)
        try await receiver.stop()
    }

    @Test("half an answer keeps what came of it")
    func half() async throws {
        let receiver = try await Receiver("HTTP/1.1 422 X\r\nContent-Length: 99\r\n\r\nphone", after: .close)
        let result = await send(to: try Destination(name: "crm", url: "http://127.0.0.1:\(receiver.port)/"))
        #expect(result.status == 422 && result.answer == Array("phone".utf8))
        #expect(result.outcome == "destination_refused_422")
        try await receiver.stop()
    }

    @Test("no reason repeats what the destination answered or what was sent")
    func silentReasons() async throws {
        let receiver = try await Receiver(Receiver.http(400, "zoe@example.com is on the list"))
        let result = await send(to: try Destination(name: "crm", url: "http://127.0.0.1:\(receiver.port)/k/canary-path"))
        let disposition = try #require(result.disposition(nowMs: 0))
        #expect(!"\(disposition)".contains("zoe") && !"\(disposition)".contains("canary"))
        try await receiver.stop()
    }
}
