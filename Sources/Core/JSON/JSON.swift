/// A JSON document as a value: the one form in which webhooks, conversions and Graph answers are read and written.
///
/// Numbers keep the token in which they were written, so that an id of 18 digits or an amount never passes through a `Double`.
package enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The token as written: `120250784238480294`, `1e400`.
    case number(String)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// Reads one document.
    ///
    /// Lone surrogates and invalid UTF-8 become U+FFFD, of duplicate keys the last one wins, a byte order mark is skipped.
    /// Throws for everything else that RFC 8259 does not allow and for nesting deeper than `Limits.jsonDepthMax`; never crashes.
    package static func parse(_ bytes: some Collection<UInt8>) throws(JSONError) -> JSON {
        var reader = JSONReader(Array(bytes))
        return try reader.document()
    }

    /// A member of an object; nil for an absent one and for anything but an object. An explicit null is `.null`.
    package subscript(_ key: String) -> JSON? {
        guard case .object(let object) = self else { return nil }
        return object[key]
    }

    /// An element of an array; nil outside its bounds and for anything but an array.
    package subscript(_ index: Int) -> JSON? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The elements of an array; empty for anything else.
    package var items: [JSON] {
        guard case .array(let items) = self else { return [] }
        return items
    }

    /// The members of an object in the order of the document; empty for anything else.
    package var members: [(key: String, value: JSON)] {
        guard case .object(let object) = self else { return [] }
        return object.members.map { ($0.key, $0.value) }
    }
}
