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

    @Test("things are called as the catalogue calls them: by variant, product or SKU; what has no such id is left out")
    func contentIDs() throws {
        let items: JSON = [
            ["variant_id": 11, "product_id": 1, "sku": "A-1", "quantity": 1], ["variant_id": .null, "product_id": 2, "sku": ""],
            ["variant_id": .null, "product_id": .null, "sku": "C-3"],
        ]
        let cases: [(OrderPolicy, [String])] = [
            (OrderPolicy(), ["11", "2", "C-3"]), (OrderPolicy(contentIDs: .product), ["1", "2"]),
            (OrderPolicy(contentIDs: .sku), ["A-1", "C-3"]),
        ]
        for (policy, ids) in cases {
            let event = try OrderSample.shopify("orders/paid", policy) { $0["line_items"] = items }.events.first
            #expect(event?["custom_data"]?["contents"]?.items.map { $0["id"]?.text } == ids)
        }
        let woo = try JSON.parse(Array(items.encoded().replacing("variant_id", with: "variation_id").utf8))
        for (policy, ids) in cases {
            let event = try OrderSample.woo("order.updated", policy) { $0["line_items"] = woo }.events.first
            #expect(event?["custom_data"]?["contents"]?.items.map { $0["id"]?.text } == ids)
        }
    }

    @Test("the address of the order itself, with its key, goes nowhere; without a landing page there is the shop's")
    func page() throws {
        let cases: [(JSON, JSON?, String)] = [
            (.null, "https://shop.example/1/orders/2/authenticate?key=x", "https://shop.example/"),
            ("/", .null, "https://touchstone.myshopify.com/"), ("", "javascript:alert(1)", "https://touchstone.myshopify.com/"),
            ("https://other.example/a?fbclid=1", nil, "https://other.example/a?fbclid=1"),
            ("//evil", "https://user:secret@shop.example/x", "https://touchstone.myshopify.com//evil"),
            ("/690933842/orders/9a/authenticate?key=x&fbclid=1", nil, "https://touchstone.myshopify.com/?fbclid=1"),
            ("/checkouts/cn/9a/recover?key=x&locale=pl", nil, "https://touchstone.myshopify.com/"),
            ("/cart/c/Z2NwLXVz?key=x", nil, "https://touchstone.myshopify.com/"),
            (
                "/pages/sale?utm_source=fb&email=jane@people.example&Ad_ID=1111&token=x#key=x", nil,
                "https://touchstone.myshopify.com/pages/sale?utm_source=fb&Ad_ID=1111"
            ),
            ("/orders-of-the-day?variant=1", nil, "https://touchstone.myshopify.com/orders-of-the-day"),
            ("https://other.example?fbclid=1", nil, "https://other.example/?fbclid=1"),
            ("https://other.example/account/reset/1/x", nil, "https://other.example/"),
        ]
        for (landing, status, url) in cases {
            let event = try OrderSample.shopify("orders/paid", OrderPolicy()) {
                $0["landing_site"] = landing
                $0["order_status_url"] = status
            }.events.first
            #expect(event?["event_source_url"]?.text == url)
        }
    }

    @Test("one address says who bought and where, never the parts of two; a present's is not the buyer's")
    func present() throws {
        let friend: JSON = [
            "first_name": "Friend", "last_name": "Receiver", "city": "Gdynia", "zip": "81-001", "country_code": "PL",
            "phone": "+48 700 000 001",
        ]
        let billed = try OrderSample.shopify("orders/paid", OrderPolicy()) {
            $0["phone"] = nil
            $0["billing_address"] = ["first_name": "Jane", "country_code": "PL", "last_name": " ", "phone": "+48 600 700 801"]
            $0["shipping_address"] = friend
        }.events.first?["user_data"]
        #expect(billed?["fn"] == "Jane" && billed?["country"] == "PL" && billed?["ph"] == ["+48 600 700 801"])
        for key in ["ln", "ct", "zp"] { #expect(billed?[key] == nil, "\(key)") }
        let unbilled = try OrderSample.shopify("orders/paid", OrderPolicy()) {
            $0["billing_address"] = ["first_name": "", "phone": .null]
        }.events.first?["user_data"]
        #expect(unbilled?["fn"] == "Jane" && unbilled?["zp"] == "00-001")
    }

    @Test("an order paid long after it was placed is bought when it is paid; one of long ago that only comes now is left aside")
    func late() throws {
        func notice(_ topic: String, _ policy: OrderPolicy, _ created: String, _ processed: String) throws -> ShopNotice {
            try OrderSample.shopify(topic, policy) {
                ($0["created_at"], $0["processed_at"]) = (.string(created), .string(processed))
                $0["updated_at"] = "2026-01-11T14:00:00Z"
            }
        }
        let (new, old, created) = ("2026-01-11T13:00:00Z", "2026-01-01T13:00:00Z", OrderPolicy(purchaseOn: .created))
        #expect(try notice("orders/paid", OrderPolicy(), old, old).events.first?["event_time"] == 1_768_140_000)
        #expect(try notice("orders/paid", OrderPolicy(), new, new).events.first?["event_time"] == 1_768_136_400)
        #expect(try notice("orders/paid", OrderPolicy(), new, old) == .leftAside(.tooOld))
        #expect(try notice("orders/create", created, new, old) == .leftAside(.tooOld))
        #expect(try notice("orders/create", created, old, old) == .leftAside(.tooOld))
        #expect(try notice("orders/create", created, new, new).events.count == 1)
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
            topic: "orders/paid", shop: nil, [1], policy: OrderPolicy(), consent: OrderSample.policy, nowSeconds: 0)
        #expect(list == .leftAside(.unreadable))
    }

    @Test("an order of which little is known is a purchase all the same, for the checks to judge")
    func bare() throws {
        let event = ShopifyOrder.notice(
            topic: "orders/paid", shop: nil, ["id": 7], policy: OrderPolicy(), consent: OrderSample.policy, nowSeconds: 0
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

    @Test("what went back in the buyer's currency is told in the shop's, that of the purchase")
    func currencies() throws {
        func money(_ amount: String) -> JSON {
            [
                "shop_money": ["amount": .string(amount), "currency_code": "EUR"],
                "presentment_money": ["amount": "1", "currency_code": "USD"],
            ]
        }
        func paidBack(_ currency: String, lines: JSON, adjustments: JSON = []) throws -> JSON? {
            try OrderSample.shopify("refunds/create", OrderPolicy()) {
                $0["transactions"] = [["kind": "refund", "status": "success", "amount": "65.00", "currency": .string(currency)]]
                $0["refund_line_items"] = lines
                $0["order_adjustments"] = adjustments
            }.events.first?["custom_data"]
        }
        let lines: JSON = [["subtotal_set": money("40.10"), "total_tax_set": money("8.00")], ["subtotal_set": money("2.00")]]
        let shipping: JSON = [["kind": "shipping_refund", "amount_set": money("-8.00"), "tax_amount_set": money("-1.60")]]
        let foreign = try paidBack("USD", lines: lines, adjustments: shipping)
        #expect(foreign?["value"] == .number("59.700000") && foreign?["currency"] == "EUR")
        let onlyShipping = try paidBack("USD", lines: [], adjustments: shipping)
        #expect(onlyShipping?["value"] == .number("9.600000") && onlyShipping?["currency"] == "EUR")
        // the shop's own currency, and a refund that does not tell: what the transactions say
        let own = try paidBack("EUR", lines: lines)
        #expect(own?["value"] == .number("65.000000") && own?["currency"] == "EUR")
        for told in [[], [["subtotal_set": money("0.00")]]] as [JSON] {
            let untold = try paidBack("USD", lines: told)
            #expect(untold?["value"] == .number("65.000000") && untold?["currency"] == "USD")
        }
        let inVain = try OrderSample.shopify("refunds/create", OrderPolicy()) {
            $0["transactions"] = []
            $0["refund_line_items"] = lines
        }
        #expect(inVain == .leftAside(.noMoney))
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
