import Core
import Testing

@Suite("WooCommerce's orders")
struct WooOrderTests {
    @Test("an order in process is a purchase, with everything that Meta matches by")
    func purchase() throws {
        let event = try #require(try OrderSample.woo().events.first)
        #expect(
            event == [
                "event_name": "Purchase", "event_id": "727", "action_source": "website", "_consent": true,
                "event_time": 1_768_060_860, "event_source_url": "https://woo.example/chairs/?fbclid=IwAR2woo&ad_id=1112",
                "custom_data": [
                    "order_id": "727", "value": .number("29.35"), "currency": "USD", "content_type": "product",
                    "contents": [
                        ["id": "93", "quantity": 2, "item_price": 3], ["id": "23", "quantity": 1, "item_price": .number("12.0")],
                    ],
                ],
                "user_data": [
                    "em": ["john.doe.7755@people.example"], "ph": ["(415) 555-0132"], "fn": "John", "ln": "Canaryson7753",
                    "ct": "San Francisco", "st": "CA", "zp": "94103", "country": "US", "external_id": "26",
                    "client_ip_address": "203.0.113.8", "client_user_agent": "Mozilla/5.0 (X11; Linux x86_64) Canary/7751",
                    "fbc": "fb.1.1768060000456.IwAR2woo", "fbp": "fb.1.1768060000457.1098115398",
                ],
            ])
    }

    @Test(
        "only a paid order is a purchase; by setting one that is on hold too",
        arguments: [
            ("pending", 0, 0), ("on-hold", 0, 1), ("processing", 1, 1), ("completed", 1, 1), ("failed", 0, 0), ("trash", 0, 0),
            ("checkout-draft", 0, 0),
        ])
    func statuses(status: String, paid: Int, created: Int) throws {
        for (policy, count) in [(OrderPolicy(), paid), (OrderPolicy(purchaseOn: .created), created)] {
            let notice = try OrderSample.woo("order.created", policy) { $0["status"] = .string(status) }
            #expect(notice.events.count == count)
            if count == 0 { #expect(notice == .leftAside(.status)) }
        }
    }

    @Test("what is no order's topic, names no order or is too old for Meta is left aside")
    func leftAside() throws {
        for topic in ["order.deleted", "customer.created", "action.woocommerce", ""] {
            #expect(try OrderSample.woo(topic) == .leftAside(.topic))
        }
        #expect(try OrderSample.woo("order.created", OrderPolicy()) { $0["id"] = 0 } == .leftAside(.noOrder))
        let old = try OrderSample.woo("order.updated", OrderPolicy()) { $0["date_paid_gmt"] = "2026-01-04T14:59:59" }
        #expect(old == .leftAside(.tooOld))
        let paidLate = try OrderSample.woo("order.updated", OrderPolicy()) { $0["date_created_gmt"] = "2025-11-04T14:59:59" }
        #expect(paidLate.events.count == 1)
    }

    @Test("refunds come with every change, each by its own number, beside the purchase that they are of")
    func refunds() throws {
        let refunds: JSON = [["id": 730, "reason": "", "total": "-10.00"], ["id": 731, "reason": "x", "total": "-2.5"]]
        let events = try OrderSample.woo("order.updated", OrderPolicy()) { $0["refunds"] = refunds }.events
        #expect(events.map { $0["event_name"]?.text } == ["Purchase", "Refund", "Refund"])
        #expect(events.map { $0["event_id"]?.text } == ["727", "refund-730", "refund-731"])
        #expect(events[2]["custom_data"] == ["order_id": "727", "value": .number("2.5"), "currency": "USD"])
        #expect(events[1]["event_time"] == 1_768_060_920)
        let all = try OrderSample.woo("order.updated", OrderPolicy()) { $0["status"] = "refunded" }.events
        #expect(all.map { $0["event_id"]?.text } == ["refund-order-727"])
        #expect(all.first?["custom_data"] == ["order_id": "727"])
    }

    @Test("an order given up before it was paid does not use up the number of a later refund")
    func unpaid() throws {
        for unfilled in [.null, "", nil] as [JSON?] {
            let events = try OrderSample.woo("order.updated", OrderPolicy()) {
                $0["status"] = "cancelled"
                $0["date_paid_gmt"] = unfilled
            }.events
            #expect(events.map { $0["event_id"]?.text } == ["refund-order-727-unpaid"])
        }
        let paid = try OrderSample.woo("order.updated", OrderPolicy()) { $0["status"] = "cancelled" }.events
        #expect(paid.map { $0["event_id"]?.text } == ["refund-order-727"])
    }

    @Test("the page of the order, and its key, go nowhere, though the visitor came by it")
    func page() throws {
        let cases = [
            ("https://woo.example/checkout/order-received/650/?key=wc_order_x", "https://woo.example/"),
            ("https://woo.example/Checkout/order-pay/650/?pay_for_order=true&key=wc_order_x", "https://woo.example/"),
            ("https://woo.example/my-account/view-order/650/", "https://woo.example/"),
            ("https://woo.example/chairs/?key=wc_order_x&utm_campaign=120", "https://woo.example/chairs/?utm_campaign=120"),
        ]
        for (landing, url) in cases {
            let event = try OrderSample.woo("order.updated", OrderPolicy()) {
                $0["meta_data"] = [["key": "_wc_order_attribution_session_entry", "value": .string(landing)]]
            }.events.first
            #expect(event?["event_source_url"]?.text == url)
        }
    }

    @Test("of several words of consent the last counts")
    func consent() throws {
        for (words, isGranted) in [(["granted", "denied"], false), (["denied", "granted"], true)] {
            let notes = words.map {
                JSON.object(JSONObject([.init(key: "key", value: "marketing_consent"), .init(key: "value", value: .string($0))]))
            }
            let event = try OrderSample.woo("order.updated", OrderPolicy()) { $0["meta_data"] = .array(notes) }.events.first
            #expect(event?["_consent"] == .bool(isGranted))
        }
    }

    @Test("the buyer of a present is not who gets it")
    func present() throws {
        let user = try OrderSample.woo("order.updated", OrderPolicy()) {
            $0["billing"] = ["first_name": "John", "email": "john@people.example", "country": "US"]
            $0["shipping"] = ["first_name": "Friend", "last_name": "Receiver", "city": "Austin", "phone": "(415) 555-0199"]
        }.events.first?["user_data"]
        #expect(user?["fn"] == "John" && user?["country"] == "US")
        for key in ["ln", "ct", "ph"] { #expect(user?[key] == nil, "\(key)") }
    }

    @Test("a price that JSON does not write so is a text, so that what is stored of the order can be read")
    func numbers() throws {
        for (text, value) in [("0029.35", "0029.35"), ("-0.5", .number("-0.5")), ("+5", "+5"), ("29.35", .number("29.35"))]
            as [(String, JSON)]
        {
            let event = try #require(
                try OrderSample.woo("order.updated", OrderPolicy()) { $0["total"] = .string(text) }.events.first)
            #expect(event["custom_data"]?["value"] == value)
            #expect(try JSON.parse(event.bytes()) == event)
        }
    }
}
