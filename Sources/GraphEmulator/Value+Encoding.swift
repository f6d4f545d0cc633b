extension Value {
    /// How text is written: as Meta's PHP does it (`\/`, `\uXXXX`), or as it is.
    enum Style {
        case meta
        case plain
    }

    func encoded(_ style: Style) -> String {
        var out = ""
        write(to: &out, style)
        return out
    }

    private func write(to out: inout String, _ style: Style) {
        switch self {
        case .null: out += "null"
        case .bool(let truth): out += truth ? "true" : "false"
        case .number(let text): out += text
        case .string(let text): Self.write(text, to: &out, style)
        case .array(let items): Self.write(items, to: &out, "[", "]") { $0.write(to: &$1, style) }
        case .object(let members):
            Self.write(members, to: &out, "{", "}") { member, out in
                Self.write(member.key, to: &out, style)
                out += ":"
                member.value.write(to: &out, style)
            }
        }
    }

    private static func write<Item>(
        _ items: [Item], to out: inout String, _ open: String, _ close: String, each: (Item, inout String) -> Void
    ) {
        out += open
        for (index, item) in items.enumerated() {
            if index > 0 { out += "," }
            each(item, &out)
        }
        out += close
    }

    private static func write(_ text: String, to out: inout String, _ style: Style) {
        out += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "/" where style == .meta: out += "\\/"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20 || (scalar.value > 0x7e && style == .meta):
                for unit in UTF16.encode(scalar) ?? .init() { out += "\\u" + hex4(unit) }
            case _: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }

    private static func hex4(_ unit: UInt16) -> String {
        let text = String(unit, radix: 16)
        return String(repeating: "0", count: 4 - text.count) + text
    }
}
