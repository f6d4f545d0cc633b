import Core
import TestSupport
import Testing

@Suite("Shopify's orders")
struct ShopifyOrderTests {
    @Test("a paid order is a purchase, with everything that Meta matches by")
    func purchase() throws {
        let event = try #require(try OrderSample.shopify().events.first)
        #expect(
            event == [
                "event_name": "Purchase", "event_id": "820982911946154508", "action_source": "website", "_consent": true,
                "event_time": 1_768_060_800,
                "event_source_url":
                    "https://shop.example/products/chair?fbclid=IwAR1abcDEF_ghi-77&utm_source=facebook&ad_id=1111",
                "custom_data": [
                    "order_id": "820982911946154508", "value": .number("129.90"), "currency": "EUR", "content_type": "product",
                    "contents": [["id": "808950810", "quantity": 2, "item_price": .number("59.95")]],
                ],
                "user_data": [
                    "em": ["Jane.Doe.7742@people.example", "jane.doe.7742@people.example"], "ph": ["+48 600 700 800"],
                    "fn": "Jane", "ln": "Canaryson7746", "ct": "Warszawa", "zp": "00-001", "country": "PL",
                    "external_id": "115310627314723954", "client_ip_address": "203.0.113.7",
                    "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64) Canary/7741", "fbp": "fb.1.1768060000123.1098115397",
                ],
            ])
    }

    @Test("the address of the order itself, with its key, goes nowhere; without a landing page there is the shop's")
    func page() throws {
        let cases: [(JSON, JSON?, String)] = [
            (.null, "https://shop.example/1/orders/2/authenticate?key=x", "https://shop.example/"),
            ("/", .null, "https://touchstone.myshopify.com/"), ("", "javascript:alert(1)", "https://touchstone.myshopify.com/"),
            ("https://other.example/a?fbclid=1", nil, "https://other.example/a?fbclid=1"),
            ("//evil", "https://user:secret@shop.example/x", "https://touchstone.myshopify.com//evil"),
        ]
        for (landing, status, url) in cases {
            let event = try OrderSample.shopify("orders/paid", OrderPolicy()) {
                $0["landing_site"] = landing
                $0["order_status_url"] = status
            }.events.first
            #expect(event?["event_source_url"]?.text == url)
        }
    }

    @Test("which topics are a purchase is a setting; what is none is left aside, by its reason")
    func topics() throws {
        let created = OrderPolicy(purchaseOn: .created)
        #expect(try OrderSample.shopify("orders/create", created).events.count == 1)
        #expect(try OrderSample.shopify("orders/paid", created) == .leftAside(.topic))
        for topic in ["orders/create", "orders/updated", "products/create", ""] {
            #expect(try OrderSample.shopify(topic) == .leftAside(.topic))
        }
        #expect(try OrderSample.shopify("orders/paid", OrderPolicy()) { $0["test"] = true } == .leftAside(.testOrder))
        for id in [nil, .null, "", 0, [:]] as [JSON?] {
            #expect(try OrderSample.shopify("orders/paid", OrderPolicy()) { $0["id"] = id } == .leftAside(.noOrder))
        }
        let list = ShopifyOrder.notice(
            topic: "orders/paid", shop: nil, [1], policy: OrderPolicy(), consent: OrderSample.policy)
        #expect(list == .leftAside(.unreadable))
    }

    @Test("an order of which little is known is a purchase all the same, for the checks to judge")
    func bare() throws {
        let event = ShopifyOrder.notice(
            topic: "orders/paid", shop: nil, ["id": 7], policy: OrderPolicy(), consent: OrderSample.policy
        ).events.first
        #expect(
            event == [
                "event_name": "Purchase", "event_id": "7", "action_source": "website", "_consent": false,
                "custom_data": ["order_id": "7"], "user_data": [:],
            ])
    }

    @Test("a refund is what was really paid back, under its own number; one without money is none")
    func refund() throws {
        let refund = try #require(try OrderSample.shopify("refunds/create").events.first)
        #expect(
            refund == [
                "event_name": "Refund", "event_id": "refund-890088186047892319", "action_source": "website", "_consent": true,
                "event_time": 1_768_141_800,
                "custom_data": ["order_id": "820982911946154508", "value": .number("59.950000"), "currency": "EUR"],
            ])
        for transactions in [
            [], [["kind": "refund", "status": "failure", "amount": "5.00"]], [["kind": "sale", "amount": "5.00"]],
        ]
            as [JSON]
        {
            #expect(
                try OrderSample.shopify("refunds/create", OrderPolicy()) { $0["transactions"] = transactions }
                    == .leftAside(.noMoney))
        }
        #expect(try OrderSample.shopify("refunds/create", OrderPolicy()) { $0["order_id"] = nil } == .leftAside(.noOrder))
    }

    @Test("a cancelled order brings its refunds again, by the same numbers; unpaid it is taken back as a whole")
    func cancelled() throws {
        let listed = try OrderSample.document("shopify-refund")
        let refunds = try OrderSample.shopify("orders/cancelled", OrderPolicy()) { $0["refunds"] = [listed] }.events
        #expect(try refunds == OrderSample.shopify("refunds/create").events)
        #expect(try OrderSample.shopify("orders/cancelled") == .leftAside(.noMoney))
        let unpaid = try OrderSample.shopify("orders/cancelled", OrderPolicy()) {
            $0["financial_status"] = "voided"
            $0["cancelled_at"] = "2026-01-11T00:00:00Z"
        }.events.first
        #expect(unpaid?["event_id"] == "refund-order-820982911946154508")
        #expect(unpaid?["custom_data"] == ["order_id": "820982911946154508"])
        #expect(unpaid?["event_time"] == 1_768_089_600)
    }
}
