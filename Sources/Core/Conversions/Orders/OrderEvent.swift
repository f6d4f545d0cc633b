/// The event of a shop's order, put together as `EventCheck` takes it.
struct OrderEvent {
    /// The shop's number of the order, by which its purchase and its refunds are known.
    let orderID: String
    var timeSeconds: Int64?
    /// A decimal number as the shop wrote it; nil: none.
    var value: String?
    var currency: String?
    var isConsented = true

    /// The order's purchase: its number is the event's id, so that it counts once however often it comes.
    func purchase(userData: JSONObject, contents: [JSON], url: String?) -> JSON {
        var money = self.money
        if !contents.isEmpty {
            money["contents"] = .array(contents)
            money["content_type"] = "product"
        }
        var event = members("Purchase", id: orderID, money)
        event["user_data"] = .object(userData)
        event["event_source_url"] = url.map(JSON.string)
        return .object(event)
    }

    /// What of it was paid back. Without a value: all of it.
    func refund(id: String) -> JSON { .object(members(ConversionKeys.refund, id: id, money)) }

    private func members(_ name: String, id: String, _ money: JSONObject) -> JSONObject {
        var event = JSONObject([
            .init(key: "event_name", value: .string(name)), .init(key: "event_id", value: .string(id)),
            .init(key: "action_source", value: "website"), .init(key: "custom_data", value: .object(money)),
            .init(key: ConsentPolicy.givenKey, value: .bool(isConsented)),
        ])
        event["event_time"] = timeSeconds.map { .integer($0) }
        return event
    }

    private var money: JSONObject {
        var money = JSONObject([.init(key: "order_id", value: .string(orderID))])
        money["value"] = value.map(Self.number)
        money["currency"] = currency.map(JSON.string)
        return money
    }

    /// As a number where it is one as JSON writes them: `0029.35` is none.
    static func number(_ text: String) -> JSON {
        guard DecimalText.integer(text, scale: 100) != nil, case .number? = try? JSON.parse(Array(text.utf8)) else {
            return .string(text)
        }
        return .number(text)
    }
}

/// One thing of an order. What is not there is left out.
struct OrderItem {
    let id: String?
    let quantity: JSON?
    let price: String?

    var json: JSON? {
        guard let id else { return nil }
        var item = JSONObject([.init(key: "id", value: .string(id))])
        if let quantity, quantity.integer != nil { item["quantity"] = quantity }
        item["item_price"] = price.map(OrderEvent.number)
        return .object(item)
    }
}

/// Who ordered, from wherever the order says it.
struct OrderPerson {
    private(set) var userData = JSONObject()

    /// Every text that differs, in order.
    mutating func all(_ key: PersonalKey, _ values: [JSON?]) {
        var texts: [String] = []
        for text in values.compactMap({ $0?.filled }) where !texts.contains(text) { texts.append(text) }
        if !texts.isEmpty { userData[key.rawValue] = .array(texts.map(JSON.string)) }
    }

    mutating func first(_ key: String, _ values: [JSON?]) {
        userData[key] = values.lazy.compactMap { $0?.filled }.first.map(JSON.string)
    }

    /// The members of an address that Meta matches by, under the shop's own names: of the first address with anything in it, and of no
    /// other, because the next may be that of whoever gets a present. It is given back.
    mutating func address(_ addresses: [JSON?], _ names: [(key: String, name: String)]) -> JSON? {
        let members = names.map(\.name) + ["phone"]
        guard let address = addresses.lazy.compactMap(\.self).first(where: { one in members.contains { one[$0]?.filled != nil } })
        else { return nil }
        for (key, name) in names { first(key, [address[name]]) }
        return address
    }
}

extension JSON {
    /// The text of a string or number that is not empty; nil for anything else.
    var filled: String? { scalarText.map(\.trimmedBlanks).flatMap { $0.isEmpty ? nil : $0 } }

    /// The number or text of an id; nil for none, and for the 0 of a guest.
    var orderKey: String? { filled.flatMap { $0 == "0" ? nil : $0 } }
}
