import Storage
import TestSupport
import Testing

@Suite("A store that can't commit", .serialized)
struct HealthTests {
    private static let health = WebRequest("GET", "/healthz")

    @Test("reliability 17: a full disk is 503 with Retry-After and no row, and taken again when there is room")
    func full() async throws {
        let disk = Disk()
        let port = try await PublicPort.start(disk: disk)
        #expect(try await port.curl.send(Self.health).status == 200)
        disk.state = .full
        // The pages that are there take some more deliveries: never one that is acknowledged and not there.
        let body = #"{"object":"page","entry":[],"x":"\#(String(repeating: "x", count: 100_000))"}"#
        var accepted = 0
        let refused = try await eventually("the disk is full") { () async throws -> WebAnswer? in
            let answer = try await port.curl.send(port.delivery(body))
            if answer.status == 200 { accepted += 1 }
            return answer.status == 200 ? nil : answer
        }
        #expect(refused.status == 503)
        #expect(refused.values(of: "retry-after").first.flatMap { Int($0) } != nil)
        #expect(try await port.stored().count == accepted)
        disk.state = .well
        #expect(try await port.curl.send(port.delivery(body)).status == 200)
        #expect(try await port.stored().count == accepted + 1)
        await port.stop()
    }

    @Test("a disk that takes nothing is 503 for deliveries and for /healthz, and both are well again by themselves")
    func broken() async throws {
        let disk = Disk()
        let port = try await PublicPort.start(disk: disk)
        let delivery = port.delivery(#"{"object":"page","entry":[]}"#)
        #expect(try await port.curl.send(Self.health).status == 200)
        disk.state = .broken
        let refused = try await port.curl.send(delivery)
        #expect(refused.status == 503 && refused.values(of: "retry-after").first != nil)
        let ill = try await eventually("/healthz says so") { () async throws -> WebAnswer? in
            let answer = try await port.curl.send(Self.health)
            return answer.status == 503 ? answer : nil
        }
        #expect(ill.values(of: "retry-after").first != nil && ill.body == "The disk can't be written.")
        #expect(try await port.stored().isEmpty)
        disk.state = .well
        #expect(try await port.curl.send(delivery).status == 200)
        try await eventually("/healthz is well again") { try await port.curl.send(Self.health).status == 200 }
        #expect(try await port.stored().count == 1)
        await port.stop()
    }

    @Test("/healthz answers GET and HEAD, and says no more than that it is well")
    func methods() async throws {
        let port = try await PublicPort.start()
        let answer = try await port.curl.send(Self.health)
        #expect(answer.status == 200 && answer.body == "ok")
        #expect(try await port.curl.send(WebRequest("POST", "/healthz", body: [])).status == 405)
        #expect(try await port.curl.send(WebRequest("GET", "/healthz", body: [1])).status == 413)
        await port.stop()
    }

    @Test("a store that does not answer is not well, and is well again by itself")
    func stuck() async throws {
        let disk = Disk(), clock = StandingClock()
        let port = try await PublicPort.start(disk: disk, nowMs: { clock.nowMs })
        disk.state = .stuck
        clock.advance(ms: 1_000)
        async let probe = port.curl.send(Self.health)
        try await eventually("the probe waits for the disk") { disk.isHolding }
        // Within a second a disk may be slow.
        #expect(try await port.curl.send(Self.health).status == 200)
        clock.advance(ms: 1_000)
        let ill = try await port.curl.send(Self.health)
        #expect(ill.status == 503 && ill.body == "The store does not answer." && ill.values(of: "retry-after") == ["5"])
        disk.state = .well
        #expect(try await probe.status == 200)
        #expect(try await port.curl.send(Self.health).status == 200)
        await port.stop()
    }

    @Test("a store that is closed under it is a 503, never a 200 and never a 4xx")
    func closed() async throws {
        let port = try await PublicPort.start()
        await port.store.close()
        let answer = try await port.curl.send(port.delivery(#"{"object":"page","entry":[]}"#))
        #expect(answer.status == 503)
        #expect(answer.values(of: "retry-after").first != nil)
        await port.stop()
    }
}
