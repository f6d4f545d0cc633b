/// One change of a delivery, with what its entry says about it, before it is given an identity.
struct WebhookChange {
    /// What a change shares with the others of its entry.
    struct Entry {
        let object: String
        /// As text whatever JSON type it had; an ad account's without `act_`; `0` in tests; empty when absent.
        let id: String
        /// As received: seconds, or milliseconds for messaging.
        let time: Int64?
    }

    enum Shape {
        case change
        case changedFields
        /// An item of `messaging` or `standby`.
        case message
        /// Not of any shape that we know, with the reason.
        case unreadable(String)
    }

    let entry: Entry
    let shape: Shape
    let field: String
    /// The verb beside the field (`user`, `permissions`); a verb inside the value stays there.
    let verb: String?
    let value: JSON
    /// What is digested for the identity of a state event: the value, or the whole change where its verb lies beside the value.
    let identified: JSON

    var object: String { entry.object }

    static func change(_ change: JSON, in entry: Entry) -> WebhookChange {
        guard case .object = change else { return .unreadable(change, in: entry, "The change is not an object.") }
        guard let field = change["field"]?.text, !field.isEmpty else {
            return .unreadable(change, in: entry, "The change names no field.")
        }
        let verb = change["verb"]?.text
        let value = change["value"] ?? .null
        let identified = verb == nil ? value : ["field": .string(field), "value": value, "verb": .text(verb)]
        return WebhookChange(entry: entry, shape: .change, field: name(field), verb: verb, value: value, identified: identified)
    }

    static func changedFields(_ names: JSON, in entry: Entry) -> WebhookChange {
        guard case .array = names else { return .unreadable(names, in: entry, "`changed_fields` is not a list.") }
        return WebhookChange(
            entry: entry, shape: .changedFields, field: "changed_fields", verb: nil, value: names, identified: names)
    }

    static func message(_ item: JSON, in entry: Entry, field: String) -> WebhookChange {
        guard case .object = item else { return .unreadable(item, in: entry, "The messaging item is not an object.") }
        return WebhookChange(entry: entry, shape: .message, field: field, verb: nil, value: item, identified: item)
    }

    static func unreadable(_ part: JSON, in entry: Entry, _ fault: String) -> WebhookChange {
        WebhookChange(entry: entry, shape: .unreadable(fault), field: "", verb: nil, value: part, identified: part)
    }

    /// A name of Meta's as it may stand in a kind, a key or a metric: at most 64 bytes of letters, digits, `_`, `.`, `:` and `-`.
    static func name(_ text: String) -> String {
        String(decoding: text.utf8.prefix(64).map { isNameByte($0) ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "-"): true
        default: false
        }
    }
}

extension WebhookChange.Entry {
    init(_ entry: JSON, object: String) {
        let id = entry["id"].flatMap { $0.id ?? ($0.integer == 0 ? "0" : nil) } ?? ""
        self.init(object: object, id: object == "ad_account" ? id.withoutAccountPrefix : id, time: entry["time"]?.integer)
    }
}

extension String {
    /// An ad account's id without `act_`.
    var withoutAccountPrefix: String { hasPrefix("act_") ? String(dropFirst(4)) : self }
}
