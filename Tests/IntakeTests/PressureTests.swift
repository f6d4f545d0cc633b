import Core
import Intake
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("High-water marks", .serialized)
struct PressureTests {
    private static let body = #"{"object":"page","entry":[]}"#
    private static let health = WebRequest("GET", "/healthz")
    private static let handshake = WebRequest(
        "GET", "/webhooks/meta?hub.mode=subscribe&hub.challenge=7&hub.verify_token=\(PublicPort.verifyToken)")

    /// New work of every kind is refused, and what is no new work is answered.
    private static func expectRefusing(_ port: PublicPort, because reason: String) async throws {
        let delivery = try await port.curl.send(port.delivery(body))
        #expect(delivery.status == 503 && delivery.values(of: "retry-after") == ["30"] && delivery.body.isEmpty)
        let conversion = try await port.curl.send(Shop.request([Shop.purchase()]))
        #expect(conversion.status == 503 && conversion.values(of: "retry-after") == ["30"])
        try ConversionTests.expectGraphShaped(conversion, code: 2, isTransient: true)
        // What is refused for another reason is told that, and is not asked to come again.
        #expect(try await port.curl.send(port.delivery(body, target: "/nowhere")).status == 404)
        #expect(try await port.curl.send(WebRequest("POST", body: Array(body.utf8))).status == 401)
        let handshake = try await port.curl.send(handshake)
        #expect(handshake.status == 200 && handshake.body == "7")
        let health = try await port.curl.send(health)
        #expect(health.status == 200 && health.body.hasPrefix("ok\n") && health.body.contains(reason), "\(health.body)")
    }

    /// Looks are due again after a second, and later where the one before took long by this clock.
    private static func untilHealth(
        _ port: PublicPort, _ clock: StandingClock, is holds: @escaping (String) -> Bool
    ) async throws {
        try await eventually("/healthz tells") {
            clock.advance(ms: 1_000)
            return try await holds(port.curl.send(health).body)
        }
    }

    @Test("too much stored and undone: 503 for new work until a tenth of it is done, then it is taken again by itself")
    func undone() async throws {
        let clock = StandingClock()
        let port = try await PublicPort.start(
            sources: [Shop.source()], limits: IntakeLimits(marks: PressureMarks(undone: 10, diskFreeBytes: nil)),
            nowMs: { clock.nowMs })
        #expect(try await port.curl.send((0..<9).map { _ in port.delivery(Self.body) }).allSatisfy { $0.status == 200 })
        try await Self.untilHealth(port, clock) { $0 == "ok" }
        clock.advance(ms: 1_000)
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 200)
        try await Self.untilHealth(port, clock) { $0 != "ok" }
        try await Self.expectRefusing(port, because: "10 deliveries and jobs wait to be done")
        #expect(try await port.deliveries().count == 10)
        try await Self.finish(port, 1)
        clock.advance(ms: 1_000)
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 503)
        try await Self.finish(port, 1)
        try await Self.untilHealth(port, clock) { $0 == "ok" }
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 200)
        #expect(port.log.lines.count { $0.contains("No new work is taken") } == 1)
        #expect(port.log.lines.count { $0.contains("New work is taken again") } == 1)
        await port.stop()
    }

    private static func finish(_ port: PublicPort, _ count: Int) async throws {
        _ = try await port.store.write { transaction in
            for delivery in try transaction.undecoded(limit: count) {
                try transaction.finishDecoding(delivery.seq, events: 0, duplicates: 0, reason: nil)
            }
        }
    }

    @Test("reliability 17: a disk with too little room: 503 before it is full, and taken again when there is room")
    func disk() async throws {
        let clock = StandingClock()
        let free = Atomic<Int>(1_000)
        let port = try await PublicPort.start(
            sources: [Shop.source()], limits: IntakeLimits(marks: PressureMarks(diskFreeBytes: 1_000)),
            diskFreeBytes: { free.load(ordering: .relaxed) }, nowMs: { clock.nowMs })
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 200)
        free.store(999, ordering: .relaxed)
        try await Self.untilHealth(port, clock) { $0 != "ok" }
        try await Self.expectRefusing(port, because: "The disk has 999 bytes free; below 1000 no more is taken.")
        free.store(1_099, ordering: .relaxed)
        try await Self.untilHealth(port, clock) { $0.contains("1099") }
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 503)
        free.store(1_100, ordering: .relaxed)
        try await Self.untilHealth(port, clock) { $0 == "ok" }
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 200)
        await port.stop()
    }

    @Test("requests alone find out that there is room again: nobody need ask for the health")
    func withoutHealth() async throws {
        let clock = StandingClock()
        let free = Atomic<Int>(0)
        let port = try await PublicPort.start(
            limits: IntakeLimits(marks: PressureMarks(diskFreeBytes: 1_000)), diskFreeBytes: { free.load(ordering: .relaxed) },
            nowMs: { clock.nowMs })
        try await eventually("refused") { try await port.curl.send(port.delivery(Self.body)).status == 503 }
        free.store(5_000, ordering: .relaxed)
        clock.advance(ms: 1_000)
        try await eventually("taken again") { try await port.curl.send(port.delivery(Self.body)).status == 200 }
        await port.stop()
    }

    @Test("a database that is as large as it may be")
    func database() async throws {
        let clock = StandingClock()
        let port = try await PublicPort.start(
            sources: [Shop.source()], limits: IntakeLimits(marks: PressureMarks(databaseBytes: 1, diskFreeBytes: nil)),
            nowMs: { clock.nowMs })
        try await Self.untilHealth(port, clock) { $0 != "ok" }
        try await Self.expectRefusing(port, because: "The database holds ")
        await port.stop()
    }

    @Test("the figures are looked at once a second however many ask, and count a backlog only as far as the mark")
    func looks() async throws {
        let clock = StandingClock()
        let looks = Atomic<Int>(0)
        let port = try await PublicPort.start(
            limits: IntakeLimits(marks: PressureMarks(undone: nil, diskFreeBytes: 1)),
            diskFreeBytes: { looks.wrappingAdd(1, ordering: .relaxed).newValue }, nowMs: { clock.nowMs })
        for round in 1...3 {
            let deliveries = (0..<20).map { _ in port.delivery(Self.body) }
            #expect(try await port.curl.send(deliveries + [Self.health]).allSatisfy { $0.status == 200 })
            try await eventually("a look") { looks.load(ordering: .relaxed) == round }
            #expect(try await port.curl.send(deliveries).allSatisfy { $0.status == 200 })
            #expect(looks.load(ordering: .relaxed) == round)
            clock.advance(ms: 1_000)
        }
        #expect(try await port.store.read { try $0.undone(atMost: 1_000) } == 120)
        #expect(try await port.store.read { try $0.undone(atMost: 7) } == 7)
        await port.stop()
    }

    @Test("bytes in use grow with what is stored; a disk has room, and a database elsewhere tells nothing of it")
    func figures() async throws {
        let port = try await PublicPort.start()
        let before = try await port.store.read { try $0.databaseBytes() }
        #expect(before > 0)
        let large = #"{"object":"page","entry":[],"x":"\#(String(repeating: "x", count: 1_000_000))"}"#
        #expect(try await port.curl.send(port.delivery(large)).status == 200)
        #expect(try await port.store.read { try $0.databaseBytes() } > before + 500_000)
        #expect((port.store.diskFreeBytes() == nil) == port.store.isShared)
        if !port.store.isShared { #expect(port.store.diskFreeBytes() ?? 0 > 1_000_000) }
        await port.stop()
    }
}
