import Core
import Foundation
import Intake
import Listener
import Signing
import Storage
import TestSupport
import Testing

@Suite("The entrance of shops' webhooks, over real TLS", .serialized)
struct OrderDoorTests {
    @Test("an order is stored as a purchase, hashed, and nothing else of it", arguments: Curl.Version.allCases)
    func stored(version: Curl.Version) async throws {
        let port = try await Webshop.port()
        var curl = port.curl
        curl.version = version
        let answers = try await curl.send([
            try Webshop.shopify("orders/paid"), try Webshop.woo("order.created"), try Webshop.shopify("refunds/create"),
        ])
        #expect(answers.map(\.status) == [200, 200, 200])
        #expect(answers.allSatisfy { $0.body.isEmpty })
        let stored = try await port.deliveries()
        #expect(stored.map(\.app) == ["shopify", "woo", "shopify"] && stored.allSatisfy { $0.kind == .conversions })
        #expect(stored.map { $0.request?.target } == ["/111/events", "/222/events", "/111/events"])
        let events = try stored.map { try #require(JSON.parse($0.request?.body ?? [])["data"]?.items) }
        #expect(events.map(\.count) == [1, 1, 1])
        let order = events[0][0]
        #expect(order["event_id"] == "820982911946154508" && order["event_time"] == 1_768_060_800)
        #expect(order["user_data"]?["em"]?[0]?.text == SHA256.hex(Array("jane.doe.7742@people.example".utf8)))
        #expect(order["user_data"]?["em"]?.items.count == 1)
        #expect(order["user_data"]?["fbc"]?.text == "fb.1.1768060800000.IwAR1abcDEF_ghi-77")
        #expect(order["_touchstone"]?["consent"] == "granted" && order["_touchstone"]?["forward"] == true)
        #expect(order["_consent"] == nil)
        #expect(events[1][0]["_touchstone"]?["consent"] == "granted")
        #expect(events[1][0]["user_data"]?["external_id"]?[0]?.text == SHA256.hex(Array("26".utf8)))
        let refund = events[2][0]
        #expect(refund["_touchstone"]?["forward"] == false && refund["_touchstone"]?["reason"] == "refund")
        #expect(refund["custom_data"]?["order_id"] == "820982911946154508")
        await port.stop()
    }

    @Test("what is not signed by one of the source's secrets is 401, and nothing of it is stored")
    func refused() async throws {
        let port = try await Webshop.port()
        let right = try Webshop.shopify("orders/paid")
        let cut = Array((right.body ?? []).dropLast(10))
        let cases: [(String, WebRequest, Int)] = [
            ("another secret", Webshop.signed(right, secret: "wrong"), 401),
            ("the last secret", Webshop.signed(right, secret: "old"), 200),
            ("cut off", right.with(body: cut), 401), ("no signature", right.without("X-Shopify-Hmac-Sha256"), 401),
            ("no base64", right.without("X-Shopify-Hmac-Sha256").with("X-Shopify-Hmac-Sha256", "%%%"), 401),
            ("two signatures", right.with("X-Shopify-Hmac-Sha256", "AAAA"), 401),
            ("Meta's header", right.without("X-Shopify-Hmac-Sha256").with("X-Hub-Signature-256", "sha256=00"), 401),
            ("unknown source", right.to("/webhooks/shopify/nobody"), 401),
            ("another shop's", right.to("/webhooks/shopify/woo"), 401),
            ("a backend's", right.to("/webhooks/shopify/shop"), 401), ("compressed", right.with("Content-Encoding", "gzip"), 415),
            ("no name", right.to("/webhooks/shopify/"), 404), ("deeper", right.to("/webhooks/shopify/shopify/x"), 404),
            ("a slash", right.to("/webhooks/shopify/shopify/"), 200), ("no shop", right.to("/webhooks/sdk/shop"), 404),
            ("as a page", WebRequest("GET", right.target), 405),
            ("too large", Webshop.signed(right.with(body: [UInt8](repeating: 0x20, count: Limits.deliveryBytesMax + 1))), 413),
        ]
        for ((name, _, status), answer) in zip(cases, try await port.curl.send(cases.map(\.1))) {
            #expect(answer.status == status, "\(name)")
        }
        #expect(try await port.deliveries().count == 2)
        #expect(port.log.lines.contains { $0.contains("signature_mismatch") })
        await port.stop()
    }

    @Test("who has signed hears 200 whatever comes of it, so that no shop gives up")
    func leftAside() async throws {
        let port = try await Webshop.port()
        let order = try Webshop.shopify("orders/paid")
        let large = Array("{\"id\":7,\"note\":\"".utf8) + [UInt8](repeating: 0x61, count: 1_048_500) + Array("\"}".utf8)
        let cases: [(String, WebRequest)] = [
            ("topic", Webshop.signed(order.without("X-Shopify-Topic").with("X-Shopify-Topic", "products/update"))),
            ("no topic", Webshop.signed(order.without("X-Shopify-Topic"))),
            ("no order", Webshop.signed(order.with(body: Array(#"{"total_price":"5.00"}"#.utf8)))),
            ("no JSON", Webshop.signed(order.with(body: Array("{\"id\":".utf8)))),
            ("empty", Webshop.signed(order.with(body: []))),
            ("a test", Webshop.signed(order.with(body: Array(#"{"id":5,"test":true}"#.utf8)))),
            ("taken over from long ago", try Webshop.shopify("orders/paid") { $0["processed_at"] = "2025-12-01T00:00:00Z" }),
            ("a ping", Webshop.ping), ("a change", try Webshop.woo("order.updated") { $0["status"] = "pending" }),
        ]
        for ((name, _), answer) in zip(cases, try await port.curl.send(cases.map(\.1))) {
            #expect(answer.status == 200, "\(name)")
        }
        #expect(try await port.deliveries().isEmpty)
        #expect(port.log.lines.filter { $0.contains("Left a shop's webhook aside") }.count == 3)
        // A ping proves nothing: to a source that is none it is like any other unsigned request.
        #expect(try await port.curl.send(Webshop.ping.to("/webhooks/woocommerce/nobody")).status == 401)
        #expect(try await port.curl.send(Webshop.ping.to("/webhooks/shopify/shopify")).status == 401)
        #expect(try await port.curl.send(Webshop.signed(order.with(body: large))).status == 200)
        #expect(try await port.deliveries().count == 1)
        await port.stop()
    }

    @Test("an order with a fault is kept apart with its reason, never refused")
    func faults() async throws {
        let port = try await Webshop.port()
        let cases: [(String, JSON, String)] = [
            ("total_price", "-1.00", "value_invalid"), ("currency", "XQQ", "currency_unknown"),
            ("currency", .null, "currency_missing"),
            ("total_price", "free", "value_invalid"),
        ]
        for (key, value, _) in cases {
            #expect(try await port.curl.send(try Webshop.shopify("orders/paid") { $0[key] = value }).status == 200)
        }
        let events = try await port.deliveries().map { try JSON.parse($0.request?.body ?? [])["data"]?[0] }
        #expect(events.map { $0?["_touchstone"]?["reason"]?.text } == Array(repeating: "quarantined", count: cases.count))
        for (event, (_, _, code)) in zip(events, cases) {
            #expect(event?["_touchstone"]?["findings"]?.items.contains { $0[0]?.text == code } == true, "\(code)")
        }
        await port.stop()
    }

    @Test("consent is asked of the order; without it nobody is named in what is stored")
    func consent() async throws {
        let port = try await Webshop.port()
        let order = try Webshop.shopify("orders/paid") { $0["buyer_accepts_marketing"] = false }
        #expect(try await port.curl.send(order).status == 200)
        let event = try await JSON.parse(port.deliveries()[0].request?.body ?? [])["data"]?[0]
        #expect(event?["user_data"] == nil && event?["_touchstone"]?["reason"] == "no_consent")
        #expect(event?["custom_data"]?["order_id"] == "820982911946154508")
        await port.stop()
    }

    @Test("a full disk is 503 and the shop comes again; a source with too much under way too")
    func unstored() async throws {
        let disk = Disk()
        let port = try await Webshop.port(disk: disk)
        disk.state = .broken
        #expect(try await port.curl.send(try Webshop.shopify("orders/paid")).status == 503)
        disk.state = .well
        #expect(try await port.curl.send(try Webshop.shopify("orders/paid")).status == 200)
        #expect(try await port.deliveries().count == 1)
        await port.stop()
    }

    @Test("a source may be called events, which is the Graph API's word too")
    func events() async throws {
        let port = try await PublicPort.start(
            sources: [Webshop.source("events", .shopify, "111", ["buyer_accepts_marketing"])], nowMs: { Webshop.nowMs })
        let order = try Webshop.shopify("orders/paid")
        #expect(try await port.curl.send(order.to("/webhooks/shopify/events")).status == 200)
        #expect(try await port.deliveries().map(\.app) == ["events"])
        // An unknown path is refused as everywhere here, and one of the Graph API's in its form.
        #expect(try await port.curl.send(order.to("/webhooks/else/events")).status == 404)
        AnswerRule.expectRefused(try await port.curl.send(order.to("/else/events")), status: 404, "Graph")
        AnswerRule.expectRefused(try await port.curl.send(order.to("/v1/events")), status: 404, "own")
        await port.stop()
    }

    @Test("WooCommerce waits for the word to go on before it sends its body")
    func expectContinue() async throws {
        let port = try await Webshop.port()
        var order = try Webshop.woo("order.created")
        order.headers.append(("Expect", "100-continue"))
        let answer = try await port.curl.send(order)
        #expect(answer.status == 200 && answer.head.contains("100 Continue"))
        #expect(try await port.deliveries().count == 1)
        await port.stop()
    }

    @Test("nothing that a person wrote, and no key of the order, lies open anywhere or is kept at all")
    func canaries() async throws {
        let port = try await Webshop.port()
        let bad = try Webshop.shopify("orders/paid") { $0["total_price"] = "canary-price-7761" }
        let answers = try await port.curl.send([
            try Webshop.shopify("orders/paid"), try Webshop.shopify("refunds/create"), try Webshop.woo("order.created"), bad,
            Webshop.signed(try Webshop.shopify("orders/paid"), secret: "wrong"),
            try Webshop.shopify("orders/paid") { $0["buyer_accepts_marketing"] = false },
            Webshop.signed(bad.with(body: Array(#"{"email":"canary-7762@people.example"}"#.utf8))),
        ])
        #expect(answers.map(\.status) == [200, 200, 200, 200, 401, 200, 200])
        let kept = try await port.deliveries().map { String(decoding: $0.request?.body ?? [], as: UTF8.self) }.joined()
        let never = [
            "people.example", "Canaryson", "Canary Street", "Canary Market", "canary-neighbour", "canary-key", "canary-note",
            "canary-transaction", "600 700 800", "600700800", "canary-price", "94103", "Warszawa",
        ]
        for text in never { #expect(!kept.contains(text), "\(text) is kept") }
        // The user agent and the address of the visitor go to Meta as they are: kept, and sealed.
        #expect(kept.contains("Canary/7741") && kept.contains("203.0.113.7"))
        for text in never + ["Canary/7741", "203.0.113.7", "820982911946154508", Fixture.secret] {
            #expect(!port.place.filesHold(text), "\(text) in the database")
            #expect(!port.log.lines.contains { $0.contains(text) }, "\(text) in the log")
            #expect(!answers.contains { $0.body.contains(text) || $0.head.contains(text) }, "\(text) in an answer")
        }
        #expect(port.place.filesHold("shopify"))
        await port.stop()
    }
}
