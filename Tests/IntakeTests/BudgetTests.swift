import Core
import Intake
import Storage
import TestSupport
import Testing

@Suite("Budgets of apps and sources", .serialized)
struct BudgetTests {
    private static let body = #"{"object":"page","entry":[]}"#

    @Test(
        "reliability 16: an app with as much under way as it may is 503, and nobody else", arguments: Curl.Version.allCases)
    func apps(version: Curl.Version) async throws {
        let disk = Disk()
        let port = try await PublicPort.start(
            [PublicPort.app("one", secrets: ["secret-one"]), PublicPort.app("two", secrets: ["secret-two"])],
            limits: IntakeLimits(perApp: BudgetLimits(requests: 1)), disk: disk)
        var curl = port.curl
        curl.version = version
        let one = port.delivery(Self.body, secret: "secret-one"), two = port.delivery(Self.body, secret: "secret-two")
        let ownOne = port.delivery(Self.body, secret: "secret-one", target: "/webhooks/meta/one")
        disk.state = .stuck
        async let held = curl.send(one)
        try await eventually("the first is on its way to the disk") { disk.isHolding }
        // Refused once it is known whose it is, and on a path of its own before the body is read.
        for request in [one, ownOne] {
            let refused = try await curl.send(request)
            #expect(refused.status == 503)
            #expect(refused.values(of: "retry-after") == ["1"])
        }
        // What nobody signed is refused as ever, and takes nothing.
        #expect(try await curl.send(port.delivery(Self.body, secret: "wrong", target: "/webhooks/meta/two")).status == 401)
        async let other = curl.send(two)
        disk.state = .well
        #expect(try await held.status == 200)
        #expect(try await other.status == 200)
        #expect(try await curl.send(one).status == 200)
        #expect(try await port.stored().map(\.app).sorted() == ["one", "one", "two"])
        await port.stop()
    }

    @Test(
        "reliability 16: a source with as much under way as it may is 503 as the Graph API says it, and nobody else",
        arguments: Curl.Version.allCases)
    func sources(version: Curl.Version) async throws {
        let disk = Disk()
        let port = try await PublicPort.start(
            sources: [Shop.source("a"), Shop.source("b", token: "token-of-b", secret: nil, datasets: ["222"])],
            limits: IntakeLimits(perSource: BudgetLimits(requests: 1)), disk: disk)
        var curl = port.curl
        curl.version = version
        let a = Shop.request([Shop.purchase()])
        let b = Shop.request(Shop.body([Shop.purchase()], [("access_token", "token-of-b")]), "/v26.0/222/events")
        disk.state = .stuck
        async let held = curl.send(a)
        try await eventually("the first is on its way to the disk") { disk.isHolding }
        let refused = try await curl.send(a)
        #expect(refused.status == 503)
        #expect(refused.values(of: "retry-after") == ["1"])
        try ConversionTests.expectGraphShaped(refused, code: 2, isTransient: true)
        async let other = curl.send(b)
        disk.state = .well
        #expect(try await held.status == 200)
        #expect(try await other.status == 200)
        #expect(try await curl.send(a).status == 200)
        #expect(try await port.deliveries().count == 3)
        await port.stop()
    }

    @Test("what is sent in another's name takes nothing of what it has")
    func forged() async throws {
        let port = try await PublicPort.start(
            sources: [Shop.source()],
            limits: IntakeLimits(
                perApp: BudgetLimits(requests: 1, perSecond: 1), perSource: BudgetLimits(requests: 1, perSecond: 1)))
        let forged = (0..<20).map { _ in port.delivery(Self.body, secret: "wrong") }
        let strange = (0..<20).map { _ in Shop.request(Shop.body([Shop.purchase()], [("access_token", "stolen")])) }
        #expect(try await port.curl.send(forged).allSatisfy { $0.status == 401 })
        #expect(try await port.curl.send(strange).allSatisfy { $0.status == 401 })
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 200)
        #expect(try await port.curl.send(Shop.request([Shop.purchase()])).status == 200)
        await port.stop()
    }

    @Test("so many a second, with a second's worth saved up; a body that is too large for the share is 503")
    func pace() async throws {
        let clock = StandingClock()
        let port = try await PublicPort.start(
            sources: [Shop.source(), Shop.source("b", token: "token-of-b", secret: nil, datasets: ["222"])],
            limits: IntakeLimits(
                perApp: BudgetLimits(perSecond: 2), perSource: BudgetLimits(bytes: 100_000, perSecond: 2)),
            nowMs: { clock.nowMs })
        let delivery = port.delivery(Self.body), conversion = Shop.request([Shop.purchase()])
        for request in [delivery, conversion] {
            #expect(try await port.curl.send([request, request, request, request]).map(\.status) == [200, 200, 503, 503])
            clock.advance(ms: 499)
            #expect(try await port.curl.send(request).status == 503)
            clock.advance(ms: 1)
            #expect(try await port.curl.send([request, request]).map(\.status) == [200, 503])
            clock.advance(ms: 60_000)
            #expect(try await port.curl.send([request, request, request]).map(\.status) == [200, 200, 503])
            clock.advance(ms: -30_000)  // set back: nobody waits for it to come again
            #expect(try await port.curl.send(request).status == 200)
        }
        clock.advance(ms: 60_000)
        var large = conversion
        large.body?.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 100_000))
        let refused = try await port.curl.send(large)
        #expect(refused.status == 503)
        try ConversionTests.expectGraphShaped(refused, code: 2, isTransient: true)
        let other = Shop.request(Shop.body([Shop.purchase()], [("access_token", "token-of-b")]), "/v26.0/222/events")
        #expect(try await port.curl.send(other).status == 200)
        await port.stop()
    }

    @Test("on a dataset that two sources share, each has a budget of its own")
    func shared() async throws {
        let clock = StandingClock()
        let port = try await PublicPort.start(
            sources: [Shop.source("a", token: "token-of-a", secret: nil), Shop.source("b", token: "token-of-b", secret: nil)],
            limits: IntakeLimits(perSource: BudgetLimits(perSecond: 1)), nowMs: { clock.nowMs })
        let (a, b) = ("token-of-a", "token-of-b")
        var statuses: [Int] = []
        for token in [a, a, b, b, a] {
            let request = Shop.request(Shop.body([Shop.purchase()], [("access_token", .string(token))]))
            statuses.append(try await port.curl.send(request).status)
        }
        #expect(statuses == [200, 503, 200, 503, 503])
        await port.stop()
    }

    @Test("a flood of refusals is one line of the log in a second")
    func quiet() async throws {
        let clock = StandingClock()
        let port = try await PublicPort.start(limits: IntakeLimits(perApp: BudgetLimits(perSecond: 1)), nowMs: { clock.nowMs })
        let answers = try await port.curl.send((0..<50).map { _ in port.delivery(Self.body) })
        #expect(answers.map(\.status).count { $0 == 503 } == 49)
        clock.advance(ms: 999)
        #expect(try await port.curl.send(port.delivery(Self.body)).status == 503)
        #expect(port.log.lines.count { $0.contains("Refused") } == 1)
        clock.advance(ms: 60_000)
        #expect(try await port.curl.send([port.delivery(Self.body), port.delivery(Self.body)]).map(\.status) == [200, 503])
        let lines = port.log.lines.filter { $0.contains("Refused") }
        #expect(lines.count == 2 && lines[0].contains("count=1") && lines[1].contains("count=50"), "\(lines)")
        #expect(lines.allSatisfy { $0.contains("kind=app") && $0.contains("name=main") })
        await port.stop()
    }
}
