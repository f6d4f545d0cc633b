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
}
