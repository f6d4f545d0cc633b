extension ConsentPolicy {
    /// The member under which an event that we made of something else carries the consent that was found there.
    static let givenKey = "_consent"

    /// The event with the consent that was found for it.
    static func giving(_ isConsented: Bool, to event: JSON) -> JSON {
        guard case .object(var object) = event else { return event }
        object[givenKey] = .bool(isConsented)
        return .object(object)
    }

    /// For events that carry `givenKey`: the same, asked there.
    package var given: ConsentPolicy { ConsentPolicy(path: [Self.givenKey], without: without) }

    /// Whether an order, or a CRM's notice, says yes: as in an event, and `subscribed` too, as Shopify says it of a customer.
    ///
    /// On a list (`note_attributes`, `meta_data`) the next key is the name of an element; of several the last, what was said last.
    package func isGranted(inOrder order: JSON) -> Bool {
        guard !path.isEmpty else { return false }
        var value = order
        for key in path {
            guard let next = value[key] ?? value.items.lastNamed(key) else { return false }
            value = next
        }
        if value.text?.trimmedBlanks.lowercased() == "subscribed" { return true }
        return ConsentPolicy(path: [Self.givenKey], without: without).isGranted(in: [Self.givenKey: value])
    }
}

extension [JSON] {
    /// The value of the element of that name: `[{"name": "_fbc", "value": …}]`, or with `key`, as WooCommerce has it.
    func named(_ name: String) -> JSON? {
        first { $0.isNamed(name) }.flatMap { $0["value"] }
    }

    /// The value of the last element of that name.
    fileprivate func lastNamed(_ name: String) -> JSON? {
        last { $0.isNamed(name) }.flatMap { $0["value"] }
    }
}

extension JSON {
    fileprivate func isNamed(_ name: String) -> Bool { (self["name"] ?? self["key"])?.text == name }
}
