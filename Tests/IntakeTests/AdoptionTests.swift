import Core
import Signing
import TestSupport
import Testing

@testable import Intake

@Suite("A configuration that is taken over while the port is open", .serialized)
struct AdoptionTests {
    private static func source(_ tokens: [String], secrets: [String] = []) -> IntakeSource {
        IntakeSource(
            secrets: SourceSecrets(name: "shop", tokens: tokens, secrets: secrets, datasets: [Shop.dataset]),
            consent: ConsentPolicy(path: ["custom_data", "consent"], without: .send))
    }

    private static func purchase(token: String) -> WebRequest {
        Shop.request(Shop.body([Shop.purchase()], [("access_token", .string(token))]))
    }

    @Test("tokens of a source count from one request to the next, on a connection that stays")
    func tokens() async throws {
        let port = try await PublicPort.start(sources: [Self.source(["old-token"])])
        let old = Self.purchase(token: "old-token"), new = Self.purchase(token: "new-token")
        #expect(try await port.curl.send([old, new]).map(\.status) == [200, 401])
        port.adopt(sources: [Self.source(["new-token", "old-token"])])
        #expect(try await port.curl.send([old, new]).map(\.status) == [200, 200])
        port.adopt(sources: [Self.source(["new-token"])])
        #expect(try await port.curl.send([old, new]).map(\.status) == [401, 200])
        await port.stop()
    }

    @Test("an app's secret and verify token, and its path, count from one request to the next")
    func apps() async throws {
        let port = try await PublicPort.start()
        let body = #"{"object":"page","entry":[]}"#
        let before = port.delivery(body), after = port.delivery(body, secret: "new-secret", target: "/webhooks/new")
        #expect(try await port.curl.send([before, after]).map(\.status) == [200, 404])
        let app = PublicPort.app(secrets: ["new-secret"], path: "/webhooks/new", verifyToken: "new-verify-token")
        port.adopt(apps: [app])
        #expect(try await port.curl.send([before, after]).map(\.status) == [404, 200])
        let handshake = "/webhooks/new?hub.mode=subscribe&hub.challenge=1&hub.verify_token="
        let asked = [WebRequest("GET", handshake + "new-verify-token"), WebRequest("GET", handshake + PublicPort.verifyToken)]
        #expect(try await port.curl.send(asked).map(\.status) == [200, 403])
        await port.stop()
    }

    @Test("a budget goes on counting under the same bounds, and anew under others")
    func budgets() {
        let shelf = BudgetShelf()
        let limits = BudgetLimits(requests: 1, bytes: nil)
        let budget = shelf.budget("source", "shop", limits)
        #expect(budget.take(nowMs: 0))
        #expect(!shelf.budget("source", "shop", limits).take(nowMs: 0))
        #expect(shelf.budget("source", "other", limits).take(nowMs: 0))
        #expect(shelf.budget("app", "shop", limits).take(nowMs: 0))
        #expect(shelf.budget("source", "shop", BudgetLimits(requests: 2, bytes: nil)).take(nowMs: 0))
        budget.giveBack()
        #expect(budget.take(nowMs: 0))
    }
}

extension PublicPort {
    fileprivate func adopt(apps: [IntakeApp] = [PublicPort.app()], sources: [IntakeSource] = []) {
        intake.adopt(apps: apps, sources: sources, publicURL: nil, limits: IntakeLimits())
    }
}
