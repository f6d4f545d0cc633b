import Core
import Signing
import TestSupport
import Testing

@Suite("Webhook decoder, on every fixture")
struct WebhooksFixtureTests {
    static let accepted =
        ["deliveries", "shapes", "signed-bad"].flatMap { Fixture.all(in: $0) }
        + ["forward", "moderate_comment", "notify", "resolve_ad", "store_engagement", "touch"].map { "handlers/\($0).http" }

    @Test("every fixture decodes to its expectation", arguments: accepted)
    func expectation(path: String) throws {
        let fixture = try Fixture(path)
        let events = decode(fixture)
        #expect(events.map(ExpectedEvent.init) == fixture.expected.events)
        #expect(events.map(\.position) == Array(events.indices))
    }

    @Test("all payloads of the reference are there")
    func complete() {
        #expect(Fixture.all(in: "deliveries").count == 49)
        #expect(Fixture.all(in: "refused").count >= 12)
    }

    @Test("the body's length and signature are what the head says", arguments: accepted)
    func head(path: String) throws {
        let fixture = try Fixture(path)
        #expect(fixture.method == "POST" && fixture.target == "/webhooks/meta")
        #expect(fixture.values(of: "content-length") == ["\(fixture.body.count)"])
        let signature = HMACSHA256.hex(key: Array(Fixture.secret.utf8), fixture.body)
        #expect(fixture.values(of: "x-hub-signature-256") == ["sha256=\(signature)"])
    }

    @Test("a fault names its reason and loses no other change")
    func rotten() throws {
        let events = decode(try Fixture("signed-bad/batch-1000-one-rotten.http"))
        #expect(events.count == 1000)
        #expect(events.filter { $0.fault != nil }.map(\.position) == [500])
        #expect(events[500].fault == "A lead without an id.")
    }

    @Test("the value of an event is found again by its position")
    func value() throws {
        let fixture = try Fixture("deliveries/page-leadgen-docs-batch.http")
        #expect(WebhookDecoder.value(of: 1, in: fixture.body)?["leadgen_id"]?.id == "123123123124")
        #expect(WebhookDecoder.value(of: 2, in: fixture.body) == nil)
        #expect(WebhookDecoder.value(of: -1, in: fixture.body) == nil)
        #expect(WebhookDecoder.value(of: 0, in: Array("no".utf8)) == nil)
    }
}

/// Decodes as the engine does.
func decode(_ fixture: Fixture) -> [Event] {
    WebhookDecoder.decode(
        fixture.body, receivedAtMs: fixture.expected.capturedAtMs, digest: SHA256.hex, conceal: concealed)
}

/// Stands for the keyed digest, whose key every database makes anew.
func concealed(_ text: String) -> String { "*" + SHA256.hex(Array(text.utf8)).prefix(8) }

extension ExpectedEvent {
    init(_ event: Event) {
        self.init(
            kind: event.kind, object: event.object, field: event.field, objectID: event.objectID, dedupeKey: event.dedupeKey,
            orderKey: event.orderKey, accountID: event.accountID, entities: event.entities.map { [$0.level.rawValue, $0.id] },
            occurredAtMs: event.occurredAtMs, metricMoved: event.metricMoved, fault: event.fault != nil)
    }
}
