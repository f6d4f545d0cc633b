/// WooCommerce's webhooks about orders.
///
/// <https://woocommerce.github.io/woocommerce-rest-api-docs/#order-properties>.
package enum WooOrder {
    /// `topic` is `X-WC-Webhook-Topic`, `site` is `X-WC-Webhook-Source`, the shop's URL.
    package static func notice(
        topic: String, site: String?, _ order: JSON, policy: OrderPolicy, consent: ConsentPolicy, nowSeconds: Int64
    ) -> ShopNotice {
        guard topic == "order.created" || topic == "order.updated" || topic == "order.restored" else { return .leftAside(.topic) }
        guard order.isObject else { return .leftAside(.unreadable) }
        guard let id = order["id"]?.orderKey else { return .leftAside(.noOrder) }
        let status = order["status"]?.text ?? ""
        let refunds = paidBack(order, id, status)
        guard statuses(policy).contains(status) else { return refunds.isEmpty ? .leftAside(.status) : .events(refunds) }
        let paidAt = time(order, ["date_paid_gmt", "date_created_gmt"])
        // A change of an old order brings it again, when it is forgotten that it came.
        if let paidAt, paidAt < nowSeconds - Limits.conversionAgeMaxSeconds {
            return refunds.isEmpty ? .leftAside(.tooOld) : .events(refunds)
        }
        let event = OrderEvent(
            orderID: id, timeSeconds: paidAt, value: order["total"]?.filled, currency: order["currency"]?.filled,
            isConsented: consent.isGranted(inOrder: order))
        let purchase = event.purchase(userData: person(order), contents: contents(order, policy), url: page(order, site))
        return .events([purchase] + refunds)
    }

    private static func statuses(_ policy: OrderPolicy) -> [String] {
        switch policy.purchaseOn {
        case .paid: ["processing", "completed"]
        case .created: ["processing", "completed", "on-hold"]
        }
    }

    // MARK: purchase

    private static func contents(_ order: JSON, _ policy: OrderPolicy) -> [JSON] {
        (order["line_items"]?.items ?? []).compactMap { item in
            OrderItem(
                id: policy.contentID(of: item, variant: "variation_id"), quantity: item["quantity"], price: item["price"]?.filled
            ).json
        }
    }

    private static func page(_ order: JSON, _ site: String?) -> String? {
        let landing = order["meta_data"]?.items.named("_wc_order_attribution_session_entry")?.filled
        return ShopURL.page(landing: landing, sites: [ShopURL.site(of: site)])
    }

    private static func person(_ order: JSON) -> JSONObject {
        let notes = order["meta_data"]?.items ?? []
        var person = OrderPerson()
        person.all(.em, [order["billing"]?["email"]])
        let address = person.address(
            [order["billing"], order["shipping"]],
            [
                ("fn", "first_name"), ("ln", "last_name"), ("ct", "city"), ("st", "state"), ("zp", "postcode"),
                ("country", "country"),
            ])
        person.all(.ph, [address?["phone"]])
        person.first("external_id", [order["customer_id"]?.orderKey.map(JSON.string)])
        person.first("client_ip_address", [order["customer_ip_address"]])
        person.first("client_user_agent", [order["customer_user_agent"]])
        person.first("fbc", [notes.named("_fbc"), notes.named("fbc")])
        person.first("fbp", [notes.named("_fbp"), notes.named("fbp")])
        return person.userData
    }

    // MARK: refunds

    /// Those that the order lists, each by its own number; of one that is `refunded` or `cancelled` and lists none, all of it.
    ///
    /// They have no time of their own: it is that of the change that brings them.
    private static func paidBack(_ order: JSON, _ id: String, _ status: String) -> [JSON] {
        let event = OrderEvent(orderID: id, timeSeconds: time(order, ["date_modified_gmt"]))
        let listed = (order["refunds"]?.items ?? []).compactMap { refund -> JSON? in
            guard let number = refund["id"]?.orderKey, let total = refund["total"]?.filled else { return nil }
            var event = event
            event.value = total.first == "-" ? String(total.dropFirst()) : total
            event.currency = order["currency"]?.filled
            return event.refund(id: "refund-\(number)")
        }
        guard listed.isEmpty, status == "refunded" || status == "cancelled" else { return listed }
        // Shops give up orders that nobody paid; paid after all, such an order can be given back under the other id.
        let isPaid = order["date_paid_gmt"]?.filled != nil
        return [event.refund(id: isPaid ? "refund-order-\(id)" : "refund-order-\(id)-unpaid")]
    }

    private static func time(_ order: JSON, _ keys: [String]) -> Int64? {
        keys.lazy.compactMap { order[$0]?.text.flatMap(ISOTime.seconds) }.first
    }
}
