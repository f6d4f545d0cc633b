/// The changes of one delivery, whatever of Meta's envelopes they came in.
///
/// An entry holds `changes`, `changed_fields`, `messaging`, `standby`, or one change flat beside its id; the document is an
/// object or a list of such objects.
struct WebhookBatch {
    /// At most `Limits.eventsPerDeliveryMax`.
    private(set) var changes: [WebhookChange] = []
    /// Whether there were more.
    private(set) var overflows = false

    init(_ document: JSON) {
        let deliveries = if case .array(let list) = document { list } else { [document] }
        for delivery in deliveries where !overflows { readDelivery(delivery) }
    }

    private mutating func readDelivery(_ delivery: JSON) {
        let object = delivery["object"]?.text.map(WebhookChange.name) ?? ""
        let entry = WebhookChange.Entry(object: object.isEmpty ? WebhookDecoder.unknown : object, id: "", time: nil)
        guard case .object = delivery else { return add(.unreadable(delivery, in: entry, "The delivery is not an object.")) }
        guard let entries = delivery["entry"] else {
            return add(.unreadable(delivery, in: entry, "The delivery holds no entries."))
        }
        guard case .array(let list) = entries else { return add(.unreadable(delivery, in: entry, "`entry` is not a list.")) }
        for item in list where !overflows { readEntry(item, of: entry.object) }
    }

    private mutating func readEntry(_ item: JSON, of object: String) {
        let entry = WebhookChange.Entry(item, object: object)
        guard case .object = item else { return add(.unreadable(item, in: entry, "The entry is not an object.")) }
        var known = read("changes", of: item, entry) { .change($0, in: entry) }
        if let names = item["changed_fields"], !names.isNull {
            add(.changedFields(names, in: entry))
            known = true
        }
        known = read("messaging", of: item, entry) { .message($0, in: entry, field: "messages") } || known
        known = read("standby", of: item, entry) { .message($0, in: entry, field: "standby") } || known
        if item["field"] != nil {
            add(.change(item, in: entry))
        } else if !known {
            add(.unreadable(item, in: entry, "The entry holds no changes."))
        }
    }

    /// Adds every element of a list of the entry; false when the entry has no such member.
    private mutating func read(
        _ key: String, of item: JSON, _ entry: WebhookChange.Entry, as change: (JSON) -> WebhookChange
    ) -> Bool {
        guard let list = item[key], !list.isNull else { return false }
        guard case .array(let elements) = list else {
            add(.unreadable(item, in: entry, "`\(key)` is not a list."))
            return true
        }
        for element in elements where !overflows { add(change(element)) }
        return true
    }

    private mutating func add(_ change: WebhookChange) {
        if changes.count < Limits.eventsPerDeliveryMax { changes.append(change) } else { overflows = true }
    }
}
