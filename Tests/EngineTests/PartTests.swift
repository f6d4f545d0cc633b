import Core
import Engine
import TestSupport
import Testing

@Suite("Parts of the engine")
struct PartTests {
    private static func event(
        object: String = "ad_account", field: String = "subscriptions", account: String? = "1", objectID: String = "1"
    ) throws -> Event {
        let body =
            #"{"object":"\#(object)","entry":[{"id":"\#(objectID)","time":1,"changes":[{"field":"\#(field)","value":{"account_id":"\#(account ?? "")"}}]}]}"#
        return try #require(WebhookDecoder.decode(Array(body.utf8), receivedAtMs: 1, digest: { _ in "d" }, conceal: { $0 }).first)
    }

    private static func route(_ ordinal: Int, _ objects: Set<String>, _ fields: Set<String>) -> Route {
        Route(ordinal: ordinal, name: "r\(ordinal)", match: RouteMatch(objects: objects, fields: fields), chain: [])
    }

    @Test("every route that matches is taken, in the order of the configuration")
    func routes() throws {
        let router = Router([
            Self.route(0, ["page"], []), Self.route(1, [], []), Self.route(2, ["ad_account", "page"], ["subscriptions"]),
            Self.route(3, ["ad_account"], ["field_changed"]),
        ])
        #expect(router.routes(for: try Self.event()).map(\.ordinal) == [1, 2])
        #expect(router["r3"]?.ordinal == 3 && router["gone"] == nil)
    }

    @Test("the budget of calls counts an hour back, and says when there is room again")
    func budget() {
        let budget = CallBudget()
        let hourMs: Int64 = 3_600_000
        #expect(budget.waitUntil(account: "1", wanted: 10, perHour: 5, nowMs: 0) == nil)  // a single poll is never refused
        for atMs in [100, 300, 200] as [Int64] { budget.note(account: "1", atMs: atMs) }
        budget.note(account: "2", atMs: 100)
        #expect(budget.waitUntil(account: "1", wanted: 1, perHour: 4, nowMs: 400) == nil)
        #expect(budget.waitUntil(account: "1", wanted: 2, perHour: 4, nowMs: 400) == 100 + hourMs)
        #expect(budget.waitUntil(account: "1", wanted: 3, perHour: 4, nowMs: 400) == 200 + hourMs)
        #expect(budget.waitUntil(account: "1", wanted: 9, perHour: 4, nowMs: 400) == 300 + hourMs)
        #expect(budget.waitUntil(account: "1", wanted: 2, perHour: 4, nowMs: 100 + hourMs) == nil)
        #expect(budget.waitUntil(account: "2", wanted: 3, perHour: 4, nowMs: 400) == nil)
    }

    @Test("every handler is found by its name, takes what it says, and none shares a name")
    func catalog() {
        let names = HandlerCatalog.descriptions.map(\.name)
        #expect(Set(names).count == names.count)
        for name in names { #expect(HandlerCatalog.make(ChainStep(handler: name, argument: "x")) != nil) }
        #expect(HandlerCatalog.make(ChainStep(handler: "no_such_handler")) == nil)
    }
}
