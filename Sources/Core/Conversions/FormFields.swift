/// The fields of a form, in whichever of its two encodings it came.
struct FormFields: Sendable {
    /// In the order of the body; a name may be there several times. Empty values are absent ones.
    private(set) var fields: [(name: String, value: [UInt8])] = []

    init() {}

    /// `a=1&b=x%20y`: percent-decoded, `+` as a space; an escape that is none is kept as it stands.
    init(urlencoded body: [UInt8]) throws(ConversionRefusal) {
        var rest = body[...]
        while let first = rest.firstIndex(where: { $0 != UInt8(ascii: "&") }) {
            let pair = rest[first...].prefix { $0 != UInt8(ascii: "&") }
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            try add(String(decoding: Self.decoded(name), as: UTF8.self), Self.decoded(pair[name.endIndex...].dropFirst()))
            rest = rest[pair.endIndex...]
        }
    }

    mutating func add(_ name: String, _ value: [UInt8]) throws(ConversionRefusal) {
        guard fields.count < Limits.formFieldsMax else { throw ConversionRefusal(.tooManyFields) }
        fields.append((name, value))
    }

    /// As the members of a JSON body: texts, and in `data` what its text holds. Of fields with the same name the last one counts.
    var object: JSONObject {
        JSONObject(
            fields.filter { !$0.value.isEmpty }.map { field in
                JSONObject.Member(key: field.name, value: field.name == "data" ? Self.data(field.value) : Self.text(field.value))
            })
    }

    /// What a `data` holds that is a text; the text itself when that is no JSON.
    static func data(_ bytes: [UInt8]) -> JSON { (try? JSON.parse(bytes)) ?? text(bytes) }

    private static func text(_ bytes: [UInt8]) -> JSON { .string(String(decoding: bytes, as: UTF8.self)) }

    private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var at = text.startIndex
        while at < text.endIndex {
            let byte = text[at]
            if byte == UInt8(ascii: "%"), at + 2 < text.endIndex, let high = nibble(text[at + 1]), let low = nibble(text[at + 2])
            {
                bytes.append(high << 4 | low)
                at += 3
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
                at += 1
            }
        }
        return bytes
    }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        case _: nil
        }
    }
}
