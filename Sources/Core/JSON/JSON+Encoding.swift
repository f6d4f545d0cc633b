extension JSON {
    /// The document as text, without spaces and with the fewest escapes (`"`, `\`, control characters).
    ///
    /// With `sortedKeys` (by UTF-8 bytes) it is the canonical form: equal values in whatever bytes they came give equal text.
    /// Number tokens stay as written.
    package func encoded(sortedKeys: Bool = false) -> String {
        String(decoding: bytes(sortedKeys: sortedKeys), as: UTF8.self)
    }

    /// The same as UTF-8 bytes.
    package func bytes(sortedKeys: Bool = false) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(1_024)
        write(to: &out, sortedKeys: sortedKeys)
        return out
    }

    /// Appends the document as `bytes` writes it.
    package func write(to out: inout [UInt8], sortedKeys: Bool) {
        switch self {
        case .null: out.append(contentsOf: "null".utf8)
        case .bool(let value): out.append(contentsOf: (value ? "true" : "false").utf8)
        case .number(let token): out.append(contentsOf: token.utf8)
        case .string(let text): Self.write(text, to: &out)
        case .array(let items): Self.write(items, to: &out, sortedKeys: sortedKeys)
        case .object(let object): Self.write(object, to: &out, sortedKeys: sortedKeys)
        }
    }

    private static func write(_ items: [JSON], to out: inout [UInt8], sortedKeys: Bool) {
        out.append(UInt8(ascii: "["))
        for (index, item) in items.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            item.write(to: &out, sortedKeys: sortedKeys)
        }
        out.append(UInt8(ascii: "]"))
    }

    private static func write(_ object: JSONObject, to out: inout [UInt8], sortedKeys: Bool) {
        let members = sortedKeys ? object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } : object.members
        out.append(UInt8(ascii: "{"))
        for (index, member) in members.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            write(member.key, to: &out)
            out.append(UInt8(ascii: ":"))
            member.value.write(to: &out, sortedKeys: sortedKeys)
        }
        out.append(UInt8(ascii: "}"))
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        if text.utf8.allSatisfy(isPlain) {
            out.append(contentsOf: text.utf8)
        } else {
            for byte in text.utf8 {
                if isPlain(byte) { out.append(byte) } else { out.append(contentsOf: escape(byte)) }
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case 0x08: Array(#"\b"#.utf8)
        case 0x09: Array(#"\t"#.utf8)
        case 0x0A: Array(#"\n"#.utf8)
        case 0x0C: Array(#"\f"#.utf8)
        case 0x0D: Array(#"\r"#.utf8)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
        default: Array(#"\u00"#.utf8) + [hexDigit(byte >> 4), hexDigit(byte & 15)]
        }
    }

    private static func hexDigit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? nibble + 0x30 : nibble + 0x57 }
}
