/// Shopify's webhooks about orders and refunds.
///
/// <https://shopify.dev/docs/api/webhooks>, <https://shopify.dev/docs/api/admin-rest/latest/resources/order>.
package enum ShopifyOrder {
    /// `topic` is `X-Shopify-Topic`, `shop` is `X-Shopify-Shop-Domain`.
    package static func notice(
        topic: String, shop: String?, _ document: JSON, policy: OrderPolicy, consent: ConsentPolicy, nowSeconds: Int64
    ) -> ShopNotice {
        guard document.isObject else { return .leftAside(.unreadable) }
        guard document["test"]?.truth != true else { return .leftAside(.testOrder) }
        switch topic {
        case "orders/paid" where policy.purchaseOn == .paid, "orders/create" where policy.purchaseOn == .created:
            let time = purchaseTime(document, isPaid: topic == "orders/paid", nowSeconds)
            // Only a shop that takes over its older orders tells of such a one.
            if let time, isOld(time, nowSeconds) { return .leftAside(.tooOld) }
            return purchase(document, time, shop, policy, consent)
        case "refunds/create": return refund(document)
        case "orders/cancelled": return cancelled(document)
        case _: return .leftAside(.topic)
        }
    }

    // MARK: purchase

    /// When it was placed; of an order that was paid long after, when that was, which is the last change of it.
    private static func purchaseTime(_ order: JSON, isPaid: Bool, _ nowSeconds: Int64) -> Int64? {
        if isPaid, let created = time(order, ["created_at"]), isOld(created, nowSeconds) {
            return time(order, ["updated_at"]) ?? created
        }
        return time(order, ["processed_at", "created_at"])
    }

    private static func isOld(_ seconds: Int64, _ nowSeconds: Int64) -> Bool {
        seconds < nowSeconds - Limits.conversionAgeMaxSeconds
    }

    private static func purchase(
        _ order: JSON, _ timeSeconds: Int64?, _ shop: String?, _ policy: OrderPolicy, _ consent: ConsentPolicy
    ) -> ShopNotice {
        guard let id = order["id"]?.orderKey else { return .leftAside(.noOrder) }
        let event = OrderEvent(
            orderID: id, timeSeconds: timeSeconds, value: order["total_price"]?.filled,
            currency: order["currency"]?.filled, isConsented: consent.isGranted(inOrder: order))
        let contents = (order["line_items"]?.items ?? []).compactMap { item in
            OrderItem(
                id: policy.contentID(of: item, variant: "variant_id"), quantity: item["quantity"], price: item["price"]?.filled
            ).json
        }
        let sites = [ShopURL.site(of: order["order_status_url"]?.filled), ShopURL.site(ofHost: shop)]
        let page = ShopURL.page(landing: order["landing_site"]?.filled, sites: sites)
        return .events([event.purchase(userData: person(order), contents: contents, url: page)])
    }

    private static func person(_ order: JSON) -> JSONObject {
        let customer = order["customer"]
        let client = order["client_details"]
        let notes = order["note_attributes"]?.items ?? []
        var person = OrderPerson()
        person.all(.em, [order["email"], order["contact_email"], customer?["email"]])
        let address = person.address(
            [order["billing_address"], order["shipping_address"], customer?["default_address"]],
            [
                ("fn", "first_name"), ("ln", "last_name"), ("ct", "city"), ("st", "province_code"), ("zp", "zip"),
                ("country", "country_code"),
            ])
        person.all(.ph, [order["phone"], customer?["phone"], address?["phone"]])
        person.first("external_id", [customer?["id"]?.orderKey.map(JSON.string)])
        person.first("client_ip_address", [client?["browser_ip"], order["browser_ip"]])
        person.first("client_user_agent", [client?["user_agent"]])
        person.first("fbc", [notes.named("_fbc"), notes.named("fbc")])
        person.first("fbp", [notes.named("_fbp"), notes.named("fbp")])
        return person.userData
    }

    // MARK: refunds

    private static func refund(_ refund: JSON) -> ShopNotice {
        guard let order = refund["order_id"]?.orderKey else { return .leftAside(.noOrder) }
        guard let event = paidBack(refund, order: order) else { return .leftAside(.noMoney) }
        return .events([event])
    }

    /// An order that was cancelled: the refunds that it lists, else all of it, unless it was paid and nothing was paid back yet.
    private static func cancelled(_ order: JSON) -> ShopNotice {
        guard let id = order["id"]?.orderKey else { return .leftAside(.noOrder) }
        let refunds = (order["refunds"]?.items ?? []).compactMap { paidBack($0, order: id) }
        guard refunds.isEmpty else { return .events(refunds) }
        guard !["paid", "partially_paid"].contains(order["financial_status"]?.text) else { return .leftAside(.noMoney) }
        let event = OrderEvent(orderID: id, timeSeconds: time(order, ["cancelled_at", "updated_at"]))
        return .events([event.refund(id: "refund-order-\(id)")])
    }

    /// Nil where no money went back: only things, or in vain.
    private static func paidBack(_ refund: JSON, order: String) -> JSON? {
        guard let id = refund["id"]?.orderKey else { return nil }
        let paid = (refund["transactions"]?.items ?? []).filter {
            $0["kind"]?.text == "refund" && !["failure", "error"].contains($0["status"]?.text)
        }
        let amounts = paid.compactMap { $0["amount"]?.filled }.filter { $0.first != "-" }
        guard let sum = DecimalText.sum(amounts), isPositive(sum) else { return nil }
        let money = (amount: sum, currency: paid.first?["currency"]?.filled)
        let own = shopMoney(refund).flatMap { $0.currency == money.currency ? nil : $0 } ?? money
        let event = OrderEvent(
            orderID: order, timeSeconds: time(refund, ["processed_at", "created_at"]), value: own.amount, currency: own.currency)
        return event.refund(id: "refund-\(id)")
    }

    /// The same in the shop's currency, that of the purchase: transactions are in the buyer's. Nil where the refund does not tell.
    ///
    /// What was paid back beside the things, such as for their shipping, is an adjustment below zero.
    private static func shopMoney(_ refund: JSON) -> (amount: String, currency: String?)? {
        let things = sets(refund["refund_line_items"], ["subtotal_set", "total_tax_set"])
        let adjustments = sets(refund["order_adjustments"], ["amount_set", "tax_amount_set"])
        guard let currency = (things + adjustments).lazy.compactMap({ $0["currency_code"]?.filled }).first else { return nil }
        let amounts = things.compactMap { $0["amount"]?.filled }
        let negated = adjustments.compactMap { $0["amount"]?.filled }.map { $0.first == "-" ? String($0.dropFirst()) : "-\($0)" }
        guard let sum = DecimalText.sum(amounts + negated), sum.first != "-", isPositive(sum) else { return nil }
        return (sum, currency)
    }

    private static func sets(_ list: JSON?, _ keys: [String]) -> [JSON] {
        (list?.items ?? []).flatMap { item in keys.compactMap { item[$0]?["shop_money"] } }
    }

    private static func isPositive(_ amount: String) -> Bool { amount.contains { ("1"..."9").contains($0) } }

    private static func time(_ document: JSON, _ keys: [String]) -> Int64? {
        keys.lazy.compactMap { document[$0]?.text.flatMap(ISOTime.seconds) }.first
    }
}
